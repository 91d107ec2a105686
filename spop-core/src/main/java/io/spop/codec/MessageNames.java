package io.spop.codec;

import java.util.Arrays;

import org.jspecify.annotations.Nullable;

/**
 * The name of a message and those of its arguments. The same names come with each frame,
 * so that their strings are made once and kept; they are interned, since handlers look
 * for the same ones. The number of messages that are kept is bounded: each has two places
 * by its hash, and a new one takes the place of another. Threads may take a place at the
 * same time, but entries are immutable, so that at worst strings are made twice.
 */
final class MessageNames {

	private static final int SIZE = 256;

	/** Messages with more bytes of names are not kept. */
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
	 * Find the names that a message had when it came last.
	 * @param array holds the name of the message with its length
	 * @param start where that begins
	 * @param end where it ends
	 * @param size the number of arguments
	 * @return the names, or {@code null} if there are none
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
	 * Read the names of a message that has been checked, and keep them.
	 * @param array holds the message
	 * @param start where it begins
	 * @param end where the payload ends
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
	 * Return the names of the arguments in their order, not to be changed.
	 */
	String[] argumentNames() {
		return this.argumentNames;
	}

}
