package io.spop.haproxy.config;

import java.util.List;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

/**
 * A scope of a SPOE file: what follows a line such as {@code [ip-reputation]}, or what
 * comes before the first such line.
 *
 * @since 0.1.0
 */
public final class SpoeScope {

	private final @Nullable String name;

	private final Location location;

	private final List<SpoeAgent> agents;

	private final List<SpoeMessage> messages;

	private final List<SpoeGroup> groups;

	private final List<Section> others;

	SpoeScope(@Nullable String name, Location location, List<Section> sections) {
		this.name = name;
		this.location = location;
		this.agents = of(sections, "spoe-agent").map(SpoeAgent::new).toList();
		this.messages = of(sections, "spoe-message").map(SpoeMessage::new).toList();
		this.groups = of(sections, "spoe-group").map(SpoeGroup::new).toList();
		this.others = sections.stream().filter((section) -> !isSpoe(section.type())).toList();
	}

	static boolean isSpoe(String type) {
		return type.equals("spoe-agent") || type.equals("spoe-message") || type.equals("spoe-group");
	}

	private static Stream<Section> of(List<Section> sections, String type) {
		return sections.stream().filter((section) -> section.type().equals(type));
	}

	/**
	 * Return the name of the scope.
	 * @return the name without brackets, or {@code null} for the lines before the first
	 * scope
	 */
	public @Nullable String name() {
		return this.name;
	}

	/**
	 * Return where the scope begins.
	 * @return the place of its line, or of the first section for the lines before the
	 * first scope
	 */
	public Location location() {
		return this.location;
	}

	/**
	 * Return the agents.
	 * @return the agents in their order; HAProxy takes one for each scope
	 */
	public List<SpoeAgent> agents() {
		return this.agents;
	}

	/**
	 * Return the messages.
	 * @return the messages in their order
	 */
	public List<SpoeMessage> messages() {
		return this.messages;
	}

	/**
	 * Return the groups.
	 * @return the groups in their order
	 */
	public List<SpoeGroup> groups() {
		return this.groups;
	}

	/**
	 * Return the lines before the first section, which belong to no agent, message or
	 * group. HAProxy has no other sections in a SPOE file: there, a line that begins with
	 * {@code backend} is a line of the section before it.
	 * @return a section for each such line
	 */
	public List<Section> others() {
		return this.others;
	}

	/**
	 * Return a message by its name.
	 * @param name the name
	 * @return the first message of that name, or {@code null}
	 */
	public @Nullable SpoeMessage message(String name) {
		return this.messages.stream().filter((message) -> message.name().equals(name)).findFirst().orElse(null);
	}

	/**
	 * Return a group by its name.
	 * @param name the name
	 * @return the first group of that name, or {@code null}
	 */
	public @Nullable SpoeGroup group(String name) {
		return this.groups.stream().filter((group) -> group.name().equals(name)).findFirst().orElse(null);
	}

}
