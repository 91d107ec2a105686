package io.spop.haproxy.config;

import java.util.List;

/**
 * A line that is neither empty nor a comment.
 *
 * @param words its words, at least one
 * @since 0.1.0
 */
public record Line(List<Word> words) {

	/**
	 * Create a line.
	 * @throws IllegalArgumentException if there is no word
	 */
	public Line {
		words = List.copyOf(words);
		if (words.isEmpty()) {
			throw new IllegalArgumentException("A line has at least one word");
		}
	}

	/**
	 * Return the text of a word.
	 * @param index the place of the word, from 0
	 * @return the text, empty if the line has fewer words
	 */
	public String text(int index) {
		return (index < this.words.size()) ? this.words.get(index).text() : "";
	}

	/**
	 * Return whether the line begins with the given words.
	 * @param texts the texts of the words
	 * @return whether it does
	 */
	public boolean startsWith(String... texts) {
		for (int i = 0; i < texts.length; i++) {
			if (!texts[i].equals(text(i))) {
				return false;
			}
		}
		return true;
	}

	/**
	 * Return where the line begins.
	 * @return the place of its first word
	 */
	public Location location() {
		return this.words.get(0).location();
	}

}
