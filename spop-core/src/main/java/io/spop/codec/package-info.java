/**
 * The codec: bytes to frames and frames to bytes on Netty's buffers. Usable on its own.
 *
 * @see io.spop.codec.SpopCodec
 */
@NullMarked
package io.spop.codec;

import org.jspecify.annotations.NullMarked;
