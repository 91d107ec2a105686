package io.spop.protocol;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class HeaderBlockTests {

	private static final SpopValue TEXT = SpopValue
		.of("host: example.org\r\naccept: text/html\r\naccept:application/json \r\nempty:\r\n\r\n");

	private static final SpopValue BINARY = binary("host", "example.org", "accept", "text/html", "accept",
			"application/json", "empty", "", "", "");

	@Test
	void whenBlockIsTextOrBinaryThenItHasTheSameHeaders() {
		for (SpopValue value : List.of(TEXT, BINARY)) {
			HeaderBlock headers = HeaderBlock.of(value);
			assertThat(headers.get("HOST")).isEqualTo("example.org");
			assertThat(headers.get("Accept")).isEqualTo("text/html");
			assertThat(headers.getAll("ACCEPT")).containsExactly("text/html", "application/json");
			assertThat(headers.get("empty")).isEmpty();
			assertThat(headers.contains("Empty")).isTrue();
			assertThat(headers.get("missing")).isNull();
			assertThat(headers.getAll("missing")).isEmpty();
			assertThat(headers.names()).containsExactly("host", "accept", "empty");
			assertThat(headers).hasSize(4).first().isEqualTo(new HeaderBlock.Header("host", "example.org"));
			assertThat(headers).isEqualTo(HeaderBlock.of(value)).hasToString("HeaderBlock[host, accept, empty]");
		}
	}

	@Test
	void whenValueIsLongThenItsLengthHasSeveralBytes() {
		for (int length : new int[] { 239, 240, 2287, 2288, 20000 }) {
			assertThat(HeaderBlock.of(binary("a", "x".repeat(length), "b", "y", "", "")).get("b")).isEqualTo("y");
		}
	}

	@Test
	void whenBlockHasNoEndThenItHasItsHeaders() {
		assertThat(HeaderBlock.of(binary("a", "b")).get("a")).isEqualTo("b");
		assertThat(HeaderBlock.of(SpopValue.of("")).headers()).isEmpty();
	}

	@Test
	void whenBytesAreMalformedThenTheyAreReplacedOrReadInTheCharset() {
		SpopValue value = binary("a", "caf\u00e9");
		assertThat(HeaderBlock.of(value).get("a")).isEqualTo("caf\ufffd");
		assertThat(HeaderBlock.of(value, StandardCharsets.ISO_8859_1).get("a")).isEqualTo("caf\u00e9");
	}

	@Test
	void whenLengthsDoNotFitThenSaysSo() {
		for (byte[] bytes : new byte[][] { { 5, 'a' }, { 1, 'a' }, { 1, 'a', (byte) 0xFF },
				{ -1, -1, -1, -1, -1, -1, -1, -1 } }) {
			HeaderBlock headers = HeaderBlock.of(SpopValue.of(bytes));
			assertThatIllegalArgumentException().isThrownBy(headers::headers)
				.withMessageStartingWith("These are no headers");
		}
	}

	@Test
	void whenValueIsANumberThenRefusesIt() {
		assertThatIllegalArgumentException().isThrownBy(() -> HeaderBlock.of(SpopValue.of(1)))
			.withMessage("Headers are BINARY or STRING, not 1");
	}

	private static SpopValue binary(String... strings) {
		ByteArrayOutputStream out = new ByteArrayOutputStream();
		for (String string : strings) {
			int length = string.length();
			if (length < 240) {
				out.write(length);
			}
			else {
				out.write(length | 0xF0);
				int rest = (length - 240) >>> 4;
				while (rest >= 128) {
					out.write(rest | 0x80);
					rest = (rest - 128) >>> 7;
				}
				out.write(rest);
			}
			out.writeBytes(string.getBytes(StandardCharsets.ISO_8859_1));
		}
		return SpopValue.of(out.toByteArray());
	}

}
