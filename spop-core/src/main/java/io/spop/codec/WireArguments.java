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
		PayloadReader reader = reader(index);
		reader.skipString();
		return reader.readValue();
	}

	@Override
	public int indexOf(String name, int from) {
		for (int i = from; i < this.offsets.length; i++) {
			if (reader(i).matches(name)) {
				return i;
			}
		}
		return -1;
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
