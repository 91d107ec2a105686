package io.spop.recording;

import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Set;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.spop.codec.SpopCodec;
import io.spop.protocol.Frame;
import io.spop.protocol.SpopProtocolException;
import io.spop.protocol.StatusCode;
import io.spop.recording.RecordingEntry.RecordedFrame;
import io.spop.recording.RecordingEntry.Sender;
import org.jspecify.annotations.Nullable;

/**
 * Records the frames of one connection. Its methods neither block nor throw an exception
 * because of the disk. A frame is copied if it is recorded, so the caller may change its
 * bytes afterwards. The bytes need not be a valid frame. Safe to use by any thread.
 *
 * @since 0.1.0
 * @see Recorder#connection(String, String)
 */
public final class ConnectionRecorder {

	/** The largest number of NOTIFYs whose ACKs are recognized. */
	private static final int MAX_WAITING = 4096;

	private final Recorder recorder;

	private final RecordingFilter filter;

	private final RecordingEntry.Opened opened;

	private final long number;

	private final long samplingKey;

	/** The last file with an entry of the connection. */
	private @Nullable Object file;

	/**
	 * The recorded NOTIFYs without an ACK, if the filter reads messages. Only the thread
	 * of the recorder uses it.
	 */
	private final Set<Ids> waiting = new LinkedHashSet<>();

	ConnectionRecorder(Recorder recorder, RecordingFilter filter, RecordingEntry.Opened opened, long seed) {
		this.recorder = recorder;
		this.filter = filter;
		this.opened = opened;
		this.number = opened.connection();
		this.samplingKey = seed + this.number;
	}

	/**
	 * Record a frame of HAProxy.
	 * @param bytes an array with the frame
	 * @param start the index at which the length prefix of the frame begins
	 * @param size the number of bytes of the frame, including the length prefix
	 */
	public void haproxySent(byte[] bytes, int start, int size) {
		record(Sender.HAPROXY, Unpooled.wrappedBuffer(Objects.requireNonNull(bytes, "bytes"), start, size));
	}

	/**
	 * Record a frame of HAProxy.
	 * @param frame a buffer whose readable bytes are the frame with its length prefix;
	 * they are not consumed
	 */
	public void haproxySent(ByteBuf frame) {
		record(Sender.HAPROXY, Objects.requireNonNull(frame, "frame"));
	}

	/**
	 * Record a frame of the agent.
	 * @param bytes an array with the frame
	 * @param start the index at which the length prefix of the frame begins
	 * @param size the number of bytes of the frame, including the length prefix
	 */
	public void agentSent(byte[] bytes, int start, int size) {
		record(Sender.AGENT, Unpooled.wrappedBuffer(Objects.requireNonNull(bytes, "bytes"), start, size));
	}

	/**
	 * Record a frame of the agent.
	 * @param frame a buffer whose readable bytes are the frame with its length prefix;
	 * they are not consumed
	 */
	public void agentSent(ByteBuf frame) {
		record(Sender.AGENT, Objects.requireNonNull(frame, "frame"));
	}

	/**
	 * Record that the connection was closed.
	 */
	public void closed() {
		if (this.recorder.reserve(0)) {
			this.recorder.add(this, new RecordingEntry.Closed(Instant.now(), this.number), 0);
		}
	}

	private void record(Sender sender, ByteBuf frame) {
		int size = frame.readableBytes();
		if (this.filter.isSampled(this.samplingKey, frame) && this.recorder.reserve(size)) {
			byte[] bytes = ByteBufUtil.getBytes(frame, frame.readerIndex(), size, true);
			this.recorder.add(this, new RecordedFrame(Instant.now(), this.number, sender, bytes), size);
		}
	}

	RecordingEntry.Opened opened() {
		return this.opened;
	}

	/**
	 * Return whether a file has no entry of the connection yet. Only the thread of the
	 * recorder may call this, for the entry that it writes next.
	 */
	boolean isNewIn(Object file) {
		boolean isNew = !file.equals(this.file);
		this.file = file;
		return isNew;
	}

	/**
	 * Apply the filter to a frame. Only the thread of the recorder may call this.
	 * @param recorded the frame
	 * @return what is to be recorded, or {@code null} for nothing
	 * @throws SpopProtocolException if the frame cannot be read and might have what the
	 * filter leaves out
	 */
	@Nullable RecordedFrame filter(RecordedFrame recorded) {
		if (!this.filter.readsMessages()) {
			return recorded;
		}
		if (recorded.sender() == Sender.AGENT) {
			return isWanted(recorded.bytes()) ? recorded : null;
		}
		Frame frame = decode(recorded.bytes());
		if (frame instanceof Frame.HaproxyHello || frame instanceof Frame.HaproxyDisconnect) {
			return recorded;
		}
		if (!(frame instanceof Frame.Notify notify)) {
			throw new SpopProtocolException(StatusCode.INVALID_FRAME, "Not a whole NOTIFY");
		}
		if (!this.filter.isWanted(notify.messages())) {
			return null;
		}
		if (this.waiting.size() == MAX_WAITING) {
			this.waiting.remove(this.waiting.iterator().next());
		}
		this.waiting.add(new Ids(notify.streamId(), notify.frameId()));
		byte[] redacted = this.filter.redact(notify, recorded.bytes().length);
		return (redacted != null)
				? new RecordedFrame(recorded.time(), recorded.connection(), recorded.sender(), redacted) : recorded;
	}

	/**
	 * Return whether a frame of the agent is to be recorded: an ACK if its NOTIFY was
	 * recorded, and each other frame.
	 */
	private boolean isWanted(byte[] bytes) {
		try {
			return !(decode(bytes) instanceof Frame.Ack ack)
					|| this.waiting.remove(new Ids(ack.streamId(), ack.frameId()));
		}
		catch (SpopProtocolException ex) {
			return true;
		}
	}

	private static Frame decode(byte[] bytes) {
		SpopCodec codec = new SpopCodec(RecordingFormat.MAX_FRAME);
		if (codec.size(bytes, 0, bytes.length) != bytes.length) {
			throw new SpopProtocolException(StatusCode.INVALID_FRAME, "Not a whole frame");
		}
		return codec.decode(bytes, 0, bytes.length);
	}

	private record Ids(long streamId, long frameId) {
	}

}
