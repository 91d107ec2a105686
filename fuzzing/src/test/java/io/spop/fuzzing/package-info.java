/**
 * What the fuzz tests share: a reading of SPOP's format that has nothing in common with
 * the codec.
 */
@NullMarked
package io.spop.fuzzing;

import org.jspecify.annotations.NullMarked;
