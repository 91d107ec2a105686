package io.spop.protocol;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.spop.codec.SpopCodec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

/**
 * Tests for arguments that were created in this process, and for the same arguments from
 * the wire.
 */
class ArgumentsTests {

	private static final Argument A = new Argument("a", SpopValue.of("first"));

	private static final Argument B = new Argument("b", SpopValue.ofNull());

	private static final Argument UNNAMED = new Argument("", new SpopValue.Ipv4(0x7F000001));

	private static final Argument AGAIN = new Argument("a", SpopValue.of(300));

	@ParameterizedTest
	@MethodSource("four")
	void whenNamesAndValuesAreTheSameThenArgumentsAreEqual(Arguments arguments) {
		assertThat(four()).allSatisfy((same) -> {
			assertThat(arguments).isEqualTo(same).hasSameHashCodeAs(same);
			assertThat(new NotifyMessage("check", arguments)).isEqualTo(new NotifyMessage("check", same));
		});
		for (Arguments other : List.of(Arguments.of(A, UNNAMED, B, AGAIN), Arguments.of(A, B, UNNAMED), Arguments.of(),
				Arguments.of(A, B, UNNAMED, new Argument("b", AGAIN.value())),
				Arguments.of(A, B, UNNAMED, new Argument("a", SpopValue.of(301))))) {
			assertThat(arguments).isNotEqualTo(other).isNotEqualTo(onWire(other)).doesNotHaveSameHashCodeAs(other);
		}
		assertThat(arguments).isNotEqualTo(List.of(A, B, UNNAMED, AGAIN));
	}

	static List<Arguments> four() {
		Arguments arguments = Arguments.of(A, B, UNNAMED, AGAIN);
		return List.of(arguments, Arguments.of(List.of(A, B, UNNAMED, AGAIN)), onWire(arguments), arguments.copy(),
				onWire(arguments).copy());
	}

	static List<Arguments> none() {
		return List.of(Arguments.of(), Arguments.of(List.of()), onWire(Arguments.of()), onWire(Arguments.of()).copy());
	}

