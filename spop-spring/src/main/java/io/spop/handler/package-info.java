/**
 * Turns methods annotated with {@link io.spop.annotation.SpopMessage @SpopMessage} into
 * one {@link io.spop.agent.SpopHandler}.
 */
@NullMarked
package io.spop.handler;

import org.jspecify.annotations.NullMarked;
