package io.spop.haproxy.config;

import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * A section of a configuration file: {@code global}, {@code defaults}, {@code frontend},
 * {@code spoe-agent} and so on, also of a type that this library does not know.
 *
 * @since 0.1.0
 */
public final class Section {

	private final String type;

	private final @Nullable String name;

	private final Line header;

	private final List<Line> lines;

	Section(String type, @Nullable String name, Line header, List<Line> lines) {
		this.type = type;
		this.name = name;
		this.header = header;
		this.lines = List.copyOf(lines);
	}

	/**
	 * Return the type of the section.
	 * @return the first word of its first line
	 */
	public String type() {
		return this.type;
	}

	/**
	 * Return the name of the section.
	 * @return the second word of its first line, or {@code null} if there is none
	 */
	public @Nullable String name() {
		return this.name;
	}

	/**
	 * Return the first line.
	 * @return the line
	 */
	public Line header() {
		return this.header;
	}

	/**
	 * Return the lines after the first.
	 * @return the lines in their order
	 */
	public List<Line> lines() {
		return this.lines;
	}

	/**
	 * Return where the section begins.
	 * @return the place of its first line
	 */
	public Location location() {
		return this.header.location();
	}

	/**
	 * Return the lines that begin with the given words.
	 * @param texts the texts of the words
	 * @return the lines in their order
	 */
	public List<Line> lines(String... texts) {
		return this.lines.stream().filter((line) -> line.startsWith(texts)).toList();
	}

	/**
	 * Return the first line.
	 */
	@Override
	public String toString() {
		return this.header.toString();
	}

}
