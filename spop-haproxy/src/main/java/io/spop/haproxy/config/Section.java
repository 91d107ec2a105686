package io.spop.haproxy.config;

import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * A section of a configuration file: {@code global}, {@code defaults}, {@code frontend},
 * {@code spoe-agent} and so on, also of a type that this library does not know.
 *
 * @param type the first word of its first line
 * @param name the second word, or {@code null} if there is none
 * @param header its first line
 * @param lines the lines after the first
 * @since 0.1.0
 */
public record Section(String type, @Nullable String name, Line header, List<Line> lines) {

	/**
	 * Create a section.
	 */
	public Section {
		lines = List.copyOf(lines);
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

}
