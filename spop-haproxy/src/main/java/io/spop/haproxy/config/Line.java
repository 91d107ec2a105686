package io.spop.haproxy.config;

import java.util.List;
import java.util.stream.Collectors;

/**
 * A line that is neither empty nor a comment.
 *
 * @since 0.1.0
 */
public final class Line {

	private final List<Word> words;

	Line(List<Word> words) {
		if (words.isEmpty()) {
			throw new IllegalArgumentException("A line has at least one word");
		}
		this.words = List.copyOf(words);
	}

	/**
	 * Return the words of the line.
	 * @return the words, at least one
	 */
	public List<Word> words() {
		return this.words;
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

	/**
	 * Return the texts of the words, with blanks between them.
	 */
	@Override
	public String toString() {
		return this.words.stream().map(Word::text).collect(Collectors.joining(" "));
	}

}
