/**
 * What tests of all modules share.
 */
@NullMarked
package io.spop.test;

import org.jspecify.annotations.NullMarked;
