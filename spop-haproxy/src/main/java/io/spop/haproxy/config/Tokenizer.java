package io.spop.haproxy.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import io.spop.haproxy.HaproxyVersion;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a line into words as HAProxy does: quotes, escapes, comments and, within double
 * quotes, environment variables.
 */
final class Tokenizer {

	/** The greatest number of words on a line. */
	private static final int WORDS = 64;

	/** The greatest length of a word with variables, which HAProxy does not limit. */
	private static final int LENGTH = 1024 * 1024;

	private final Map<String, String> environment;

	private final Problems problems;

	private final boolean unsetJoins;

	private final boolean emptyExpansionVanishes;

	private final boolean unsetExpansionVanishes;

	private final boolean blankAtEndCounts;

	private final boolean emptyWordFails;

	private String file = "";

	private int lineNumber;

	private String section = "";

	private String line = "";

	private int index;

	private boolean doubleQuotes;

	private boolean unset;

	private boolean skipped;

	private final StringBuilder text = new StringBuilder();

	private boolean inWord;

	private int wordStart;

	private List<Word> words = new ArrayList<>();

	Tokenizer(HaproxyVersion version, Map<String, String> environment, Problems problems) {
		this.environment = environment;
		this.problems = problems;
		boolean upTo32 = !version.isAtLeast(3, 3);
		this.unsetJoins = version.isAtLeast(2, 7) && upTo32;
		this.unsetExpansionVanishes = version.isAtLeast(2, 7);
		this.emptyExpansionVanishes = !upTo32;
		this.blankAtEndCounts = !version.isAtLeast(3, 1);
		this.emptyWordFails = !upTo32;
	}

	void file(String file) {
		this.file = file;
		this.section = "";
	}

	void section(String section) {
		this.section = section;
	}

	/**
	 * Say whether the lines that follow belong to a block that HAProxy skips.
	 */
	void skipped(boolean skipped) {
		this.skipped = skipped;
	}

	/**
	 * Cut a line.
	 * @param lineText the line without its end
	 * @param number the number of the line, from 1
	 * @return the words up to the first empty one, which ends a line for HAProxy; none if
	 * the line is empty, a comment, or wrong
	 */
	List<Word> words(String lineText, int number) {
		this.line = lineText;
		this.lineNumber = number;
		this.index = 0;
		this.doubleQuotes = false;
		this.unset = false;
		this.inWord = false;
		this.text.setLength(0);
		this.words = new ArrayList<>();
		if (!cut()) {
			return List.of();
		}
		return upToEmptyWord();
	}

	private boolean cut() {
		int quoteStart = -1;
		boolean singleQuotes = false;
		while (this.index < this.line.length()) {
			char c = this.line.charAt(this.index);
			if (singleQuotes) {
				if (c == '\r') {
					break;
				}
				if (c == '\'') {
					singleQuotes = false;
				}
				else {
					this.text.append(c);
				}
				this.index++;
			}
			else if (c == '\r') {
				break;
			}
			else if (c == '#' && !this.doubleQuotes) {
				break;
			}
			else if (c == '"') {
				begin();
				this.doubleQuotes = !this.doubleQuotes;
				quoteStart = this.index++;
			}
			else if (c == '\'' && !this.doubleQuotes) {
				begin();
				singleQuotes = true;
				quoteStart = this.index++;
			}
			else if (c == '\\') {
				begin();
				if (!escape()) {
					return false;
				}
			}
			else if (isBlank(c) && !this.doubleQuotes) {
				this.index++;
				end();
			}
			else if (c == '$' && this.doubleQuotes) {
				if (!variable()) {
					return false;
				}
			}
			else {
				begin();
				this.text.append(c);
				this.index++;
			}
		}
		if (singleQuotes || this.doubleQuotes) {
			return fail("A quote is not closed.", "Close it, or write \\\" or \\' for the character itself.",
					quoteStart);
		}
		boolean blankAtEnd = !this.inWord && !this.words.isEmpty() && this.blankAtEndCounts;
		end();
		if (this.words.size() > WORDS || (this.words.size() == WORDS && blankAtEnd)) {
			this.problems.error("too-many-words", this.words.get(Math.min(WORDS, this.words.size() - 1)).location(),
					"HAProxy takes no more than " + WORDS + " words on a line.", "Spread them over several lines.");
			this.words = new ArrayList<>(this.words.subList(0, Math.min(WORDS, this.words.size())));
		}
		return true;
	}

	private static boolean isBlank(char c) {
		return c == ' ' || (c >= '\t' && c <= '\r');
	}

	private void begin() {
		if (!this.inWord) {
			this.inWord = true;
			this.wordStart = this.index;
		}
	}

	private void end() {
		if (this.inWord) {
			if (this.words.size() <= WORDS) {
				this.words.add(new Word(this.text.toString(), location(this.wordStart)));
			}
			this.text.setLength(0);
			this.inWord = false;
		}
	}

	private Location location(int at) {
		return new Location(this.file, this.lineNumber, at + 1);
	}

	private boolean fail(String message, String remedy, int at) {
		this.problems.error("syntax", location(at), message, remedy);
		return false;
	}

