package io.spop.protocol;

import java.math.BigInteger;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import org.jspecify.annotations.Nullable;

/**
 * A value with a type of SPOP (SPOE.txt, section 3.1). Each type has a class of its own.
 * All values are immutable. SPOP 2.0 defines no other types, so a {@code switch} over
 * these stays complete.
 * <p>
 * HAProxy itself sends {@link Null}, {@link Bool}, {@link Int64}, {@link Ipv4},
 * {@link Ipv6}, {@link Text} and {@link Binary}, and {@link Uint32} in HELLO and
 * DISCONNECT frames. HAProxy accepts values of all types.
 * <p>
 * A {@link Text} or {@link Binary} that an agent receives refers to the array that its
 * frame was read into, and keeps the whole array in memory. To keep a value after the
 * answer, for example in a cache, keep a {@link #copy()}.
 *
 * @since 0.1.0
 */
public sealed interface SpopValue {

	/**
	 * Return the value NULL.
	 * @return the value; an action that sets a variable to NULL unsets the variable
	 */
	static SpopValue ofNull() {
		return Null.INSTANCE;
	}

	/**
	 * Return the value for a boolean.
	 * @param value the boolean
	 * @return the value
	 */
	static SpopValue of(boolean value) {
		return value ? Bool.TRUE : Bool.FALSE;
	}

	/**
	 * Return the value for a number, with the type that HAProxy uses for its integers.
	 * @param value the number
	 * @return the value, a {@link Int64}
	 */
	static SpopValue of(long value) {
		return new Int64(value);
	}

	/**
	 * Return the value for a text, encoded as UTF-8.
	 * @param value the text
	 * @return the value, a {@link Text}
	 */
	static SpopValue of(String value) {
		return new Text(Objects.requireNonNull(value, "value"));
	}

	/**
	 * Return the value for bytes.
	 * @param value the bytes, which are copied
	 * @return the value, a {@link Binary}
	 */
	static SpopValue of(byte[] value) {
		return new Binary(Objects.requireNonNull(value, "value").clone(), 0, value.length);
	}

	/**
	 * Return the value for an IP address.
	 * @param value the address
	 * @return the value, {@link Ipv4} or {@link Ipv6}
	 */
	static SpopValue of(InetAddress value) {
		byte[] address = Objects.requireNonNull(value, "value").getAddress();
		return (address.length == Ipv4.LENGTH) ? new Ipv4(address) : new Ipv6(address);
	}

	/**
	 * Return a value that does not refer to the frame that it was read from.
	 * @return this value, or an equal value with an array of its own if this value refers
	 * to a part of a larger array
	 */
	default SpopValue copy() {
		return this;
	}

	private static byte[] requireLength(byte[] address, int length) {
		if (Objects.requireNonNull(address, "address").length != length) {
			throw new IllegalArgumentException("An address of " + length + " octets, not " + address.length);
		}
		return address;
	}

	/**
	 * NULL: HAProxy has no value for the sample, for example because a header is missing.
	 */
	record Null() implements SpopValue {

		private static final Null INSTANCE = new Null();

		@Override
		public String toString() {
			return "null";
		}

	}

	/**
	 * BOOL.
	 *
	 * @param value the boolean
	 */
	record Bool(boolean value) implements SpopValue {

		private static final Bool TRUE = new Bool(true);

		private static final Bool FALSE = new Bool(false);

		@Override
		public String toString() {
			return Boolean.toString(this.value);
		}

	}

	/**
	 * INT32.
	 *
	 * @param value the number
	 */
	record Int32(int value) implements SpopValue {

		@Override
		public String toString() {
			return Integer.toString(this.value);
		}

	}

	/**
	 * UINT32.
	 *
	 * @param value the number, 0 to 2^32-1
	 */
	record Uint32(long value) implements SpopValue {

		/**
		 * Create a value.
		 * @throws IllegalArgumentException if the number is out of range
		 */
		public Uint32 {
			if (value >>> 32 != 0) {
				throw new IllegalArgumentException("A UINT32 is 0 to 4294967295, not " + value);
			}
		}

		@Override
		public String toString() {
			return Long.toString(this.value);
		}

	}

	/**
	 * INT64, the type of each integer in a message of HAProxy.
	 *
	 * @param value the number
	 */
	record Int64(long value) implements SpopValue {

		@Override
		public String toString() {
			return Long.toString(this.value);
		}

	}

	/**
	 * UINT64.
	 *
	 * @param value the number as an unsigned {@code long}
	 * @see Long#toUnsignedString(long)
	 */
	record Uint64(long value) implements SpopValue {

		/**
		 * Return the number.
		 * @return the number, 0 to 2^64-1
		 */
		public BigInteger toBigInteger() {
			BigInteger signed = BigInteger.valueOf(this.value);
			return (this.value >= 0) ? signed : signed.add(BigInteger.ONE.shiftLeft(Long.SIZE));
		}