	@ParameterizedTest
	@MethodSource("four")
	void whenArgumentsAreReadByPlaceThenTheyAreInTheirOrder(Arguments arguments) {
		assertThat(arguments.size()).isEqualTo(4);
		assertThat(arguments.isEmpty()).isFalse();
		assertThat(arguments).containsExactly(A, B, UNNAMED, AGAIN);
		assertThat(arguments.name(0)).isEqualTo("a");
		assertThat(arguments.name(2)).isEmpty();
		assertThat(arguments.value(3)).isEqualTo(SpopValue.of(300));
		for (int index : new int[] { -1, 4 }) {
			assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> arguments.name(index));
			assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> arguments.value(index));
		}
	}

	@ParameterizedTest
	@MethodSource("four")
	void whenNameIsRepeatedThenTheFirstIsFoundAndTheOthersFollow(Arguments arguments) {
		assertThat(arguments.indexOf("a")).isZero();
		assertThat(arguments.indexOf("a", 1)).isEqualTo(3);
		assertThat(arguments.indexOf("a", 4)).isEqualTo(-1);
		assertThat(arguments.get("a")).isEqualTo(A.value());
		assertThat(arguments.getAll("a")).containsExactly(A.value(), AGAIN.value());
		assertThat(arguments.get("")).isEqualTo(UNNAMED.value());
	}

	@ParameterizedTest
	@MethodSource("four")
	void whenArgumentIsNullThenItIsThereAndWhenItDidNotComeThenItIsNot(Arguments arguments) {
		assertThat(arguments.get("b")).isSameAs(SpopValue.ofNull());
		assertThat(arguments.getAll("b")).containsExactly(SpopValue.ofNull());
		for (String missing : List.of("A", "c", "aa", "first")) {
			assertThat(arguments.get(missing)).isNull();
			assertThat(arguments.getAll(missing)).isEmpty();
			assertThat(arguments.indexOf(missing)).isEqualTo(-1);
		}
	}

	@ParameterizedTest
	@MethodSource("four")
	void whenNameIsComputedThenItIsFoundAsAConstantIs(Arguments arguments) {
		assertThat(arguments.indexOf(new String(new char[] { 'b' }))).isEqualTo(1);
	}

	@ParameterizedTest
	@MethodSource("four")
	void whenIterationIsAtItsEndThenThereIsNoElement(Arguments arguments) {
		Iterator<Argument> iterator = arguments.iterator();
		for (int i = 0; i < 4; i++) {
			assertThat(iterator.hasNext()).isTrue();
			iterator.next();
		}
		assertThat(iterator.hasNext()).isFalse();
		assertThatExceptionOfType(NoSuchElementException.class).isThrownBy(iterator::next);
		assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(iterator::remove);
	}

	@ParameterizedTest
	@MethodSource("four")
	void whenArgumentsAreShownThenNamesAndValuesAre(Arguments arguments) {
		assertThat(arguments).hasToString("[a=first, b=null, 127.0.0.1, a=300]");
	}

	@ParameterizedTest
	@MethodSource("none")
	void whenThereAreNoArgumentsThenNothingIsFound(Arguments arguments) {
		assertThat(arguments.isEmpty()).isTrue();
		assertThat(arguments.size()).isZero();
		assertThat(arguments.get("")).isNull();
		assertThat(arguments).isEmpty();
		assertThat(arguments).hasToString("[]");
	}

	@Test
	void whenThereAreAsManyAsTheWireCountsThenTheyAreTakenAndNotOneMore() {
		List<Argument> most = Collections.nCopies(Arguments.MAX_SIZE, A);
		assertThat(onWire(Arguments.of(most))).containsExactlyElementsOf(most);
		List<Argument> tooMany = Collections.nCopies(Arguments.MAX_SIZE + 1, A);
		assertThatIllegalArgumentException().isThrownBy(() -> Arguments.of(tooMany))
			.withMessage("A message has at most 255 arguments, not 256");
		assertThatIllegalArgumentException().isThrownBy(() -> Arguments.of(tooMany.toArray(Argument[]::new)));
	}

	@Test
	void whenListChangesThenTheArgumentsDoNot() {
		List<Argument> list = new ArrayList<>(List.of(A));
		Arguments arguments = Arguments.of(list);
		list.set(0, B);
		assertThat(arguments).containsExactly(A);
	}

	@Test
	void whenArgumentsAreCopiedThenTheirValuesAre() {
		byte[] frame = "the whole frame".getBytes(StandardCharsets.US_ASCII);
		Arguments arguments = Arguments.of(new Argument("a", new SpopValue.Text(frame, 4, 5)),
				new Argument("", SpopValue.of(1)));
		Arguments copy = arguments.copy();
		assertThat(copy).containsExactlyElementsOf(arguments);
		frame[4]++;
		assertThat(copy.get("a")).isEqualTo(SpopValue.of("whole"));
		assertThat(copy.get("")).isEqualTo(SpopValue.of(1));
	}

	@Test
	@SuppressWarnings("NullAway") // null on purpose
	void whenPartOfAMessageIsNullThenItIsNamed() {
		assertThatNullPointerException().isThrownBy(() -> new Argument("ip", null))
			.withMessage("value of argument 'ip'");
		assertThatNullPointerException().isThrownBy(() -> new Argument(null, SpopValue.of(1))).withMessage("name");
		assertThatNullPointerException().isThrownBy(() -> new NotifyMessage("check", null))
			.withMessage("arguments of message 'check'");
		assertThatNullPointerException().isThrownBy(() -> Arguments.of(A, null)).withMessage("an element of arguments");
	}

	@Test
	void whenMessageIsShownThenItIsOneLineAndBounded() {
		NotifyMessage message = NotifyMessage.of("m\r\n", new Argument("a\n", SpopValue.of("v\u001b[31m\n")),
				new Argument("", SpopValue.of("w\u2028")));
		String shown = "m\\u000d\\u000a[a\\u000a=v\\u001b[31m\\u000a, w\\u2028]";
		assertThat(message).hasToString(shown);
		assertThat(new NotifyMessage("m\r\n", onWire(message.arguments()))).hasToString(shown);
		Argument large = new Argument("n".repeat(10_000), SpopValue.of(new byte[1_000_000]));
		assertThat(large.toString()).hasSizeLessThan(1_000);
		Arguments several = Arguments.of(Collections.nCopies(9, large));
		assertThat(new NotifyMessage("n".repeat(10_000), several).toString()).hasSizeLessThan(5_000);
		assertThat(new NotifyMessage("n".repeat(10_000), onWire(several)).toString()).hasSizeLessThan(5_000);
	}

	/**
	 * Encode and decode arguments.
	 */
	private static Arguments onWire(Arguments arguments) {
		SpopCodec codec = new SpopCodec(1 << 24);
		ByteBuf buffer = Unpooled.buffer();
		codec.encode(new Frame.Notify(1, 1, new NotifyMessage("test", arguments)), buffer);
		Frame.Notify notify = (Frame.Notify) Objects.requireNonNull(codec.decode(buffer));
		return notify.messages().get(0).arguments();
	}

}
