package io.spop.haproxy.config;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * An agent as HAProxy sees it: a {@code spoe-agent} section.
 *
 * @since 0.1.0
 */
public final class SpoeAgent {

	private final Section section;

	SpoeAgent(Section section) {
		this.section = section;
	}

	static String name(Section section) {
		return (section.name() != null) ? section.name() : "";
	}

	static List<Word> words(Section section, String keyword) {
		List<Word> words = new ArrayList<>();
		for (Line line : section.lines(keyword)) {
			words.addAll(line.words().subList(1, line.words().size()));
		}
		return List.copyOf(words);
	}

	/**
	 * Return the name of the agent.
	 * @return the name, empty if the section has none
	 */
	public String name() {
		return name(this.section);
	}

	/**
	 * Return the section.
	 * @return the section
	 */
	public Section section() {
		return this.section;
	}

	/**
	 * Return the messages that the agent gets by their events, of all {@code messages}
	 * lines.
	 * @return their names in their order
	 */
	public List<Word> messages() {
		return words(this.section, "messages");
	}

	/**
	 * Return the groups that rules can send to the agent, of all {@code groups} lines.
	 * @return their names in their order
	 */
	public List<Word> groups() {
		return words(this.section, "groups");
	}

	/**
	 * Return the name of the backend with the agent's servers.
	 * @return the name, or {@code null} if there is no {@code use-backend}
	 */
	public @Nullable Word backend() {
		return last(1, "use-backend");
	}

	/**
	 * Return the prefix that HAProxy puts before the names of the agent's variables.
	 * @return the prefix without the dot after it: that of {@code option var-prefix}, or
	 * the name of the agent
	 */
	public String variablePrefix() {
		Word prefix = last(2, "option", "var-prefix");
		return (prefix != null) ? prefix.text() : name();
	}

	/**
	 * Return the variable that has the code of an error.
	 * @return its name without scope and prefix, or {@code null} if there is no
	 * {@code option set-on-error}
	 */
	public @Nullable Word setOnError() {
		return last(2, "option", "set-on-error");
	}

	/**
	 * Return the variable that has the time of the last event or group.
	 * @return its name without scope and prefix, or {@code null} if there is no
	 * {@code option set-process-time}
	 */
	public @Nullable Word setProcessTime() {
		return last(2, "option", "set-process-time");
	}

	/**
	 * Return the variable that has the time of all events and groups.
	 * @return its name without scope and prefix, or {@code null} if there is no
	 * {@code option set-total-time}
	 */
	public @Nullable Word setTotalTime() {
		return last(2, "option", "set-total-time");
	}

	/**
	 * Return a timeout of the agent.
	 * @param name {@code processing}, {@code hello} or {@code idle}
	 * @return the time, 0 for none; {@code null} if there is no line, or no valid time on
	 * it
	 */
	public @Nullable Duration timeout(String name) {
		Word word = last(2, "timeout", name);
		return (word != null) ? word.duration() : null;
	}

	/**
	 * Return whether an option is on.
	 * @param name the name, such as {@code continue-on-error}
	 * @param byDefault the value if there is no line
	 * @return {@code true} after {@code option}, {@code false} after {@code no option}
	 */
	public boolean option(String name, boolean byDefault) {
		boolean on = byDefault;
		for (Line line : this.section.lines()) {
			if (line.startsWith("option", name)) {
				on = true;
			}
			else if (line.startsWith("no", "option", name)) {
				on = false;
			}
		}
		return on;
	}

	/**
	 * Return the greatest size of a frame.
	 * @return the bytes, or {@code null} if there is no {@code max-frame-size} or no
	 * number on it
	 */
	public @Nullable Integer maxFrameSize() {
		Word word = last(1, "max-frame-size");
		return (word != null) ? word.number() : null;
	}

	/**
	 * Return the names of variables that HAProxy is to know although its configuration
	 * does not use them, of all {@code register-var-names} lines.
	 * @return the names without scope and prefix
	 */
	public List<Word> registeredNames() {
		return words(this.section, "register-var-names");
	}

	private @Nullable Word last(int index, String... words) {
		Word found = null;
		for (Line line : this.section.lines(words)) {
			if (line.words().size() > index) {
				found = line.words().get(index);
			}
		}
		return found;
	}

	/**
	 * Return the first line of the section.
	 */
	@Override
	public String toString() {
		return this.section.toString();
	}

}