		@Override
		public String toString() {
			return Long.toUnsignedString(this.value);
		}

	}

	/**
	 * IPV4.
	 */
	final class Ipv4 implements SpopValue {

		private static final int LENGTH = 4;

		private final int bits;

		/**
		 * Create a value.
		 * @param bits the address, its first octet in the most significant bits
		 */
		public Ipv4(int bits) {
			this.bits = bits;
		}

		/**
		 * Create a value.
		 * @param address the four octets in network order
		 * @throws IllegalArgumentException if there are not four of them
		 */
		public Ipv4(byte[] address) {
			this(ByteBuffer.wrap(requireLength(address, LENGTH)).getInt());
		}

		/**
		 * Return the address as a number.
		 * @return the address, its first octet in the most significant bits
		 */
		public int bits() {
			return this.bits;
		}

		/**
		 * Return the address.
		 * @return the address; no name is looked up
		 */
		public Inet4Address toInetAddress() {
			try {
				byte[] octets = { (byte) (this.bits >>> 24), (byte) (this.bits >>> 16), (byte) (this.bits >>> 8),
						(byte) this.bits };
				return (Inet4Address) InetAddress.getByAddress(octets);
			}
			catch (UnknownHostException ex) {
				throw new IllegalStateException(ex);
			}
		}

		@Override
		public boolean equals(@Nullable Object other) {
			return other instanceof Ipv4 that && this.bits == that.bits;
		}

		@Override
		public int hashCode() {
			return this.bits;
		}

		@Override
		public String toString() {
			return toInetAddress().getHostAddress();
		}

	}

	/**
	 * IPV6. An IPv4-mapped address remains an IPv6 address. {@link #toString()} returns
	 * the text of RFC 5952, such as {@code ::1}, as HAProxy does.
	 */
	final class Ipv6 implements SpopValue {

		private static final int LENGTH = 16;

		private static final int GROUPS = 8;

		private final long high;

		private final long low;

		/**
		 * Create a value.
		 * @param high the first eight octets
		 * @param low the last eight octets
		 */
		public Ipv6(long high, long low) {
			this.high = high;
			this.low = low;
		}

		/**
		 * Create a value.
		 * @param address the sixteen octets in network order
		 * @throws IllegalArgumentException if there are not sixteen of them
		 */
		public Ipv6(byte[] address) {
			ByteBuffer buffer = ByteBuffer.wrap(requireLength(address, LENGTH));
			this.high = buffer.getLong();
			this.low = buffer.getLong();
		}

		/**
		 * Return the first half of the address.
		 * @return the first eight octets
		 */
		public long high() {
			return this.high;
		}

		/**
		 * Return the second half of the address.
		 * @return the last eight octets
		 */
		public long low() {
			return this.low;
		}

		/**
		 * Return the address.
		 * @return the address, an IPv6 address even if it maps an IPv4 address; no name
		 * is looked up
		 */
		public Inet6Address toInetAddress() {
			try {
				byte[] octets = ByteBuffer.allocate(LENGTH).putLong(this.high).putLong(this.low).array();
				// InetAddress.getByAddress would return an Inet4Address for an
				// IPv4-mapped address
				return Inet6Address.getByAddress(null, octets, -1);
			}
			catch (UnknownHostException ex) {
				throw new IllegalStateException(ex);
			}
		}

		@Override
		public boolean equals(@Nullable Object other) {
			return other instanceof Ipv6 that && this.high == that.high && this.low == that.low;
		}

		@Override
		public int hashCode() {
			return Long.hashCode(this.high * 31 + this.low);
		}

		@Override
		public String toString() {
			if (this.high == 0 && this.low >>> 32 == 0xFFFF) {
				return "::ffff:" + new Ipv4((int) this.low);
			}
			int from = 0;
			int to = 0;
			for (int i = 0, zeros = 0; i < GROUPS; i++) {
				zeros = (group(i) == 0) ? zeros + 1 : 0;
				if (zeros > Math.max(1, to - from)) {
					from = i + 1 - zeros;
					to = i + 1;
				}
			}
			return (to == 0) ? groups(0, GROUPS) : groups(0, from) + "::" + groups(to, GROUPS);
		}

		private int group(int index) {
			return (int) (((index < GROUPS / 2) ? this.high : this.low) >>> ((3 - index % 4) * 16)) & 0xFFFF;
		}

		private String groups(int from, int to) {
			return IntStream.range(from, to)
				.mapToObj((i) -> Integer.toHexString(group(i)))
				.collect(Collectors.joining(":"));
		}

	}

	/**
	 * STRING. The value keeps the bytes as received, since HAProxy passes on the bytes of
	 * the client in any charset.
	 */
	final class Text implements SpopValue {

		private final byte[] array;

