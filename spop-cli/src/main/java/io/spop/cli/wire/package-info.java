/**
 * Connections to an agent, and the frames of HAProxy, without Netty, whose start would
 * take most of the time of a short command.
 */
@NullMarked
package io.spop.cli.wire;

import org.jspecify.annotations.NullMarked;
