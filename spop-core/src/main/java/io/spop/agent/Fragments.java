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
