/**
 * Benchmarks, and the applications that they measure.
 */
@NullMarked
package io.spop.benchmarks;

import org.jspecify.annotations.NullMarked;
