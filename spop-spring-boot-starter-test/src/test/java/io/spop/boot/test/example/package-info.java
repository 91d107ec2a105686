/**
 * An application as a user writes it, and its tests.
 */
@NullMarked
package io.spop.boot.test.example;

import org.jspecify.annotations.NullMarked;
