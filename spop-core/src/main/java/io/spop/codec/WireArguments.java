package io.spop.codec;

import java.util.Objects;
import java.util.StringJoiner;

import io.spop.protocol.Argument;
import io.spop.protocol.Arguments;
import io.spop.protocol.LogText;
import io.spop.protocol.SpopValue;
import org.jspecify.annotations.Nullable;

/**
 * Arguments that refer to the bytes of their frame. A value is decoded when a caller asks
 * for it, since most handlers read few arguments. The codec has checked all values
 * before.
 */
final class WireArguments implements Arguments {

	/** The number of characters after which {@link #toString()} stops. */
	private static final int MAX_TEXT = 4096;

	private final byte[] payload;

	/** The position at which each value begins. */
	private final int[] values;

	private final String[] names;

	WireArguments(byte[] payload, int[] values, String[] names) {
		this.payload = payload;
		this.values = values;
		this.names = names;
	}

	@Override
	public int size() {
		return this.values.length;
	}

	@Override
	public String name(int index) {
		return this.names[index];
	}

	@Override
	public SpopValue value(int index) {
		int start = this.values[index];
		int type = this.payload[start];
		// Decode the most frequent types without a reader
		if (type == WireFormat.STRING) {
			int length = this.payload[start + 1] & 0xFF;
			if (length < Varint.TWO_BYTES) {
				return new SpopValue.Text(this.payload, start + 2, length);
			}
		}
		else if (type == WireFormat.IPV4) {
			return new SpopValue.Ipv4((int) PayloadReader.INT.get(this.payload, start + 1));
		}
		return new PayloadReader(this.payload, start, this.payload.length).readValue();
	}

	@Override
	public int indexOf(String name, int from) {
		Objects.requireNonNull(name, "name");
		for (int i = from; i < this.names.length; i++) {
			if (this.names[i].equals(name)) {
				return i;
			}
		}
		return -1;
	}

	@Override
	public boolean equals(@Nullable Object other) {
		return this == other || (other instanceof Arguments && copy().equals(other));
	}

	@Override
	public int hashCode() {
		return copy().hashCode();
	}

	@Override
	public String toString() {
		StringJoiner joiner = new StringJoiner(", ", "[", "]");
		for (Argument argument : this) {
			joiner.add(argument.toString());
		}
		return LogText.of(joiner.toString(), MAX_TEXT);
	}

}
