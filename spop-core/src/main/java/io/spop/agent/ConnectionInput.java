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
 * What one connection has read and not taken: bytes, from which it cuts frames, and the
 * fragments of a NOTIFY that is not whole. Belongs to the event loop of the connection.
 */
final class ConnectionInput {

	private static final byte[] NO_BYTES = {};

	/** Where the type of a frame is, behind its length. */
	private static final int TYPE_OFFSET = 4;

	private static final String AT_TYPE = " at byte " + TYPE_OFFSET + " of the frame";

	private static final int STREAM_ID_OFFSET = TYPE_OFFSET + 1 + Integer.BYTES;

	private static final String AT_FLAGS = " at byte " + (TYPE_OFFSET + 1) + " of the frame";

	private final SpopCodec codec;

	private final AgentSettings settings;

	private final SpopMetricsRecorder recorder;

	private final EventLoop eventLoop;

	private final Runnable expired;

	/** How much all connections have read and not taken. */
	private final AtomicLong allBuffered;

	/** How much of that is here. */
	private long buffered;

	/** Frames refer to these bytes: none is written twice. */
	private byte[] bytes = NO_BYTES;

	private int start;

	private int end;

	/** Set when a length was that of a frame: then it is SPOP that comes. */
	private boolean hasFrame;

	/** Written by the event loop alone, read by any thread. */
	private final AtomicLong frames = new AtomicLong();

	private boolean fragmentation;

	private @Nullable Fragments fragments;

	/** When what has been read last is taken to have arrived. */
	private long arrived;

	/** When something was read last. */
	private long readAt = System.nanoTime();

	/** The same, but only if there was nothing more to read. */
	private long drainedAt = this.readAt;

	/** Set when reading is suspended, until something has been read again. */
	private boolean suspended;

	/** When the first byte of an incomplete frame was seen. */
	private long partialSince;

	private boolean partial;

	private @Nullable Future<?> timer;

	/**
	 * Create an input.
	 * @param codec cuts frames
	 * @param settings the settings of the agent
	 * @param recorder is told of frames, and of NOTIFYs that come in fragments
	 * @param allBuffered counts what all connections hold
	 * @param eventLoop that of the connection
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
	 * Take fragments from now on.
	 */
	void allowFragments() {
		this.fragmentation = true;
	}

	/**
	 * Copy what has been read: frames refer to the copy, and may live longer than the
	 * buffer.
	 * @param in what has been read
	 * @param now the time
	 * @param notBefore what has been read came no earlier
	 * @param suspended whether what is here already has to wait
	 */
	void append(ByteBuf in, long now, long notBefore, boolean suspended) {
		this.readAt = now;
		if (!suspended) {
			// What was there before has been read
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
	 * Take the next frame, of which the recorder is told.
	 * @return the frame, or {@code null} if none is whole. A NOTIFY in fragments is
	 * returned as these, which {@link #join} puts together.
	 * @throws SpopProtocolException if there can be no such frame, or if it comes between
	 * the fragments of another
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
			// What is left is a part of another frame
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
				// Only agents send this frame: what else is wrong with it does not matter
				throw unexpected(type.code(), type);
			}
			throw ex;
		}
	}

	/**
	 * Take a frame that may be one of several fragments.
	 * @param fragment the frame
	 * @return the NOTIFY that it completes, or {@code null} if that is not whole or was
	 * aborted
	 * @throws SpopProtocolException if it does not fit to those before
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
					+ fragments.differsAt(fragment, STREAM_ID_OFFSET) + " of the frame");
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
	 * Return what is thrown for a frame that the peer must not send, or not now.
	 * @param code the code of its type
	 * @param type its type, or {@code null} for one that is not known
	 */
	static SpopProtocolException unexpected(int code, @Nullable FrameType type) {
		return new SpopProtocolException(StatusCode.INVALID_FRAME,
				"An unexpected frame of type " + code + ((type != null) ? " (" + type + ")" : "") + AT_TYPE);
	}

	/**
	 * End the NOTIFY whose fragments have not all come since a frame aborts it.
	 * @throws SpopProtocolException if that frame is of another NOTIFY
	 */
	void abort(Frame.Fragment aborted) {
		if (this.fragments != null && !this.fragments.includes(aborted)) {
			throw interlaced("An aborted NOTIFY between the fragments of another" + AT_TYPE);
		}
		dropFragments();
	}

	/**
	 * End the NOTIFY whose fragments have not all come, if there is one.
	 */
	private void dropFragments() {
		if (this.fragments != null) {
			this.fragments = null;
			this.recorder.notifyEnded(NotifyOutcome.CLOSED, 0);
		}
	}

	/**
	 * Return how many frames have been taken. Any thread may call this.
	 */
	long frames() {
		return this.frames.getOpaque();
	}

	/**
	 * Return when the frame that was taken last is taken to have arrived.
	 */
	long arrived() {
		return this.arrived;
	}

	/**
	 * Return whether there are bytes that have not been taken.
	 */
	boolean hasBytes() {
		return this.start < this.end;
	}

	/**
	 * Return whether a part of a frame, or of several, has come.
	 */
	boolean isPartial() {
		return hasBytes() || this.fragments != null;
	}

	/**
	 * Describe bytes that are no SPOP. If a frame has come, they are something else.
	 */
	String describe() {
		return this.hasFrame ? "" : StrayBytes.describe(this.bytes, this.start, this.end);
	}

	/**
	 * Note that nothing is read for some time, though there may be something.
	 */
	void suspend() {
		this.suspended = true;
	}

	/**
	 * Note that there was nothing more to read, and watch over a frame that is not whole.
	 * @param waits whether its rest is waited for
	 * @return {@code false} if all connections together have read too much that is not
	 * whole
	 */
	boolean drained(boolean waits) {
		this.drainedAt = this.readAt;
		if (!hasBytes()) {
			// Bytes live no longer than the frames that refer to them
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
	 * Drop what is here. Calling it again does nothing.
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
