package io.spop.agent;

import java.io.ByteArrayOutputStream;

import io.spop.protocol.Frame;
import io.spop.protocol.SpopProtocolException;
import io.spop.protocol.StatusCode;

/**
 * The fragments of one NOTIFY. HAProxy never mixes fragments of several NOTIFY frames.
 */
final class Fragments {

	private final long streamId;

	private final long frameId;

	private final int maxSize;

	private final ByteArrayOutputStream payload = new ByteArrayOutputStream();

	Fragments(long streamId, long frameId, int maxSize) {
		this.streamId = streamId;
		this.frameId = frameId;
		this.maxSize = maxSize;
	}

	boolean includes(Frame.Fragment fragment) {
		return fragment.streamId() == this.streamId && fragment.frameId() == this.frameId;
	}

	/**
	 * Return the position of the first id of a frame that differs from the ids of the
	 * fragments.
	 * @param fragment the frame, for which {@link #includes} returns {@code false}
	 * @param position the position at which the frame's stream id begins
	 * @return the position at which the first different id begins
	 */
	int differsAt(Frame.Fragment fragment, int position) {
		if (fragment.streamId() != this.streamId) {
			return position;
		}
		// Numbers below 240 take one byte, larger ones one for each 7 bits more
		int next = position + 1;
		for (long rest = (this.streamId - 240) >>> 4; Long.compareUnsigned(this.streamId,
				240) >= 0; rest = (rest - 128) >>> 7) {
			next++;
			if (Long.compareUnsigned(rest, 128) < 0) {
				break;
			}
		}
		return next;
	}

	void add(byte[] bytes) {
		if (this.payload.size() + bytes.length > this.maxSize) {
			throw new SpopProtocolException(StatusCode.FRAME_TOO_BIG, "Fragments of more than " + this.maxSize
					+ " bytes, at byte " + this.maxSize + " of the payload of all fragments");
		}
		this.payload.writeBytes(bytes);
	}

	int size() {
		return this.payload.size();
	}

	byte[] toByteArray() {
		return this.payload.toByteArray();
	}

}
