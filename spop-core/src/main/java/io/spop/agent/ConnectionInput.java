package io.spop.agent;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.spop.agent.SpopMetricsRecorder.NotifyOutcome;
import io.spop.codec.SpopCodec;
import io.spop.protocol.Frame;
import io.spop.protocol.FrameType;
import io.spop.protocol.SpopProtocolException;
import io.spop.protocol.StatusCode;
import org.jspecify.annotations.Nullable;

/**
 * The input of one connection: bytes that have been read but not decoded, and the
 * fragments of an incomplete NOTIFY. Only the event loop of the connection uses it,
 * except for {@link #frames()}.
 */
final class ConnectionInput {

	private static final byte[] NO_BYTES = {};

	/** The offset of the type in a frame, behind the length. */
	private static final int TYPE_OFFSET = 4;

	private static final String AT_TYPE = " at byte " + TYPE_OFFSET + " of the frame";

	private static final int STREAM_ID_OFFSET = TYPE_OFFSET + 1 + Integer.BYTES;

	private static final String AT_FLAGS = " at byte " + (TYPE_OFFSET + 1) + " of the frame";

	private final SpopCodec codec;

	private final AgentSettings settings;

	private final SpopMetricsRecorder recorder;

	private final EventLoop eventLoop;

	private final Runnable expired;

	/** The number of bytes that the inputs of all connections hold. */
	private final AtomicLong allBuffered;

	/** The number of bytes that this input holds. */
	private long buffered;

	/** The bytes that have been read. Frames refer to them, so no byte is overwritten. */
	private byte[] bytes = NO_BYTES;

	private int start;

	private int end;

	/** Set once a frame has had a valid length, so the peer speaks SPOP. */
	private boolean hasFrame;

	/** The number of frames. Only the event loop writes it, any thread reads it. */
	private final AtomicLong frames = new AtomicLong();

	private boolean fragmentation;

	private @Nullable Fragments fragments;

	/** The time at which the bytes that were read last are assumed to have arrived. */
	private long arrived;

	/** The time of the last read. */
	private long readAt = System.nanoTime();

	/** The time of the last read after which there was nothing more to read. */
	private long drainedAt = this.readAt;

	/** Set when reading is suspended, until the next read. */
	private boolean suspended;

	/** The time at which the first byte of the incomplete frame was read. */
	private long partialSince;

	private boolean partial;

	private @Nullable Future<?> timer;

	/**
	 * Create an input.
	 * @param codec decodes the frames
	 * @param settings the settings of the agent
	 * @param recorder told of frames, and of NOTIFYs in fragments
	 * @param allBuffered the number of bytes that the inputs of all connections hold
	 * @param eventLoop the event loop of the connection
	 * @param expired called when the rest of a frame does not come in time
	 */
	ConnectionInput(SpopCodec codec, AgentSettings settings, SpopMetricsRecorder recorder, AtomicLong allBuffered,
			EventLoop eventLoop, Runnable expired) {
		this.codec = codec;
		this.settings = settings;
		this.recorder = recorder;
		this.allBuffered = allBuffered;
		this.eventLoop = eventLoop;
		this.expired = expired;
	}

	/**
	 * Accept fragments from now on.
	 */
	void allowFragments() {
		this.fragmentation = true;
	}

	/**
	 * Copy the bytes that have been read. Frames refer to the copy, and may live longer
	 * than the buffer.
	 * @param in the buffer that has been read into
	 * @param now the time
	 * @param notBefore the earliest time at which the bytes may have arrived
	 * @param suspended whether the bytes that this input holds already have to wait
	 */
	void append(ByteBuf in, long now, long notBefore, boolean suspended) {
		this.readAt = now;
		if (!suspended) {
			// All bytes that had arrived by this time have been read
			this.arrived = (this.suspended || this.drainedAt - notBefore > 0) ? this.drainedAt : notBefore;
			this.suspended = false;
		}
		int size = in.readableBytes();
		int rest = this.end - this.start;
		if (rest == 0) {
			this.bytes = new byte[size];
			this.start = 0;
			this.end = 0;
		}
		else if (size > this.bytes.length - this.end) {
			byte[] larger = new byte[2 * (rest + size)];
			System.arraycopy(this.bytes, this.start, larger, 0, rest);
			this.bytes = larger;
			this.start = 0;
			this.end = rest;
		}
		in.readBytes(this.bytes, this.end, size);
		this.end += size;
	}

