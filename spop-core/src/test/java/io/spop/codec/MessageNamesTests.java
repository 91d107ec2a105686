package io.spop.codec;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.spop.protocol.Argument;
import io.spop.protocol.Frame;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopValue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link MessageNames}: the cached names of a message must never appear in
 * another message.
 */
class MessageNamesTests {

	private final SpopCodec codec = new SpopCodec(65536);

	@ParameterizedTest
	@CsvSource({ "a,b", "ab,ac", "ip,ipv", "1234567,1234568", "12345678,12345679", "a1234567,b1234567",
			"1234567890123,1234567890124", "x234567890123,y234567890123", "1234567890123456,1234567890123457",
			"12345678901234567890,1234567890_234567890", "gr\u00f6\u00dfe,gr\u00f6\u00dfa" })
	void whenMessageComesAgainWithAnotherNameThenThatIsRead(String one, String other) {
		for (String name : List.of(one, other, one, other, one)) {
			NotifyMessage ofArgument = message("message-of-" + one, "first", name, "last");
			assertThat(read(ofArgument)).isEqualTo(List.of("message-of-" + one, "first", name, "last"));
			NotifyMessage ofMessage = message(name, "first", "last");
			assertThat(read(ofMessage)).isEqualTo(List.of(name, "first", "last"));
		}
	}

	@Test
	void whenMessageComesAgainWithMoreOrFewerArgumentsThenThoseAreRead() {
		for (int i = 0; i < 3; i++) {
			assertThat(read(message("varying"))).containsExactly("varying");
			assertThat(read(message("varying", "a"))).containsExactly("varying", "a");
			assertThat(read(message("varying", "a", "b"))).containsExactly("varying", "a", "b");
			assertThat(read(message("varying", "b", "a"))).containsExactly("varying", "b", "a");
		}
	}

	@Test
	void whenManyMessagesTakeTurnsThenEachHasItsOwnNames() {
		Random random = new Random(1);
		for (int i = 0; i < 20_000; i++) {
			int number = random.nextInt(2_000);
			int arguments = random.nextInt(4);
			String[] names = Stream.iterate(number, (last) -> last + 1)
				.limit(arguments)
				.map((argument) -> "argument-" + argument)
				.toArray(String[]::new);
			assertThat(read(message("message-" + number, names)).subList(1, arguments + 1)).containsExactly(names);
		}
	}

	@Test
	void whenAFewMessagesComeThenMostOfTheirNamesAreFoundAgain() {
		List<byte[]> payloads = IntStream.range(0, 60)
			.mapToObj((i) -> payload(message("n" + i + "-found-again", "a", "b")))
			.toList();
		List<MessageNames> read = payloads.stream()
			.map((payload) -> MessageNames.read(payload, 0, payload.length))
			.toList();
		int found = 0;
		for (int i = 0; i < payloads.size(); i++) {
			MessageNames names = find(payloads.get(i), 2);
			assertThat(find(payloads.get(i), 3)).isNull();
			if (names != null) {
				assertThat(names).isSameAs(read.get(i));
				found++;
			}
		}
		assertThat(found).isBetween(40, 60);
	}

	@Test
	void whenNamesHaveTwoKilobytesThenTheyAreKeptAndNotOneMore() {
		// Lengths of 2 bytes are in front of the names
		byte[] kept = payload(message("k".repeat(1048 - 2), "a".repeat(1000 - 2)));
		byte[] longer = payload(message("l".repeat(1048 - 2), "a".repeat(1001 - 2)));
		MessageNames names = MessageNames.read(kept, 0, kept.length);
		assertThat(find(kept, 1)).isSameAs(names);
		MessageNames.read(longer, 0, longer.length);
		assertThat(find(longer, 1)).isNull();
	}

	@Test
	void whenANameIsComparedThenAllItsBytesAre() {
		for (int length = 0; length < 30; length++) {
			byte[] bytes = ("%c".formatted(length) + "x".repeat(length)).getBytes(StandardCharsets.US_ASCII);
			WireName name = WireName.read(new PayloadReader(bytes, 0, bytes.length));
			for (int behind = 0; behind < 10; behind++) {
				byte[] array = new byte[5 + bytes.length + behind];
				Arrays.fill(array, (byte) 'x');
				System.arraycopy(bytes, 0, array, 5, bytes.length);
				assertThat(name.isAt(array, 5)).as("%s bytes, %s behind", length, behind).isTrue();
				for (int wrong = 5; wrong < 5 + bytes.length; wrong++) {
					array[wrong]++;
					assertThat(name.isAt(array, 5)).isFalse();
					array[wrong]--;
				}
				for (int end = 5; end < 5 + bytes.length; end++) {
					assertThat(name.isAt(Arrays.copyOf(array, end), 5)).isFalse();
				}
			}
		}
	}

