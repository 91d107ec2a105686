/**
 * Support for the tests of all modules.
 */
@NullMarked
package io.spop.test;

import org.jspecify.annotations.NullMarked;
