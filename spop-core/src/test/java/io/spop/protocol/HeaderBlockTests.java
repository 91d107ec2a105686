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
			assertThat(headers.contains("missing")).isFalse();
			assertThat(headers.getAll("missing")).isEmpty();
			assertThat(headers.names()).containsExactly("host", "accept", "empty");
			assertThat(headers).hasSize(4).first().isEqualTo(new HeaderBlock.Header("host", "example.org"));
			assertThat(headers).isEqualTo(HeaderBlock.of(value))
				.hasSameHashCodeAs(HeaderBlock.of(value))
				.hasToString("HeaderBlock[host, accept, empty]");
			assertThat(headers.value()).isSameAs(value);
		}
	}

	@Test
	void whenBlocksHaveAnotherValueOrCharsetThenTheyAreNotEqual() {
		HeaderBlock headers = HeaderBlock.of(TEXT);
		assertThat(headers).isNotEqualTo(HeaderBlock.of(BINARY)).doesNotHaveSameHashCodeAs(HeaderBlock.of(BINARY));
		assertThat(headers).isNotEqualTo(HeaderBlock.of(TEXT, StandardCharsets.ISO_8859_1));
	}

	@Test
	void whenValueIsLongThenItsLengthHasSeveralBytes() {
		for (int length : new int[] { 239, 240, 2287, 2288, 20000 }) {
			assertThat(HeaderBlock.of(binary("a", "x".repeat(length), "b", "y", "", "")).get("b")).isEqualTo("y");
		}
	}

	@Test
	void whenThereIsNoHeaderThenTheBlockIsItsEnd() {
		assertThat(HeaderBlock.of(binary("", ""))).isEmpty();
		assertThat(HeaderBlock.of(SpopValue.of("\r\n"))).isEmpty();
		assertThat(HeaderBlock.of(SpopValue.of("\n"))).isEmpty();
	}

	@Test
	void whenBytesAreMalformedThenTheyAreReplacedOrReadInTheCharset() {
		for (SpopValue value : List.of(binary("a", "caf\u00e9", "", ""), latin("a: caf\u00e9\r\n\r\n"))) {
			assertThat(HeaderBlock.of(value).get("a")).isEqualTo("caf\ufffd");
			assertThat(HeaderBlock.of(value, StandardCharsets.ISO_8859_1).get("a")).isEqualTo("caf\u00e9");
		}
	}

	@Test
	void whenBlockIsCutAnywhereThenItIsRefused() {
		for (SpopValue value : List.of(TEXT, BINARY)) {
			boolean text = value instanceof SpopValue.Text;
			byte[] bytes = (value instanceof SpopValue.Binary binary) ? binary.toByteArray()
					: ((SpopValue.Text) value).toByteArray();
			for (int length = 0; length < bytes.length; length++) {
				SpopValue cut = text ? new SpopValue.Text(bytes, 0, length) : new SpopValue.Binary(bytes, 0, length);
				assertThatIllegalArgumentException().as("%d bytes", length)
					.isThrownBy(() -> HeaderBlock.of(cut))
					.withMessageStartingWith("Not a block of headers (" + length + " bytes): ")
					.withMessageEndingWith("it may have been cut");
			}
		}
	}

	@Test
	void whenBlockIsMalformedThenSaysHowAndShowsNoValue() {
		assertMalformed(binary("a", "secret", "", "", "b"), "2 bytes follow two empty strings at its end");
		assertMalformed(binary("a", "secret", "", "secret"), "a value has no name");
		for (byte[] bytes : new byte[][] { { 5, 'a' }, { 1, 'a', 4, 's' }, { -1, -1, -1, -1, -1, -1, -1, -1 } }) {
			assertMalformed(SpopValue.of(bytes), "a name or value goes beyond its end");
		}
		assertMalformed(SpopValue.of(new byte[] { 1, 'a', -1 }), "the two empty strings at its end are missing");
		assertMalformed(SpopValue.of("a: secret\r\n\r\nb"), "1 bytes follow the empty line at its end");
		assertMalformed(SpopValue.of("a: secret\r\nsecret\r\n\r\n"), "a line has no colon");
		assertMalformed(SpopValue.of(": secret\r\n\r\n"), "a value has no name");
		assertMalformed(SpopValue.of(":a: secret\r\n\r\n"), "a value has no name");
		assertMalformed(SpopValue.of("a: secret\r\n secret: b\r\n\r\n"), "a value has no name");
		assertMalformed(SpopValue.of("a: secret\r\n\r"), "the empty line at its end is missing");
	}

	private static void assertMalformed(SpopValue value, String message) {
		assertThatIllegalArgumentException().isThrownBy(() -> HeaderBlock.of(value))
			.withMessageContaining(message)
			.satisfies((ex) -> assertThat(ex.getMessage()).doesNotContain("secret"));
	}

	@Test
	void whenValueHasACarriageReturnThenItBeginsNoLine() {
		HeaderBlock headers = HeaderBlock.of(SpopValue.of("a: b\rhost: evil\r\n\r\n"));
		assertThat(headers.get("a")).isEqualTo("b\rhost: evil");
		assertThat(headers.names()).containsExactly("a");
	}

	@Test
	void whenThereAreManyHeadersThenAllAreThere() {
		String[] strings = new String[2 * 1001];
		StringBuilder lines = new StringBuilder();
		for (int i = 0; i < 1000; i++) {
			strings[2 * i] = "n" + i;
			strings[2 * i + 1] = "v" + i;
			lines.append("n" + i + ": v" + i + "\r\n");
		}
		strings[2000] = "";
		strings[2001] = "";
		HeaderBlock headers = HeaderBlock.of(binary(strings));
		assertThat(headers).hasSize(1000);
		assertThat(headers.get("n999")).isEqualTo("v999");
		assertThat(HeaderBlock.of(SpopValue.of(lines + "\r\n")).headers()).isEqualTo(headers.headers());
	}

	@Test
	void whenValueIsAPartOfAnArrayThenOnlyThatIsRead() {
		byte[] bytes = "xxa: b\r\n\r\nxx".getBytes(StandardCharsets.UTF_8);
		assertThat(HeaderBlock.of(new SpopValue.Text(bytes, 2, 8)).get("a")).isEqualTo("b");
	}

	@Test
	void whenValueIsOfAnotherTypeThenSaysWhichAndDoesNotShowIt() {
		assertThatIllegalArgumentException().isThrownBy(() -> HeaderBlock.of(SpopValue.of(1)))
			.withMessage("Headers are BINARY or STRING, not INT64");
		assertThatIllegalArgumentException().isThrownBy(() -> HeaderBlock.of(SpopValue.ofNull()))
			.withMessage("Headers are BINARY or STRING, not NULL");
	}

	@Test
	void whenBlockIsShownThenItsValuesAreNot() {
		assertThat(HeaderBlock.of(SpopValue.of("cookie: secret\r\nbad\u001b: x\r\n\r\n")))
			.hasToString("HeaderBlock[cookie, bad\\u001b]")
			.first()
			.hasToString("cookie");
	}

	private static SpopValue latin(String text) {
		byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
		return new SpopValue.Text(bytes, 0, bytes.length);
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