	/**
	 * Decode the next frame, and tell the recorder of it.
	 * @return the frame, or {@code null} if there is no complete frame. A fragment of a
	 * NOTIFY is returned as such, {@link #join} puts the fragments together.
	 * @throws SpopProtocolException if the frame is not valid, or if it comes between the
	 * fragments of another
	 */
	@Nullable Frame next() {
		int start = this.start;
		int size = this.codec.size(this.bytes, start, this.end);
		if (size <= 0 || size > this.end - start) {
			return null;
		}
		this.start = start + size;
		this.hasFrame = true;
		Frame frame = decode(start, size);
		this.frames.lazySet(this.frames.getPlain() + 1);
		this.recorder.frameReceived(frame.type(), size);
		if (this.fragments == null) {
			// The remaining bytes belong to another frame
			this.partial = false;
		}
		else if (frame instanceof Frame.Notify) {
			throw interlaced("A NOTIFY between the fragments of another" + AT_TYPE);
		}
		return frame;
	}

	private Frame decode(int start, int size) {
		try {
			return this.codec.decode(this.bytes, start, size);
		}
		catch (SpopProtocolException ex) {
			FrameType type = FrameType.of(this.bytes[start + TYPE_OFFSET] & 0xFF);
			if (type != null && type.code() >= FrameType.AGENT_HELLO.code()) {
				// Only agents send a frame of this type, so its content does not matter
				throw unexpected(type.code(), type);
			}
			throw ex;
		}
	}

	/**
	 * Add a fragment to those before it.
	 * @param fragment the fragment
	 * @return the NOTIFY, or {@code null} if it is incomplete or was aborted
	 * @throws SpopProtocolException if the fragment belongs to another NOTIFY, or if the
	 * agent did not announce fragmentation
	 */
	Frame.@Nullable Notify join(Frame.Fragment fragment) {
		if (!this.fragmentation) {
			throw new SpopProtocolException(StatusCode.FRAGMENTATION_NOT_SUPPORTED,
					"A fragment" + ((fragment.type() == FrameType.UNSET) ? AT_TYPE : AT_FLAGS)
							+ ", though fragmentation was not announced: set 'no option send-frag-payload'"
							+ " in the spoe-agent section of HAProxy up to 3.0");
		}
		Fragments fragments = this.fragments;
		if (fragment.type() == FrameType.NOTIFY && fragments == null) {
			fragments = new Fragments(fragment.streamId(), fragment.frameId(), this.settings.maxFragmentedSize);
			this.fragments = fragments;
			this.recorder.notifyStarted();
		}
		else if (fragment.type() == FrameType.NOTIFY) {
			throw interlaced("A NOTIFY in fragments that begins between those of another" + AT_TYPE);
		}
		else if (fragments == null) {
			throw interlaced("A fragment that continues no NOTIFY" + AT_TYPE);
		}
		else if (!fragments.includes(fragment)) {
			throw interlaced("A fragment of " + Long.toUnsignedString(fragment.streamId()) + "/"
					+ Long.toUnsignedString(fragment.frameId()) + " between those of another NOTIFY at byte "
					+ STREAM_ID_OFFSET + " of the frame");
		}
		if (fragment.aborted()) {
			dropFragments();
			return null;
		}
		fragments.add(fragment.payload());
		if (!fragment.last()) {
			return null;
		}
		Frame.Notify notify = new Frame.Notify(fragment.streamId(), fragment.frameId(),
				SpopCodec.decodeMessages(fragments.toByteArray()));
		this.fragments = null;
		return notify;
	}

	private static SpopProtocolException interlaced(String message) {
		return new SpopProtocolException(StatusCode.INTERLACED_FRAMES, message);
	}

