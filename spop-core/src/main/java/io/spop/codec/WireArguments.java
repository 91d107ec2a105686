package io.spop.codec;

import java.util.StringJoiner;

import io.spop.protocol.Argument;
import io.spop.protocol.Arguments;
import io.spop.protocol.SpopValue;

/**
 * Arguments in the bytes in which they came. Most handlers read few of them, so each
 * value is decoded when somebody asks for it; that it can be has been checked before.
 */
final class WireArguments implements Arguments {

	private final byte[] payload;

	/**
	 * Where each argument begins.
	 */
	private final int[] offsets;

	WireArguments(byte[] payload, int[] offsets) {
		this.payload = payload;
		this.offsets = offsets;
	}

	@Override
	public int size() {
		return this.offsets.length;
	}

	@Override
	public String name(int index) {
		return reader(index).readString();
	}

	@Override
	public SpopValue value(int index) {
		int start = this.offsets[index];
		int length = this.payload[start];
		if (length >= 0) {
			// By far the most frequent cases, without a reader
			int type = this.payload[start + 1 + length];
			if (type == ValueType.STRING) {
				int valueLength = this.payload[start + 2 + length] & 0xFF;
				if (valueLength < 240) {
					return new SpopValue.Text(this.payload, start + 3 + length, valueLength);
				}
			}
			else if (type == ValueType.IPV4) {
				return new SpopValue.Ipv4((int) PayloadReader.INT.get(this.payload, start + 2 + length));
			}
		}
		PayloadReader reader = reader(index);
		reader.skipString();
		return reader.readValue();
	}

	@Override
	public int indexOf(String name, int from) {
		for (int i = from; i < this.offsets.length; i++) {
			if (matches(this.offsets[i], name)) {
				return i;
			}
		}
		return -1;
	}

	private boolean matches(int start, String name) {
		int length = this.payload[start];
		if (length < 0) {
			return decodesTo(start, name);
		}
		int characters = name.length();
		if (characters > length) {
			return false;
		}
		for (int i = 0; i < characters; i++) {
			char c = name.charAt(i);
			if (this.payload[start + 1 + i] != c) {
				// Else a character of several bytes
				return c >= 0x80 && decodesTo(start, name);
			}
		}
		return characters == length;
	}

	private boolean decodesTo(int start, String name) {
		return name.equals(new PayloadReader(this.payload, start, this.payload.length).readString());
	}

	private PayloadReader reader(int index) {
		return new PayloadReader(this.payload, this.offsets[index], this.payload.length);
	}

	@Override
	public String toString() {
		StringJoiner joiner = new StringJoiner(", ", "[", "]");
		for (Argument argument : this) {
			joiner.add(argument.toString());
		}
		return joiner.toString();
	}

}
