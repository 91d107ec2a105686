/**
 * The vocabulary of SPOP 2.0: frames, messages, values and actions as immutable values.
 * <p>
 * Nothing in this package reads or writes frames; {@code io.spop.codec} does.
 */
@NullMarked
package io.spop.protocol;

import org.jspecify.annotations.NullMarked;
