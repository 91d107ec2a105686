package io.spop.haproxy.config;

import java.util.List;

/**
 * A group of messages: a {@code spoe-group} section.
 *
 * @since 0.1.0
 */
public final class SpoeGroup {

	private final Section section;

	SpoeGroup(Section section) {
		this.section = section;
	}

	/**
	 * Return the name of the group.
	 * @return the name, empty if the section has none
	 */
	public String name() {
		return SpoeAgent.name(this.section);
	}

	/**
	 * Return the section.
	 * @return the section
	 */
	public Section section() {
		return this.section;
	}

	/**
	 * Return the names of the messages of the group, of all {@code messages} lines.
	 * @return the names in their order
	 */
	public List<Word> messages() {
		return SpoeAgent.words(this.section, "messages");
	}

	/**
	 * Return the first line of the section.
	 */
	@Override
	public String toString() {
		return this.section.toString();
	}

}
