package io.spop.codec;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

import org.jspecify.annotations.Nullable;

/**
 * The names of messages, which come again with each frame, as strings that are made once.
 * Bounded: a name takes the place of another with the same hash. Threads race for places,
 * but entries are immutable, so that the worst a race does is to make a string twice.
 */
final class NameCache {

	private static final int SIZE = 256;

	private static final int MAX_LENGTH = 64;

	private static final @Nullable Entry[] ENTRIES = new Entry[SIZE];

	private NameCache() {
	}

	static String get(byte[] array, int offset, int length) {
		if (length > MAX_LENGTH) {
			return new String(array, offset, length, StandardCharsets.UTF_8);
		}
		int hash = length;
		for (int i = 0; i < length; i++) {
			hash = hash * 31 + array[offset + i];
		}
		int place = (hash ^ hash >>> 8) & SIZE - 1;
		Entry entry = ENTRIES[place];
		if (entry == null || !Arrays.equals(entry.bytes, 0, entry.bytes.length, array, offset, offset + length)) {
			entry = new Entry(Arrays.copyOfRange(array, offset, offset + length));
			ENTRIES[place] = entry;
		}
		return entry.name;
	}

	private static final class Entry {

		private final byte[] bytes;

		private final String name;

		Entry(byte[] bytes) {
			this.bytes = bytes;
			this.name = new String(bytes, StandardCharsets.UTF_8);
		}

	}

}
