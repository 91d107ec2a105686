/**
 * The application of {@code benchmarks/soak}, with handlers of each kind.
 */
@NullMarked
package io.spop.benchmarks.soak;

import org.jspecify.annotations.NullMarked;
