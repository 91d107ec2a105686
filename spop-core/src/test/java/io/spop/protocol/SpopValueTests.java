package io.spop.protocol;

import java.nio.charset.StandardCharsets;
import java.util.List;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

class SpopValueTests {

	@Test
	void whenValueIsAPartOfALargeArrayThenItsCopyIsNot() {
		byte[] frame = "the whole frame".getBytes(StandardCharsets.US_ASCII);
		for (SpopValue value : List.of(new SpopValue.Text(frame, 4, 5), new SpopValue.Binary(frame, 4, 5))) {
			SpopValue copy = value.copy();
			assertThat(copy).isNotSameAs(value).isEqualTo(value).hasSameHashCodeAs(value);
			assertThat(copy.copy()).isSameAs(copy);
			frame[4]++;
			assertThat(copy).isNotEqualTo(value);
			frame[4]--;
		}
	}

	@Test
	void whenValueNeedsNoCopyThenItIsItsOwn() {
		for (SpopValue value : List.of(SpopValue.ofNull(), SpopValue.of(true), SpopValue.of(1), SpopValue.of("text"),
				SpopValue.of(new byte[] { 1, 2 }), new SpopValue.Ipv4(1), new SpopValue.Ipv6(1, 2))) {
			assertThat(value.copy()).isSameAs(value);
		}
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
	void whenPartOfAMessageIsNullThenItIsNamed() {
		assertThatNullPointerException().isThrownBy(() -> SpopValue.of((String) null)).withMessage("value");
		assertThatNullPointerException().isThrownBy(() -> new Argument("ip", null))
			.withMessage("value of argument 'ip'");
		assertThatNullPointerException().isThrownBy(() -> new NotifyMessage("check", null))
			.withMessage("arguments of message 'check'");
		assertThatNullPointerException().isThrownBy(() -> Arguments.of(new Argument("a", SpopValue.of(1)), null))
			.withMessage("an element of arguments");
	}

	@Test
	void whenMessageIsShownThenItIsOneLineAndBounded() {
		NotifyMessage message = NotifyMessage.of("m\r\n", new Argument("a\n", SpopValue.of("v\u001b[31m\n")),
				new Argument("", SpopValue.of("w\u2028")));
		assertThat(message).hasToString("m\\u000d\\u000a[a\\u000a=v\\u001b[31m\\u000a, w\\u2028]");
		Argument large = new Argument("n".repeat(10_000), SpopValue.of(new byte[1_000_000]));
		assertThat(large.toString()).hasSizeLessThan(1_000);
		assertThat(NotifyMessage.of("n".repeat(10_000), large, large, large, large, large, large, large, large, large)
			.toString()).hasSizeLessThan(5_000);
	}

}
