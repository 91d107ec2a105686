package io.spop.protocol;

import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * All headers of a request or response: what {@code req.hdrs_bin} and
 * {@code res.hdrs_bin} send as BINARY, and {@code req.hdrs} and {@code res.hdrs} as
 * STRING. It is decoded when somebody asks for a header. Names do not depend on the case;
 * a name may have several values. Immutable, and safe to use by any thread.
 *
 * @since 0.1.0
 */
public final class HeaderBlock implements Iterable<HeaderBlock.Header> {

	private final SpopValue value;

	private final Charset charset;

	private volatile @Nullable List<Header> headers;

	private HeaderBlock(SpopValue value, Charset charset) {
		this.value = value;
		this.charset = charset;
	}

	/**
	 * Return the headers in a value, read as UTF-8.
	 * @param value a BINARY or STRING of HAProxy
	 * @return the headers
	 * @throws IllegalArgumentException if the value has another type
	 */
	public static HeaderBlock of(SpopValue value) {
		return of(value, StandardCharsets.UTF_8);
	}

	/**
	 * Return the headers in a value.
	 * @param value a BINARY or STRING of HAProxy
	 * @param charset how to read names and values; malformed bytes become its replacement
	 * @return the headers
	 * @throws IllegalArgumentException if the value has another type
	 */
	public static HeaderBlock of(SpopValue value, Charset charset) {
		if (!(value instanceof SpopValue.Binary || value instanceof SpopValue.Text)) {
			throw new IllegalArgumentException("Headers are BINARY or STRING, not " + value);
		}
		return new HeaderBlock(value, charset);
	}

	/**
	 * Return the value in which the headers came.
	 * @return the value
	 */
	public SpopValue value() {
		return this.value;
	}

	/**
	 * Return the first value of a header.
	 * @param name the name of the header, in any case
	 * @return the value, or {@code null} if there is no such header
	 * @throws IllegalArgumentException if these are no headers
	 */
	public @Nullable String get(String name) {
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
	 * @throws IllegalArgumentException if these are no headers
	 */
	public List<String> getAll(String name) {
		return headers().stream().filter((header) -> header.name().equalsIgnoreCase(name)).map(Header::value).toList();
	}

	/**
	 * Return whether there is a header.
	 * @param name the name of the header, in any case
	 * @return {@code true} if there is
	 * @throws IllegalArgumentException if these are no headers
	 */
	public boolean contains(String name) {
		return get(name) != null;
	}

	/**
	 * Return the names of the headers.
	 * @return the names in lower case, in their order
	 * @throws IllegalArgumentException if these are no headers
	 */
	public Set<String> names() {
		Set<String> names = new LinkedHashSet<>();
		headers().forEach((header) -> names.add(header.name().toLowerCase(Locale.ROOT)));
		return names;
	}

	/**
	 * Return the headers.
	 * @return an unmodifiable list, in the order of the headers
	 * @throws IllegalArgumentException if these are no headers
	 */
	public List<Header> headers() {
		List<Header> headers = this.headers;
		if (headers == null) {
			headers = (this.value instanceof SpopValue.Binary binary) ? decode(binary.bytes())
					: decode(((SpopValue.Text) this.value).toString(this.charset));
			this.headers = headers;
		}
		return headers;
	}

	@Override
	public Iterator<Header> iterator() {
		return headers().iterator();
	}

	/**
	 * Decode names and values that have their length in front of them, up to an empty
	 * name.
	 */
	private List<Header> decode(ByteBuffer bytes) {
		List<Header> headers = new ArrayList<>();
		while (bytes.hasRemaining()) {
			String name = readString(bytes);
			String value = readString(bytes);
			if (name.isEmpty()) {
				break;
			}
			headers.add(new Header(name, value));
		}
		return List.copyOf(headers);
	}

	private String readString(ByteBuffer bytes) {
		long length = readLength(bytes);
		if (length > bytes.remaining()) {
			throw malformed();
		}
		ByteBuffer string = bytes.slice(bytes.position(), (int) length);
		bytes.position(bytes.position() + (int) length);
		return this.charset.decode(string).toString();
	}

	private static long readLength(ByteBuffer bytes) {
		long length = 0;
		int shift = 0;
		int last = 240;
		// A frame has less than 2^30 bytes: five are enough for any length
		for (int i = 0; i < 5 && bytes.hasRemaining(); i++) {
			int b = bytes.get() & 0xFF;
			length += (long) b << shift;
			if (b < last) {
				return length;
			}
			shift += (i == 0) ? 4 : 7;
			last = 128;
		}
		throw malformed();
	}

	private static IllegalArgumentException malformed() {
		return new IllegalArgumentException("These are no headers of req.hdrs_bin: their lengths do not fit");
	}

	private static List<Header> decode(String text) {
		return text.lines()
			.filter((line) -> line.indexOf(':') > 0)
			.map((line) -> new Header(line.substring(0, line.indexOf(':')).strip(),
					line.substring(line.indexOf(':') + 1).strip()))
			.toList();
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
	 * Return the names of the headers: values may be secrets.
	 * @return a text
	 */
	@Override
	public String toString() {
		return "HeaderBlock" + names();
	}

	/**
	 * One header.
	 *
	 * @param name its name, which HAProxy sends in lower case
	 * @param value its value
	 */
	public record Header(String name, String value) {

	}

}
