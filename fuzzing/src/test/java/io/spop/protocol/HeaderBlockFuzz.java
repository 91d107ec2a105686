package io.spop.protocol;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.spop.fuzzing.Wire;
import org.jspecify.annotations.Nullable;

/**
 * Reads any bytes as {@code req.hdrs_bin} and {@code req.hdrs}, and compares the headers
 * with those that a few lines of this test find.
 */
class HeaderBlockFuzz {

	@FuzzTest
	void headers(byte[] input) {
		if (input.length == 0) {
			return;
		}
		byte[] block = Arrays.copyOfRange(input, 1, input.length);
		boolean binary = (input[0] & 1) == 0;
		SpopValue value = binary ? new SpopValue.Binary(block, 0, block.length)
				: new SpopValue.Text(block, 0, block.length);
		List<String> expected = binary ? expectedOfStrings(block) : expectedOfLines(block);
		HeaderBlock headers;
		try {
			headers = HeaderBlock.of(value, StandardCharsets.ISO_8859_1);
		}
		catch (IllegalArgumentException ex) {
			require(expected == null, "Refused: " + expected + ", " + ex);
			Wire.requirePrintable(ex::getMessage);
			return;
		}
		List<String> found = new ArrayList<>();
		for (HeaderBlock.Header header : headers) {
			found.add(header.name());
			found.add(header.value());
		}
		require(found.equals(expected), "Expected " + expected + ", not " + found);
		Wire.requirePrintable(headers::toString);
		if (!found.isEmpty()) {
			String name = found.get(found.size() - 2);
			require(headers.contains(name) && headers.names().contains(name.toLowerCase(Locale.ROOT)), "No " + name);
			require(headers.getAll(name).contains(found.get(found.size() - 1)), "Not all values of " + name);
			require(headers.getAll(name).get(0).equals(headers.get(name)), "Not the first value of " + name);
		}
		require(HeaderBlock.of(value, StandardCharsets.ISO_8859_1).equals(headers), "Not equal");
		// Malformed bytes are replaced
		HeaderBlock.of(value, StandardCharsets.UTF_8).headers();
	}

	private static @Nullable List<String> expectedOfStrings(byte[] block) {
		List<String> headers = new ArrayList<>();
		try {
			for (byte[] string : Wire.readStrings(block)) {
				headers.add(new String(string, StandardCharsets.ISO_8859_1));
			}
		}
		catch (Wire.Refusal ex) {
			return null;
		}
		int size = headers.size();
		if (size < 2 || size % 2 != 0 || !headers.get(size - 2).isEmpty() || !headers.get(size - 1).isEmpty()) {
			return null;
		}
		List<String> found = headers.subList(0, size - 2);
		for (int i = 0; i < found.size(); i += 2) {
			if (found.get(i).isEmpty()) {
				return null;
			}
		}
		return found;
	}

	private static @Nullable List<String> expectedOfLines(byte[] block) {
		List<String> headers = new ArrayList<>();
		String[] lines = new String(block, StandardCharsets.ISO_8859_1).split("\n", -1);
		for (int i = 0; i < lines.length - 1; i++) {
			String line = lines[i].endsWith("\r") ? lines[i].substring(0, lines[i].length() - 1) : lines[i];
			if (line.isEmpty()) {
				return (i == lines.length - 2 && lines[i + 1].isEmpty()) ? headers : null;
			}
			int colon = line.indexOf(':');
			if (colon < 0 || line.charAt(0) == ' ' || line.charAt(0) == '\t' || colon == 0) {
				return null;
			}
			headers.add(line.substring(0, colon).replaceAll("[ \t]+\\z", ""));
			headers.add(line.substring(colon + 1).replaceAll("^[ \t]+", "").replaceAll("[ \t]+\\z", ""));
		}
		return null;
	}

	private static void require(boolean condition, String message) {
		if (!condition) {
			throw new AssertionError(message);
		}
	}

}
