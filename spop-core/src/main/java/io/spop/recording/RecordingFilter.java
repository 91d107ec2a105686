package io.spop.recording;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.spop.codec.SpopCodec;
import io.spop.protocol.Argument;
import io.spop.protocol.Arguments;
import io.spop.protocol.Frame;
import io.spop.protocol.FrameType;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopValue;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link Recorder} records. Immutable: each setting method returns a new filter
 * and leaves this one unchanged.
 *
 * <p>
 * A filter concerns NOTIFYs, each with its ACK. The frames of the handshake and
 * DISCONNECTs are always recorded. A frame whose messages have to be read, because of
 * {@link #messages} or {@link #redact}, and cannot be read is not recorded, and counted
 * as missing. This is so for the fragments of a NOTIFY and for invalid frames of HAProxy.
 *
 * @since 0.1.0
 */
public final class RecordingFilter {

	private static final RecordingFilter EVERYTHING = new RecordingFilter(Set.of(), Set.of(), 1);

	/** The offset of the ids in a frame, behind the length, the type and the flags. */
	private static final int IDS_OFFSET = Integer.BYTES + Byte.BYTES + Integer.BYTES;

	private static final int TYPE_OFFSET = Integer.BYTES;

	private final Set<String> messages;

	private final Set<String> redacted;

	private final double sampleRate;

	private RecordingFilter(Set<String> messages, Set<String> redacted, double sampleRate) {
		this.messages = messages;
		this.redacted = redacted;
		this.sampleRate = sampleRate;
	}

	/**
	 * Return a filter that records everything.
	 * @return the filter
	 */
	public static RecordingFilter everything() {
		return EVERYTHING;
	}

	/**
	 * Record only some messages. A NOTIFY with one of these messages is recorded as a
	 * whole, with its other messages.
	 * @param names the names of the messages; empty, the default, for all messages
	 * @return a new filter
	 */
	public RecordingFilter messages(Collection<String> names) {
		return new RecordingFilter(Set.copyOf(required(names, "names")), this.redacted, this.sampleRate);
	}

	/**
	 * Leave out the values of arguments. The recorded NOTIFY has NULL in their place. The
	 * ACKs are recorded as they are.
	 * @param arguments the names of the arguments, in any message, in upper or lower
	 * case; an empty name stands for arguments without a name; default none
	 * @return a new filter
	 */
	public RecordingFilter redact(Collection<String> arguments) {
		Set<String> names = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
		names.addAll(required(arguments, "arguments"));
		return new RecordingFilter(this.messages, names, this.sampleRate);
	}

	private static Collection<String> required(Collection<String> names, String parameter) {
		for (String name : Objects.requireNonNull(names, parameter)) {
			Objects.requireNonNull(name, () -> "an element of " + parameter);
		}
		return names;
	}

	/**
	 * Record only a part of the NOTIFYs, chosen at random.
	 * @param rate the part, 0 to 1; default 1
	 * @return a new filter
	 * @throws IllegalArgumentException if the rate is out of range
	 */
	public RecordingFilter sampleRate(double rate) {
		if (!(rate >= 0 && rate <= 1)) {
			throw new IllegalArgumentException("A sample rate is 0 to 1, not " + rate);
		}
		return new RecordingFilter(this.messages, this.redacted, rate);
	}

	/**
	 * Return the names of the arguments whose values are left out.
	 */
	List<String> redacted() {
		return List.copyOf(this.redacted);
	}

	/**
	 * Return whether a frame belongs to the sample. A NOTIFY, its fragments and its ACK
	 * have the same ids, so they have the same result.
	 * @param key a number for the connection
	 * @param frame a buffer whose readable bytes are the frame
	 */
	boolean isSampled(long key, ByteBuf frame) {
		if (this.sampleRate == 1 || frame.readableBytes() < IDS_OFFSET) {
			return true;
		}
		int start = frame.readerIndex();
		FrameType type = FrameType.of(frame.getUnsignedByte(start + TYPE_OFFSET));
		if (type != FrameType.NOTIFY && type != FrameType.UNSET && type != FrameType.ACK) {
			return true;
		}
		int frameId = behindId(frame, start + IDS_OFFSET);
		int end = (frameId < 0) ? -1 : behindId(frame, frameId);
		if (end < 0) {
			return true;
		}
		long hash = mix(key);
		for (int i = start + IDS_OFFSET; i < end; i++) {
			hash = 31 * hash + frame.getByte(i);
		}
		return (mix(hash) >>> 11) * 0x1p-53 < this.sampleRate;
	}

	/**
	 * Return the index behind an id, or -1 if the frame ends within it.
	 */
	private static int behindId(ByteBuf frame, int start) {
		int index = start;
		// An id is one byte below 240, or several bytes, of which the last is below 128
		int limit = 240;
		while (index < frame.writerIndex()) {
			if (frame.getUnsignedByte(index++) < limit) {
				return index;
			}
			limit = 128;
		}
		return -1;
	}

	/** Mix the bits of a number (MurmurHash3, fmix64). */
	private static long mix(long number) {
		long mixed = (number ^ (number >>> 33)) * 0xff51afd7ed558ccdL;
		mixed = (mixed ^ (mixed >>> 33)) * 0xc4ceb9fe1a85ec53L;
		return mixed ^ (mixed >>> 33);
	}

	/**
	 * Return whether the messages of frames have to be read.
	 */
	boolean readsMessages() {
		return !this.messages.isEmpty() || !this.redacted.isEmpty();
	}

	/**
	 * Return whether to record a NOTIFY with the messages.
	 */
	boolean isWanted(List<NotifyMessage> messages) {
		return this.messages.isEmpty()
				|| messages.stream().anyMatch((message) -> this.messages.contains(message.name()));
	}

	/**
	 * Return a NOTIFY without the values that are left out.
	 * @param notify the NOTIFY
	 * @param size the number of bytes of its frame
	 * @return the bytes of a frame, or {@code null} if there are none to leave out
	 */
	byte @Nullable [] redact(Frame.Notify notify, int size) {
		boolean changed = false;
		List<NotifyMessage> messages = new ArrayList<>();
		for (NotifyMessage message : notify.messages()) {
			Arguments arguments = message.arguments();
			boolean contained = IntStream.range(0, arguments.size())
				.anyMatch((i) -> this.redacted.contains(arguments.name(i)));
			changed |= contained;
			messages.add(contained ? new NotifyMessage(message.name(), redact(arguments)) : message);
		}
		if (!changed) {
			return null;
		}
		ByteBuf out = Unpooled.buffer(size);
		new SpopCodec(RecordingFormat.MAX_FRAME).encode(new Frame.Notify(notify.streamId(), notify.frameId(), messages),
				out);
		return ByteBufUtil.getBytes(out);
	}

	private Arguments redact(Arguments arguments) {
		List<Argument> redacted = new ArrayList<>();
		for (Argument argument : arguments) {
			redacted.add(this.redacted.contains(argument.name()) ? new Argument(argument.name(), SpopValue.ofNull())
					: argument);
		}
		return Arguments.of(redacted);
	}

}
