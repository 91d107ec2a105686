/**
 * The data types of SPOP 2.0: frames, messages, values and actions. All of them are
 * immutable.
 * <p>
 * The package {@code io.spop.codec} encodes and decodes frames.
 */
@NullMarked
package io.spop.protocol;

import org.jspecify.annotations.NullMarked;
