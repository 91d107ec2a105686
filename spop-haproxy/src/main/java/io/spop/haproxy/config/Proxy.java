package io.spop.haproxy.config;

import java.time.Duration;
import java.util.List;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * A {@code frontend}, {@code backend} or {@code listen} section, with the settings of its
 * {@code defaults} section.
 *
 * @since 0.1.0
 */
public final class Proxy {

	/** Options that replace each other: the last one counts. */
	private static final Set<String> CHECKS = Set.of("httpchk", "ldap-check", "mysql-check", "pgsql-check",
			"redis-check", "smtpchk", "spop-check", "ssl-hello-chk", "tcp-check");

	private final Section section;

	private final List<Section> inherited;

	private final List<Server> servers;

	Proxy(Section section, List<Section> inherited) {
		this.section = section;
		this.inherited = List.copyOf(inherited);
		this.servers = isBackend() ? Server.of(section, inherited) : List.of();
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
	 * @return the section named after {@code from}, or else the last one before this
	 * section, or {@code null} if there is none
	 */
	public @Nullable Section defaults() {
		return this.inherited.isEmpty() ? null : this.inherited.get(0);
	}

	/**
	 * Return the mode of the proxy.
	 * @return {@code tcp}, {@code http}, {@code spop} and so on; {@code tcp} if there is
	 * no {@code mode} line
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
		boolean check = words.length == 2 && words[0].equals("option") && CHECKS.contains(words[1]);
		Line found = last(this.section, check, words);
		for (int i = 0; found == null && i < this.inherited.size(); i++) {
			found = last(this.inherited.get(i), check, words);
		}
		return (found != null && found.startsWith(words)) ? found : null;
	}

	/**
	 * Return the last line of a section that decides about a setting: one that sets it,
	 * or one that begins with {@code no} or {@code default}.
	 */
	private static @Nullable Line last(Section section, boolean check, String... words) {
		for (int i = section.lines().size() - 1; i >= 0; i--) {
			Line line = section.lines().get(i);
			if (line.startsWith(words) || (isModifier(line.text(0)) && matches(line, words))
					|| (check && line.text(0).equals("option") && CHECKS.contains(line.text(1)))) {
				return line;
			}
		}
		return null;
	}

	private static boolean isModifier(String word) {
		return word.equals("no") || word.equals("default");
	}

	private static boolean matches(Line line, String... words) {
		for (int i = 0; i < words.length; i++) {
			if (!words[i].equals(line.text(i + 1))) {
				return false;
			}
		}
		return true;
	}

	/**
	 * Return a timeout of the section or of its {@code defaults}.
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
		return this.servers;
	}

	/**
	 * Return the first line of the section.
	 */
	@Override
	public String toString() {
		return this.section.toString();
	}

}