	@Test
	void whenNamesAreLongThenTheyAreReadEachTime() {
		String[] names = Stream.of("a", "b", "c").map((letter) -> letter.repeat(1000)).toArray(String[]::new);
		for (int i = 0; i < 3; i++) {
			assertThat(read(message("m".repeat(2287), names)).subList(1, 4)).containsExactly(names);
		}
	}

	@Test
	void whenFrameIsReadAmongOthersThenNothingBeyondItsEndIs() {
		// The name of the argument goes on in what follows the frame
		byte[] whole = encode(message("cut", "a-name-of-some-length"));
		this.codec.decode(whole, 0, whole.length);
		for (int end = 4 + 7 + 1; end < whole.length; end++) {
			int size = end;
			assertThatExceptionOfType(RuntimeException.class).as("%s bytes", size)
				.isThrownBy(() -> this.codec.decode(whole, 0, size));
		}
	}

	@Test
	void whenFramesShareAnArrayThenEachIsReadOutOfIt() {
		byte[] one = encode(message("one", "a"));
		byte[] other = encode(message("other", "b", "c"));
		byte[] both = Arrays.copyOf(one, one.length + other.length);
		System.arraycopy(other, 0, both, one.length, other.length);
		assertThat(this.codec.size(both, 0, both.length)).isEqualTo(one.length);
		assertThat(names(this.codec.decode(both, 0, one.length))).containsExactly("one", "a");
		assertThat(names(this.codec.decode(both, one.length, other.length))).containsExactly("other", "b", "c");
		assertThatExceptionOfType(IndexOutOfBoundsException.class)
			.isThrownBy(() -> this.codec.decode(both, one.length, other.length + 1));
	}

	@Test
	void whenBufferHasNoArrayOrBeginsSomewhereInItThenTheFrameIsTheSame() {
		NotifyMessage message = message("message", "x".repeat(2000), "y");
		byte[] expected = encode(message);
		ByteBuf direct = Unpooled.directBuffer(16);
		ByteBuf slice = Unpooled.wrappedBuffer(new byte[10_000]).slice(5_000, 1 + expected.length + 11).clear();
		for (ByteBuf out : List.of(direct, slice, Unpooled.buffer(1))) {
			out.writeByte(1);
			this.codec.encode(new Frame.Notify(1, 1, message), out);
			this.codec.encode(new Frame.Notify(1, 1), out);
			assertThat(out.readByte()).isEqualTo((byte) 1);
			assertThat(ByteBufUtil.getBytes(out.readSlice(expected.length))).isEqualTo(expected);
			assertThat(out.readableBytes()).isEqualTo(11);
			out.release();
		}
	}

	private static NotifyMessage message(String name, String... arguments) {
		return NotifyMessage.of(name,
				Arrays.stream(arguments)
					.map((argument) -> new Argument(argument, SpopValue.of(argument)))
					.toArray(Argument[]::new));
	}

	/**
	 * Return a message with its bytes alone, without the header of a frame.
	 */
	private byte[] payload(NotifyMessage message) {
		byte[] frame = encode(message);
		return Arrays.copyOfRange(frame, 4 + 7, frame.length);
	}

	private static @Nullable MessageNames find(byte[] payload, int arguments) {
		PayloadReader reader = new PayloadReader(payload, 0, payload.length);
		reader.skipString();
		return MessageNames.find(payload, 0, reader.position(), arguments);
	}

	private byte[] encode(NotifyMessage message) {
		ByteBuf out = Unpooled.buffer();
		this.codec.encode(new Frame.Notify(1, 1, message), out);
		return ByteBufUtil.getBytes(out);
	}

	private List<String> read(NotifyMessage message) {
		byte[] bytes = encode(message);
		return names(this.codec.decode(bytes, 0, bytes.length));
	}

	/**
	 * Return the name of a message and the names of its arguments. Each argument has its
	 * name as its value.
	 */
	private static List<String> names(Frame frame) {
		NotifyMessage message = ((Frame.Notify) frame).messages().get(0);
		List<String> values = Stream.concat(Stream.of(message.name()),
				Stream.iterate(0, (i) -> i + 1)
					.limit(message.arguments().size())
					.map((i) -> message.arguments().value(i).toString()))
			.toList();
		for (int i = 1; i < values.size(); i++) {
			assertThat(message.arguments().name(i - 1)).isEqualTo(values.get(i));
			assertThat(message.arguments().indexOf(values.get(i))).isEqualTo(i - 1);
		}
		return values;
	}

}
