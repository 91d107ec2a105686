package io.spop.haproxy.config;

import java.time.Duration;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * A {@code frontend}, {@code backend} or {@code listen} section, with what it has from
 * its {@code defaults}.
 *
 * @since 0.1.0
 */
public final class Proxy {

	private final Section section;

	private final List<Section> inherited;

	Proxy(Section section, List<Section> inherited) {
		this.section = section;
		this.inherited = List.copyOf(inherited);
	}

	/**
	 * Return the name.
	 * @return the name, empty if the section has none
	 */
	public String name() {
		return SpoeAgent.name(this.section);
	}

	/**
	 * Return the kind of section.
	 * @return {@code frontend}, {@code backend} or {@code listen}
	 */
	public String type() {
		return this.section.type();
	}

	/**
	 * Return the section.
	 * @return the section
	 */
	public Section section() {
		return this.section;
	}

	/**
	 * Return the {@code defaults} section that holds for this one.
	 * @return that named after {@code from}, or the one before this section, or
	 * {@code null} if there is none
	 */
	public @Nullable Section defaults() {
		return this.inherited.isEmpty() ? null : this.inherited.get(0);
	}

	/**
	 * Return what the proxy speaks.
	 * @return {@code tcp}, {@code http}, {@code spop} and so on; {@code tcp} if nothing
	 * is said
	 */
	public String mode() {
		Line line = setting("mode");
		return (line != null && line.words().size() > 1) ? line.text(1) : "tcp";
	}

	/**
	 * Return whether clients connect to the proxy.
	 * @return whether it is a {@code frontend} or {@code listen} section
	 */
	public boolean isFrontend() {
		return !type().equals("backend");
	}

	/**
	 * Return whether the proxy connects to servers.
	 * @return whether it is a {@code backend} or {@code listen} section
	 */
	public boolean isBackend() {
		return !type().equals("frontend");
	}

	/**
	 * Return the lines of the section itself that begin with the given words.
	 * @param words the texts of the words
	 * @return the lines in their order
	 */
	public List<Line> lines(String... words) {
		return this.section.lines(words);
	}

	/**
	 * Return the line that counts among those that begin with the given words: the last
	 * one of the section, or else of its {@code defaults}.
	 * @param words the texts of the words, such as {@code option}, {@code spop-check}
	 * @return the line, or {@code null} if there is none, or a later {@code no} switches
	 * it off
	 */
	public @Nullable Line setting(String... words) {
		return null;
	}

	/**
	 * Return a timeout, own or from {@code defaults}.
	 * @param name the name, such as {@code server}
	 * @return the time, 0 for none; {@code null} if there is no line, or no valid time on
	 * it
	 */
	public @Nullable Duration timeout(String name) {
		Line line = setting("timeout", name);
		return (line != null && line.words().size() > 2) ? line.words().get(2).duration() : null;
	}

	/**
	 * Return the servers.
	 * @return the servers in their order
	 */
	public List<Server> servers() {
		return List.of();
	}

}
