package io.spop.haproxy.config;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

import io.spop.haproxy.SpoeEvent;
import org.jspecify.annotations.Nullable;

/**
 * A message: a {@code spoe-message} section.
 *
 * @since 0.1.0
 */
public final class SpoeMessage {

	private final Section section;

	private final List<SpoeArgument> arguments;

	private final @Nullable Line eventLine;

	SpoeMessage(Section section) {
		this.section = section;
		List<SpoeArgument> found = new ArrayList<>();
		for (Word word : SpoeAgent.words(section, "args")) {
			int equals = word.text().indexOf('=');
			found.add(new SpoeArgument((equals >= 0) ? word.text().substring(0, equals) : null,
					SampleExpression.parse(word.text().substring(equals + 1)), word.location()));
		}
		this.arguments = List.copyOf(found);
		List<Line> events = section.lines("event");
		this.eventLine = events.isEmpty() ? null : events.get(events.size() - 1);
	}

	/**
	 * Return the name of the message.
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
	 * Return the arguments, of all {@code args} lines.
	 * @return the arguments in their order
	 */
	public List<SpoeArgument> arguments() {
		return this.arguments;
	}

	/**
	 * Return the line that says when HAProxy sends the message.
	 * @return the last {@code event} line, which is the one that counts, or {@code null}
	 */
	public @Nullable Line eventLine() {
		return this.eventLine;
	}

	/**
	 * Return when HAProxy sends the message.
	 * @return the event, or {@code null} if there is none or HAProxy has none of this
	 * name
	 */
	public @Nullable SpoeEvent event() {
		return (this.eventLine != null) ? SpoeEvent.of(this.eventLine.text(1)) : null;
	}

	/**
	 * Return the condition of the event.
	 * @return {@code if} or {@code unless} and what follows, or {@code null}
	 */
	public @Nullable String condition() {
		if (this.eventLine == null || this.eventLine.words().size() < 3) {
			return null;
		}
		return this.eventLine.words().stream().skip(2).map(Word::text).collect(Collectors.joining(" "));
	}

	/**
	 * Return the {@code acl} lines of the message.
	 * @return the lines in their order
	 */
	public List<Line> acls() {
		return this.section.lines("acl");
	}

	/**
	 * Return the first line of the section.
	 */
	@Override
	public String toString() {
		return this.section.toString();
	}

}
