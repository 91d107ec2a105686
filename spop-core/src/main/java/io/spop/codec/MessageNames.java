package io.spop.codec;

import java.util.Arrays;

import org.jspecify.annotations.Nullable;

/**
 * The name of a message and the names of its arguments. HAProxy sends the same names in
 * each frame, so their strings are decoded once and kept in a cache. The strings are
 * interned, since handlers look up the same names. The size of the cache is bounded: the
 * hash of a message selects two places, and a new message replaces an older one there.
 * Two threads may write to a place at the same time. Entries are immutable, so at worst a
 * string is decoded twice.
 */
final class MessageNames {

	private static final int SIZE = 256;

	/** The largest number of bytes of names that a cached message has. */
	private static final int MAX_LENGTH = 2048;

	private static final long GOLDEN_RATIO = 0x9E3779B97F4A7C15L;

	private static final @Nullable MessageNames[] KNOWN = new MessageNames[SIZE];

	private final WireName message;

	private final WireName[] arguments;

	private final String[] argumentNames;

	private MessageNames(WireName message, WireName[] arguments) {
		this.message = message;
		this.arguments = arguments;
		this.argumentNames = Arrays.stream(arguments).map(WireName::text).toArray(String[]::new);
	}

	/**
	 * Find the cached names of a message.
	 * @param array holds the name of the message with its length
	 * @param start the index at which the name begins
	 * @param end the index at which the name ends
	 * @param size the number of arguments
	 * @return the names, or {@code null} if they are not in the cache
	 */
	static @Nullable MessageNames find(byte[] array, int start, int end, int size) {
		int place = place(array, start, end, size);
		MessageNames names = KNOWN[place];
		if (names != null && names.isOf(array, start, size)) {
			return names;
		}
		names = KNOWN[place ^ 1];
		return (names != null && names.isOf(array, start, size)) ? names : null;
	}

	/**
	 * Read the names of a message that has been checked, and add them to the cache.
	 * @param array holds the message
	 * @param start the index at which the message begins
	 * @param end the index at which the payload ends
	 * @return the names
	 */
	static MessageNames read(byte[] array, int start, int end) {
		PayloadReader reader = new PayloadReader(array, start, end);
		WireName message = WireName.read(reader);
		WireName[] arguments = new WireName[reader.readByte()];
		int length = message.length();
		for (int i = 0; i < arguments.length; i++) {
			arguments[i] = WireName.read(reader);
			length += arguments[i].length();
			reader.skipValue();
		}
		MessageNames names = new MessageNames(message, arguments);
		if (length <= MAX_LENGTH) {
			names.keep();
		}
		return names;
	}

	private void keep() {
		byte[] bytes = this.message.bytes();
		int place = place(bytes, 0, bytes.length, this.arguments.length);
		KNOWN[(!mayReplace(place) && mayReplace(place ^ 1)) ? place ^ 1 : place] = this;
	}

	private boolean mayReplace(int place) {
		MessageNames other = KNOWN[place];
		return other == null || other.isOf(this.message.bytes(), 0, this.arguments.length);
	}

	private static int place(byte[] array, int start, int end, int size) {
		long hash = size;
		int position = start;
		for (; end - position >= Long.BYTES; position += Long.BYTES) {
			hash = hash * 31 + (long) PayloadReader.LONG.get(array, position);
		}
		if (position < end && end - start >= Long.BYTES) {
			hash = hash * 31 + (long) PayloadReader.LONG.get(array, end - Long.BYTES);
		}
		else {
			for (; position < end; position++) {
				hash = hash * 31 + array[position];
			}
		}
		return (int) ((hash * GOLDEN_RATIO) >>> (Long.SIZE - Byte.SIZE));
	}

	private boolean isOf(byte[] array, int start, int size) {
		return this.arguments.length == size && this.message.isAt(array, start);
	}

	String message() {
		return this.message.text();
	}

	/**
	 * Return the name of an argument.
	 */
	WireName argument(int index) {
		return this.arguments[index];
	}

	/**
	 * Return the names of the arguments in their order. The caller must not change the
	 * array.
	 */
	String[] argumentNames() {
		return this.argumentNames;
	}

}
