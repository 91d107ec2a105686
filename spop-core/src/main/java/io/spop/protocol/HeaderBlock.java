package io.spop.protocol;

import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * All headers of a request or response. HAProxy sends them as BINARY with
 * {@code req.hdrs_bin} and {@code res.hdrs_bin}, and as STRING with {@code req.hdrs} and
 * {@code res.hdrs}. An incomplete block is refused on creation. The text of a header is
 * decoded when a caller asks for the header. Names are compared without regard to case,
 * and a name may have several values. Immutable, and safe to use by any thread.
 * <p>
 * A header block refers to its {@linkplain #value() value}, and so to the whole frame of
 * this value. To keep a header block after the answer, for example in a cache, create it
 * from a {@linkplain SpopValue#copy() copy} of the value.
 *
 * @since 0.1.0
 */
public final class HeaderBlock implements Iterable<HeaderBlock.Header> {

	private final SpopValue value;

	private final Charset charset;

	/**
	 * For each header: where its name begins and ends, where its value begins and ends.
	 */
	private final int[] bounds;

	private volatile @Nullable List<Header> headers;

	private HeaderBlock(SpopValue value, Charset charset, int[] bounds) {
		this.value = value;
		this.charset = charset;
		this.bounds = bounds;
	}

	/**
	 * Return the headers in a value, read as UTF-8.
	 * @param value a BINARY or STRING of HAProxy
	 * @return the headers
	 * @throws IllegalArgumentException if the value has another type, is incomplete or is
	 * malformed; the message says what is wrong, without quoting the value
	 */
	public static HeaderBlock of(SpopValue value) {
		return of(value, StandardCharsets.UTF_8);
	}

	/**
	 * Return the headers in a value.
	 * @param value a BINARY that ends with two empty strings, such as
	 * {@code req.hdrs_bin}, or a STRING that ends with an empty line, such as
	 * {@code req.hdrs}
	 * @param charset the charset of names and values; its replacement character takes the
	 * place of malformed bytes
	 * @return the headers
	 * @throws IllegalArgumentException if the value has another type, is incomplete or is
	 * malformed; the message says what is wrong, without quoting the value
	 */
	public static HeaderBlock of(SpopValue value, Charset charset) {
		Objects.requireNonNull(value, "value");
		Objects.requireNonNull(charset, "charset");
		if (value instanceof SpopValue.Binary binary) {
			return new HeaderBlock(value, charset, new Scan(binary.bytes()).scanStrings());
		}
		if (value instanceof SpopValue.Text text) {
			return new HeaderBlock(value, charset, new Scan(text.bytes()).scanLines());
		}
		throw new IllegalArgumentException(
				"Headers are BINARY or STRING, not " + value.getClass().getSimpleName().toUpperCase(Locale.ROOT));
	}

	/**
	 * Return the value that has the headers.
	 * @return the value
	 */
	public SpopValue value() {
		return this.value;
	}

	/**
	 * Return the first value of a header.
	 * @param name the name of the header, in any case
	 * @return the value, or {@code null} if there is no such header
	 */
	public @Nullable String get(String name) {
		Objects.requireNonNull(name, "name");
		for (Header header : headers()) {
			if (header.name().equalsIgnoreCase(name)) {
				return header.value();
			}
		}
		return null;
	}

	/**
	 * Return all values of a header.
	 * @param name the name of the header, in any case
	 * @return the values in their order, empty if there is no such header
	 */
	public List<String> getAll(String name) {
		Objects.requireNonNull(name, "name");
		return headers().stream().filter((header) -> header.name().equalsIgnoreCase(name)).map(Header::value).toList();
	}

	/**
	 * Return whether there is a header.
	 * @param name the name of the header, in any case
	 * @return {@code true} if there is
	 */
	public boolean contains(String name) {
		return get(name) != null;
	}

	/**
	 * Return the names of the headers.
	 * @return the names in lower case, in their order
	 */
	public Set<String> names() {
		Set<String> names = new LinkedHashSet<>();
		headers().forEach((header) -> names.add(header.name().toLowerCase(Locale.ROOT)));
		return names;
	}

	/**
	 * Return the headers.
	 * @return an unmodifiable list, in the order of the headers
	 */
	public List<Header> headers() {
		List<Header> headers = this.headers;
		if (headers == null) {
			headers = decode();
			this.headers = headers;
		}
		return headers;
	}

	private List<Header> decode() {
		ByteBuffer bytes = (this.value instanceof SpopValue.Binary binary) ? binary.bytes()
				: ((SpopValue.Text) this.value).bytes();
		List<Header> headers = new ArrayList<>(this.bounds.length / 4);
		for (int i = 0; i < this.bounds.length; i += 4) {
			headers.add(new Header(decode(bytes, this.bounds[i], this.bounds[i + 1]),
					decode(bytes, this.bounds[i + 2], this.bounds[i + 3])));
		}
		return List.copyOf(headers);
	}

	private String decode(ByteBuffer bytes, int start, int end) {
		return this.charset.decode(bytes.slice(start, end - start)).toString();
	}

	@Override
	public Iterator<Header> iterator() {
		return headers().iterator();
	}

	@Override
	public boolean equals(@Nullable Object other) {
		return other instanceof HeaderBlock that && this.value.equals(that.value) && this.charset.equals(that.charset);
	}

	@Override
	public int hashCode() {
		return this.value.hashCode();
	}

	/**
	 * Return the names of the headers, without the values, which may be secrets.
	 * @return a text
	 */
	@Override
	public String toString() {
		return "HeaderBlock" + LogText.message(names().toString());
	}

	/**
	 * One header.
	 *
	 * @param name its name, which HAProxy sends in lower case
	 * @param value its value
	 */
	public record Header(String name, String value) {

		/**
		 * Create a header.
		 */
		public Header {
			Objects.requireNonNull(name, "name");
			Objects.requireNonNull(value, "value");
		}

		/**
		 * Return the name of the header, without the value, which may be a secret.
		 */
		@Override
		public String toString() {
			return LogText.name(this.name);
		}

	}

	/**
	 * Scanner that finds the names and values in a block, and refuses a malformed block.
	 */
	private static final class Scan {

		private final ByteBuffer bytes;

		private int[] bounds = new int[64];

		private int size;

		Scan(ByteBuffer bytes) {
			this.bytes = bytes;
		}

		/**
		 * Scan names and values, each with its length in front, up to two empty strings.
		 */
		int[] scanStrings() {
			while (true) {
				int nameLength = readLength();
				int name = this.bytes.position();
				this.bytes.position(name + nameLength);
				int valueLength = readLength();
				int value = this.bytes.position();
				this.bytes.position(value + valueLength);
				if (nameLength > 0) {
					add(name, name + nameLength, value, value + valueLength);
				}
				else if (valueLength > 0) {
					throw malformed("a value has no name");
				}
				else {
					return end("two empty strings");
				}
			}
		}

		private int readLength() {
			long length = 0;
			int shift = 0;
			int last = 240;
			// A frame has less than 2^30 bytes, so a length has at most five bytes
			for (int i = 0; i < 5; i++) {
				if (!this.bytes.hasRemaining()) {
					throw malformed("the two empty strings at its end are missing, it may have been cut");
				}
				int b = this.bytes.get() & 0xFF;
				length += (long) b << shift;
				if (b < last) {
					break;
				}
				shift += (i == 0) ? 4 : 7;
				last = 128;
			}
			if (length > this.bytes.remaining()) {
				throw malformed("a name or value goes beyond its end, it may have been cut");
			}
			return (int) length;
		}

		/**
		 * Scan lines, up to an empty one.
		 */
		int[] scanLines() {
			while (true) {
				int start = this.bytes.position();
				int end = start;
				int colon = -1;
				for (byte b = next(); b != '\n'; b = next()) {
					if (b == ':' && colon < 0) {
						colon = end;
					}
					end++;
				}
				if (end > start && this.bytes.get(end - 1) == '\r') {
					end--;
				}
				if (end == start) {
					return end("the empty line");
				}
				if (colon < 0) {
					throw malformed("a line has no colon");
				}
				addStripped(start, colon, end);
			}
		}

		private byte next() {
			if (!this.bytes.hasRemaining()) {
				throw malformed("the empty line at its end is missing, it may have been cut");
			}
			return this.bytes.get();
		}

		private void addStripped(int start, int colon, int end) {
			int endOfName = strip(start, colon);
			if (endOfName == start || isBlank(start)) {
				throw malformed("a value has no name");
			}
			int value = colon + 1;
			// A line break follows, which is not blank
			while (isBlank(value)) {
				value++;
			}
			add(start, endOfName, value, strip(value, end));
		}

		private int strip(int start, int end) {
			int stripped = end;
			while (stripped > start && isBlank(stripped - 1)) {
				stripped--;
			}
			return stripped;
		}

		private boolean isBlank(int index) {
			byte b = this.bytes.get(index);
			return b == ' ' || b == '\t';
		}

		private void add(int... header) {
			if (this.size == this.bounds.length) {
				this.bounds = Arrays.copyOf(this.bounds, 2 * this.size);
			}
			System.arraycopy(header, 0, this.bounds, this.size, header.length);
			this.size += header.length;
		}

		private int[] end(String marker) {
			if (this.bytes.hasRemaining()) {
				throw malformed(this.bytes.remaining() + " bytes follow " + marker + " at its end");
			}
			return Arrays.copyOf(this.bounds, this.size);
		}

		private IllegalArgumentException malformed(String what) {
			return new IllegalArgumentException(
					"Not a block of headers (" + this.bytes.capacity() + " bytes): " + what);
		}

	}

}
