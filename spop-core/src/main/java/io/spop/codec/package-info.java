/**
 * The codec: decodes bytes into frames and encodes frames into bytes, on Netty's buffers.
 * The package can be used without the agent.
 *
 * @see io.spop.codec.SpopCodec
 */
@NullMarked
package io.spop.codec;

import org.jspecify.annotations.NullMarked;
