/**
 * Creates one {@link io.spop.agent.SpopHandler} from the
 * {@link io.spop.annotation.SpopMessage @SpopMessage} methods of all beans.
 */
@NullMarked
package io.spop.handler;

import org.jspecify.annotations.NullMarked;
