package io.spop.codec;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.spop.fuzzing.Input;
import io.spop.fuzzing.Wire;
import io.spop.protocol.Action;
import io.spop.protocol.Actions;
import io.spop.protocol.Frame;
import io.spop.protocol.SpopProtocolException;
import io.spop.protocol.SpopValue;
import io.spop.protocol.StatusCode;
import io.spop.protocol.VarScope;

/**
 * Encodes ACKs with any actions. Both the codec and the reading by the specification find
 * the same actions in the bytes.
 */
class ActionsFuzz {

	private static final byte[] BEFORE = { 'b', 'e', 'f', 'o', 'r', 'e' };

	private static final int BIG = 1 << 20;

	private static final ByteBuf DIRECT = Unpooled.directBuffer(1024);

	@FuzzTest
	void actions(byte[] bytes) {
		Input input = new Input(bytes);
		int limit = 256 + input.next() * input.next();
		int kind = input.next();
		long stream = input.nextLong() >>> input.next();
		long frame = input.nextLong() >>> input.next();
		Frame.Ack ack = new Frame.Ack(stream, frame, actions(input));
		byte[] whole = encode(new SpopCodec(BIG), ack, Unpooled.buffer(64), new byte[0]);
		if (!Wire.read(whole, 0, whole.length).equals(Wire.describe(ack))) {
			throw new AssertionError(ack + " is not what the specification says");
		}
		ByteBuf buffer = switch (kind & 3) {
			case 0 -> Unpooled.buffer(16);
			case 1 -> Unpooled.buffer(BEFORE.length + limit + 1024);
			case 2 -> DIRECT.clear();
			// Has no room for the frame
			default -> Unpooled.buffer(16, BIG);
		};
		SpopCodec codec = new SpopCodec(limit);
		try {
			byte[] limited = encode(codec, ack, buffer, BEFORE);
			if (!Arrays.equals(limited, whole)) {
				throw new AssertionError(ack + " is encoded in two ways");
			}
			if (limited.length - 4 >= limit) {
				throw new AssertionError("An ACK of " + limited.length + " bytes, with a limit of " + limit);
			}
			Frame decoded = Objects.requireNonNull(codec.decode(Unpooled.wrappedBuffer(limited)));
			if (!decoded.equals(ack) || decoded.hashCode() != ack.hashCode()) {
				throw new AssertionError(decoded + " is not " + ack);
			}
			Wire.requirePrintable(decoded::toString);
		}
		catch (SpopProtocolException ex) {
			if (ex.status() != StatusCode.FRAME_TOO_BIG || whole.length - 4 < limit) {
				throw new AssertionError("An ACK of " + whole.length + " bytes, with a limit of " + limit, ex);
			}
			if (buffer.readableBytes() != BEFORE.length) {
				throw new AssertionError("The buffer was changed", ex);
			}
		}
	}

	private static byte[] encode(SpopCodec codec, Frame.Ack ack, ByteBuf out, byte[] before) {
		out.writeBytes(before);
		codec.encode(ack, out);
		byte[] bytes = new byte[out.readableBytes()];
		out.getBytes(0, bytes);
		if (!Arrays.equals(bytes, 0, before.length, before, 0, before.length)) {
			throw new AssertionError("The bytes before the frame were changed");
		}
		return Arrays.copyOfRange(bytes, before.length, bytes.length);
	}

	private static Actions actions(Input input) {
		List<Action> actions = new ArrayList<>();
		while (input.hasMore()) {
			int kind = input.next();
			VarScope scope = VarScope.values()[input.next() % VarScope.values().length];
			String name = name(input);
			actions.add((kind % 12 == 11) ? new Action.UnsetVar(scope, name)
					: new Action.SetVar(scope, name, value(kind % 12, input)));
		}
		return Actions.of(actions);
	}

	/** Return any name that the constructor accepts. */
	private static String name(Input input) {
		String name = new String(input.next(input.next() % 64), StandardCharsets.UTF_8);
		try {
			new Action.UnsetVar(VarScope.REQUEST, name);
			return name;
		}
		catch (IllegalArgumentException ex) {
			if (name.matches("[A-Za-z0-9_.]{1,57}")) {
				throw new AssertionError(name, ex);
			}
			return "name";
		}
	}

	private static SpopValue value(int kind, Input input) {
		return switch (kind) {
			case 0 -> SpopValue.ofNull();
			case 1 -> SpopValue.of((input.next() & 1) != 0);
			case 2 -> new SpopValue.Int32((int) (input.nextLong() >> input.next()));
			case 3 -> new SpopValue.Uint32(input.nextLong() >>> 32 >>> input.next() % 32);
			case 4 -> new SpopValue.Int64(input.nextLong() >> input.next());
			case 5 -> new SpopValue.Uint64(input.nextLong() >>> input.next());
			case 6 -> new SpopValue.Ipv4((int) input.nextLong());
			case 7 -> new SpopValue.Ipv6(input.nextLong(), input.nextLong());
			case 8 -> new SpopValue.Text(new String(input.next(input.next()), StandardCharsets.UTF_8));
			case 9 -> {
				byte[] text = input.next(input.next());
				yield new SpopValue.Text(text, 0, text.length);
			}
			default -> {
				// Long ones, too, which no input would have
				byte[] binary = Arrays.copyOf(input.next(input.next()), input.next() * 8);
				yield new SpopValue.Binary(binary, 0, binary.length);
			}
		};
	}

}