	/**
	 * Create the exception for a frame that the peer must not send at all, or not now.
	 * @param code the code of the frame's type
	 * @param type the type, or {@code null} for an unknown type
	 */
	static SpopProtocolException unexpected(int code, @Nullable FrameType type) {
		return new SpopProtocolException(StatusCode.INVALID_FRAME,
				"An unexpected frame of type " + code + ((type != null) ? " (" + type + ")" : "") + AT_TYPE);
	}

	/**
	 * Drop the incomplete NOTIFY, because a frame aborts it.
	 * @param aborted the frame
	 * @throws SpopProtocolException if the frame has the ids of another NOTIFY
	 */
	void abort(Frame.Fragment aborted) {
		if (this.fragments != null && !this.fragments.includes(aborted)) {
			throw interlaced("An aborted NOTIFY between the fragments of another" + AT_TYPE);
		}
		dropFragments();
	}

	/**
	 * Drop the incomplete NOTIFY, if there is one.
	 */
	private void dropFragments() {
		if (this.fragments != null) {
			this.fragments = null;
			this.recorder.notifyEnded(NotifyOutcome.CLOSED, 0);
		}
	}

	/**
	 * Return the number of frames that have been decoded. Any thread may call this.
	 */
	long frames() {
		return this.frames.getOpaque();
	}

	/**
	 * Return the time at which the last frame is assumed to have arrived.
	 */
	long arrived() {
		return this.arrived;
	}

	/**
	 * Return whether there are bytes that have not been decoded.
	 */
	boolean hasBytes() {
		return this.start < this.end;
	}

	/**
	 * Return whether there is a part of a frame or of a fragmented NOTIFY.
	 */
	boolean isPartial() {
		return hasBytes() || this.fragments != null;
	}

	/**
	 * Describe what the bytes of a peer look like that does not speak SPOP.
	 * @return a text to append to an error message, empty if a valid frame has come
	 * before
	 */
	String describe() {
		return this.hasFrame ? "" : StrayBytes.describe(this.bytes, this.start, this.end);
	}

	/**
	 * Note that reading is suspended, although there may be bytes to read.
	 */
	void suspend() {
		this.suspended = true;
	}

	/**
	 * Note that there was nothing more to read, and start the timer for an incomplete
	 * frame.
	 * @param waits whether to wait for the rest of the frame
	 * @return {@code false} if all connections together hold too many bytes of incomplete
	 * frames
	 */
	boolean drained(boolean waits) {
		this.drainedAt = this.readAt;
		if (!hasBytes()) {
			// Release the bytes, so that only the frames refer to them
			this.bytes = NO_BYTES;
			this.start = 0;
			this.end = 0;
		}
		watch(waits && isPartial());
		return count();
	}

	private void watch(boolean partial) {
		if (partial && !this.partial) {
			this.partialSince = this.readAt;
			if (this.timer == null) {
				schedule(this.settings.frameTimeout.toNanos());
			}
		}
		this.partial = partial;
	}

	private void schedule(long nanos) {
		this.timer = this.eventLoop.schedule(this::expire, nanos, TimeUnit.NANOSECONDS);
	}

	private void expire() {
		this.timer = null;
		if (this.partial) {
			long left = this.partialSince + this.settings.frameTimeout.toNanos() - System.nanoTime();
			if (left > 0) {
				schedule(left);
			}
			else {
				this.expired.run();
			}
		}
	}

	private boolean count() {
		long buffered = this.bytes.length;
		if (this.fragments != null) {
			buffered += this.fragments.size();
		}
		long more = buffered - this.buffered;
		if (more == 0) {
			return true;
		}
		this.buffered = buffered;
		return this.allBuffered.addAndGet(more) <= this.settings.maxBufferedBytes || more < 0;
	}

	/**
	 * Drop all bytes and fragments. Further calls do nothing.
	 */
	void clear() {
		dropFragments();
		this.bytes = NO_BYTES;
		this.start = 0;
		this.end = 0;
		this.partial = false;
		count();
		if (this.timer != null) {
			this.timer.cancel(false);
			this.timer = null;
		}
	}

}