		private final int offset;

		private final int length;

		/**
		 * Create a value.
		 * @param text the text, to be sent as UTF-8
		 */
		public Text(String text) {
			this.array = Objects.requireNonNull(text, "text").getBytes(StandardCharsets.UTF_8);
			this.offset = 0;
			this.length = this.array.length;
		}

		/**
		 * Create a value without a copy.
		 * @param array holds the bytes; the caller leaves them as they are
		 * @param offset where they begin
		 * @param length how many they are
		 * @throws IndexOutOfBoundsException if there are fewer
		 */
		public Text(byte[] array, int offset, int length) {
			Objects.checkFromIndexSize(offset, length, Objects.requireNonNull(array, "array").length);
			this.array = array;
			this.offset = offset;
			this.length = length;
		}

		/**
		 * Return the number of bytes.
		 * @return the length
		 */
		public int length() {
			return this.length;
		}

		/**
		 * Return the bytes.
		 * @return a read-only view
		 */
		public ByteBuffer bytes() {
			return ByteBuffer.wrap(this.array, this.offset, this.length).slice().asReadOnlyBuffer();
		}

		/**
		 * Return the bytes.
		 * @return a copy
		 */
		public byte[] toByteArray() {
			return Arrays.copyOfRange(this.array, this.offset, this.offset + this.length);
		}

		/**
		 * Copy the bytes.
		 * @param target where to
		 * @param position where the copy begins
		 * @throws IndexOutOfBoundsException if there is no room for it
		 */
		public void copyTo(byte[] target, int position) {
			System.arraycopy(this.array, this.offset, Objects.requireNonNull(target, "target"), position, this.length);
		}

		@Override
		public Text copy() {
			return (this.length == this.array.length) ? this : new Text(toByteArray(), 0, this.length);
		}

		@Override
		public boolean equals(@Nullable Object other) {
			return other instanceof Text that && Arrays.equals(this.array, this.offset, this.offset + this.length,
					that.array, that.offset, that.offset + that.length);
		}

		@Override
		public int hashCode() {
			return bytes().hashCode();
		}

		/**
		 * Return the text in the given charset.
		 * @param charset the charset of the bytes; ISO-8859-1 decodes any bytes without
		 * loss
		 * @return the text, with the charset's replacement character in place of
		 * malformed bytes
		 */
		public String toString(Charset charset) {
			return new String(this.array, this.offset, this.length, Objects.requireNonNull(charset, "charset"));
		}

		/**
		 * Return the text, read as UTF-8.
		 * @return the text, with U+FFFD in place of malformed bytes
		 */
		@Override
		public String toString() {
			return toString(StandardCharsets.UTF_8);
		}

	}

	/**
	 * BINARY.
	 */
	final class Binary implements SpopValue {

		private final byte[] array;

		private final int offset;

		private final int length;

		/**
		 * Create a value without a copy.
		 * @param array holds the bytes; the caller leaves them as they are
		 * @param offset where they begin
		 * @param length how many they are
		 * @throws IndexOutOfBoundsException if there are fewer
		 */
		public Binary(byte[] array, int offset, int length) {
			Objects.checkFromIndexSize(offset, length, Objects.requireNonNull(array, "array").length);
			this.array = array;
			this.offset = offset;
			this.length = length;
		}

		/**
		 * Return the number of bytes.
		 * @return the length
		 */
		public int length() {
			return this.length;
		}

		/**
		 * Return the bytes.
		 * @return a read-only view
		 */
		public ByteBuffer bytes() {
			return ByteBuffer.wrap(this.array, this.offset, this.length).slice().asReadOnlyBuffer();
		}

		/**
		 * Return the bytes.
		 * @return a copy
		 */
		public byte[] toByteArray() {
			return Arrays.copyOfRange(this.array, this.offset, this.offset + this.length);
		}

		/**
		 * Copy the bytes.
		 * @param target where to
		 * @param position where the copy begins
		 * @throws IndexOutOfBoundsException if there is no room for it
		 */
		public void copyTo(byte[] target, int position) {
			System.arraycopy(this.array, this.offset, Objects.requireNonNull(target, "target"), position, this.length);
		}

		@Override
		public Binary copy() {
			return (this.length == this.array.length) ? this : new Binary(toByteArray(), 0, this.length);
		}

		@Override
		public boolean equals(@Nullable Object other) {
			return other instanceof Binary that && Arrays.equals(this.array, this.offset, this.offset + this.length,
					that.array, that.offset, that.offset + that.length);
		}

		@Override
		public int hashCode() {
			return bytes().hashCode();
		}

		/**
		 * Return the bytes in hexadecimal.
		 * @return two digits for each byte
		 */
		@Override
		public String toString() {
			return HexFormat.of().formatHex(this.array, this.offset, this.offset + this.length);
		}

	}

}
