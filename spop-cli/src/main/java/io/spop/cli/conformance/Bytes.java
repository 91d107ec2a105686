package io.spop.cli.conformance;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/**
 * Bytes with their meaning. The codec of the project refuses to encode many of these.
 */
final class Bytes {

	private static final HexFormat HEX = HexFormat.ofDelimiter(" ");

	private static final int SHOWN = 12;

	private final List<Part> parts;

	private Bytes(List<Part> parts) {
		this.parts = parts;
	}

	static Bytes of(String meaning, byte... bytes) {
		return new Bytes(List.of(new Part(bytes, meaning)));
	}

	static Bytes ofInts(String meaning, int... bytes) {
		byte[] array = new byte[bytes.length];
		for (int i = 0; i < bytes.length; i++) {
			array[i] = (byte) bytes[i];
		}
		return of(meaning, array);
	}

	static Bytes text(String meaning, String text) {
		return of(meaning, text.getBytes(StandardCharsets.ISO_8859_1));
	}

	static Bytes hex(String meaning, String hex) {
		return of(meaning, HexFormat.of().parseHex(hex));
	}

	static Bytes int32(String meaning, long value) {
		return of(meaning, (byte) (value >>> 24), (byte) (value >>> 16), (byte) (value >>> 8), (byte) value);
	}

	static Bytes join(Bytes... pieces) {
		return join(List.of(pieces));
	}

	static Bytes join(List<Bytes> pieces) {
		return new Bytes(pieces.stream().flatMap((piece) -> piece.parts.stream()).toList());
	}

	/**
	 * Return these bytes as one part, for what would be explained at too great length.
	 */
	Bytes as(String meaning) {
		return of(meaning, toArray());
	}

	Bytes first(int length) {
		List<Part> kept = new ArrayList<>();
		int left = length;
		for (Part part : this.parts) {
			if (left == 0) {
				break;
			}
			int size = Math.min(left, part.bytes.length);
			kept.add((size == part.bytes.length) ? part
					: new Part(Arrays.copyOf(part.bytes, size), part.meaning + ", cut here"));
			left -= size;
		}
		return new Bytes(kept);
	}

	byte[] toArray() {
		ByteArrayOutputStream out = new ByteArrayOutputStream();
		this.parts.forEach((part) -> out.writeBytes(part.bytes));
		return out.toByteArray();
	}

	int length() {
		return this.parts.stream().mapToInt((part) -> part.bytes.length).sum();
	}

	/**
	 * Return a line for each part: offset, bytes in hexadecimal digits, meaning.
	 */
	List<String> lines() {
		List<String> lines = new ArrayList<>();
		int offset = 0;
		for (Part part : this.parts) {
			String hex = HEX.formatHex(part.bytes, 0, Math.min(SHOWN, part.bytes.length));
			String more = (part.bytes.length > SHOWN) ? " and " + (part.bytes.length - SHOWN) + " more" : "";
			lines.add(String.format("%05x  %-36s  %s", offset, hex + more, part.meaning).stripTrailing());
			offset += part.bytes.length;
		}
		return lines;
	}

	private record Part(byte[] bytes, String meaning) {

	}

}