	private boolean escape() {
		char next = (this.index + 1 < this.line.length()) ? this.line.charAt(this.index + 1) : 0;
		int length = 2;
		switch (next) {
			case ' ', '\\', '#', '\'', '"' -> this.text.append(next);
			case 't' -> this.text.append('\t');
			case 'n' -> this.text.append('\n');
			case 'r' -> this.text.append('\r');
			case '$' -> this.text.append(this.doubleQuotes ? "$" : "\\$");
			case 'x' -> {
				int high = hex(this.index + 2);
				int low = hex(this.index + 3);
				if (high < 0 || low < 0) {
					return fail("Two hexadecimal digits must follow \\x.",
							"Write \\\\x for these characters themselves.", this.index);
				}
				this.text.append((char) (high * 16 + low));
				length = 4;
			}
			default -> {
				this.text.append('\\');
				length = 1;
			}
		}
		this.index += length;
		return true;
	}

	private int hex(int at) {
		char c = (at < this.line.length()) ? this.line.charAt(at) : 0;
		return (c < 128) ? Character.digit(c, 16) : -1;
	}

	private boolean variable() {
		int start = this.index++;
		boolean brace = this.index < this.line.length() && this.line.charAt(this.index) == '{';
		if (brace) {
			this.index++;
		}
		int nameStart = this.index;
		boolean pseudo = this.index < this.line.length() && this.line.charAt(this.index) == '.';
		if (pseudo) {
			this.index++;
		}
		else if (this.index >= this.line.length() || !isLetter(this.line.charAt(this.index))) {
			return fail("The name of an environment variable must follow $ within double quotes.",
					"Write \\$ for the character itself, or use single quotes.", start);
		}
		while (this.index < this.line.length()
				&& (isLetter(this.line.charAt(this.index)) || isDigit(this.line.charAt(this.index)))) {
			this.index++;
		}
		String name = this.line.substring(nameStart, this.index);
		String value = pseudo ? pseudo(name) : this.environment.get(name);
		if (pseudo && value == null) {
			return fail("HAProxy has no variable " + name + ".", "It has .FILE, .LINE and .SECTION.", start);
		}
		boolean expand = false;
		if (brace) {
			expand = this.line.startsWith("[*]", this.index);
			if (expand) {
				this.index += 3;
			}
			int close = this.line.indexOf('}', this.index);
			if (close == this.index) {
				this.index++;
			}
			else if (close > this.index && this.line.charAt(this.index) == '-') {
				value = (value != null) ? value : this.line.substring(this.index + 1, close);
				this.index = close + 1;
			}
			else {
				return fail("The brace after $ is not closed.", "Close it after the name of the variable.", start);
			}
		}
		if (value != null && this.text.length() + value.length() > LENGTH) {
			return fail("The word becomes longer than " + LENGTH + " characters.", "Use a shorter value.", start);
		}
		insert(name, value, expand, start);
		return true;
	}

	private void insert(String name, @Nullable String value, boolean expand, int start) {
		if (value == null) {
			this.unset = true;
			boolean directive = !this.words.isEmpty() && this.words.get(0).text().startsWith(".");
			if (!directive && !this.skipped) {
				this.problems.hint("variable-not-set", location(start),
						"The environment variable " + name + " is not set here, so it was read as nothing.",
						"Set it to the value that it has where HAProxy runs.");
			}
			boolean atEnd = this.index < this.line.length() && this.line.charAt(this.index) == '"';
			if (atEnd && (this.unsetJoins || (expand && this.unsetExpansionVanishes && this.text.isEmpty()))) {
				this.index++;
				this.doubleQuotes = false;
				boolean blank = false;
				while (this.index < this.line.length() && isBlank(this.line.charAt(this.index))) {
					this.index++;
					blank = true;
				}
				this.inWord = !this.text.isEmpty() || (!blank && this.index < this.line.length());
			}
			return;
		}
		if (!expand) {
			this.text.append(value);
			return;
		}
		if (value.isEmpty() && this.emptyExpansionVanishes && this.text.isEmpty() && this.index < this.line.length()
				&& this.line.charAt(this.index) == '"') {
			this.index++;
			this.doubleQuotes = false;
			this.inWord = false;
			return;
		}
		for (int i = 0; i < value.length(); i++) {
			char c = value.charAt(i);
			if (!isBlank(c)) {
				this.text.append(c);
			}
			else {
				end();
				while (i + 1 < value.length() && isBlank(value.charAt(i + 1))) {
					i++;
				}
				this.inWord = true;
				this.wordStart = start;
			}
		}
	}

	private @Nullable String pseudo(String name) {
		return switch (name) {
			case ".FILE" -> this.file;
			case ".LINE" -> Integer.toString(this.lineNumber);
			case ".SECTION" -> this.section;
			default -> null;
		};
	}

	private static boolean isLetter(char c) {
		return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
	}

	private static boolean isDigit(char c) {
		return c >= '0' && c <= '9';
	}

	private List<Word> upToEmptyWord() {
		for (int i = 0; i < this.words.size(); i++) {
			Word word = this.words.get(i);
			int nul = word.text().indexOf('\0');
			if (nul >= 0) {
				word = new Word(word.text().substring(0, nul), word.location());
				this.words.set(i, word);
			}
			if (word.text().isEmpty()) {
				report(word.location(), i);
				return this.words.subList(0, i);
			}
		}
		return this.words;
	}

	private void report(Location location, int at) {
		if (this.unset || this.skipped || at == 0 || this.words.get(0).text().startsWith(".")) {
			return;
		}
		String message = "An empty word ends the line for HAProxy, whatever follows.";
		String remedy = "Remove it, or give it a value.";
		if (this.emptyWordFails) {
			this.problems.error("empty-word", location, message, remedy);
		}
		else {
			this.problems.hint("empty-word", location, message, remedy);
		}
	}

}
