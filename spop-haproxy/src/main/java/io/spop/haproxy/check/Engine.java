package io.spop.haproxy.check;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import io.spop.haproxy.config.HaproxyConfiguration;
import io.spop.haproxy.config.Line;
import io.spop.haproxy.config.Proxy;
import io.spop.haproxy.config.Section;
import io.spop.haproxy.config.SpoeAgent;
import io.spop.haproxy.config.SpoeFile;
import io.spop.haproxy.config.SpoeFilter;
import io.spop.haproxy.config.SpoeGroup;
import io.spop.haproxy.config.SpoeMessage;
import io.spop.haproxy.config.SpoeScope;
import io.spop.haproxy.config.Word;
import org.jspecify.annotations.Nullable;

/**
 * An engine: the agent of a scope, and the parts of the configuration that concern it.
 *
 * @param configuration the configuration
 * @param scope the scope of the SPOE file
 * @param agent the agent, the first one of the scope
 * @param filters the filters that name the scope, empty if the file was read by itself
 */
record Engine(HaproxyConfiguration configuration, SpoeScope scope, SpoeAgent agent, List<SpoeFilter> filters) {

	/**
	 * Return the engines that filters name, and those of SPOE files that no filter names.
	 */
	static List<Engine> of(HaproxyConfiguration configuration) {
		Map<SpoeScope, List<SpoeFilter>> filters = new LinkedHashMap<>();
		for (SpoeFilter filter : configuration.filters()) {
			SpoeScope scope = filter.scope();
			if (scope != null) {
				filters.computeIfAbsent(scope, (key) -> new ArrayList<>()).add(filter);
			}
		}
		for (SpoeFile file : configuration.spoeFiles()) {
			if (file.scopes().stream().noneMatch(filters::containsKey)) {
				file.scopes().forEach((scope) -> filters.put(scope, List.of()));
			}
		}
		return filters.entrySet()
			.stream()
			.filter((entry) -> !entry.getKey().agents().isEmpty())
			.map((entry) -> new Engine(configuration, entry.getKey(), entry.getKey().agents().get(0), entry.getValue()))
			.toList();
	}

	/**
	 * Return the name of the engine for findings.
	 */
	String name() {
		return this.filters.isEmpty() ? this.agent.name() : this.filters.get(0).engine();
	}

	/**
	 * Return the backend with the agent's servers, or {@code null} if there is none.
	 */
	@Nullable Proxy backend() {
		Word name = this.agent.backend();
		return (name != null) ? this.configuration.proxy(name.text()) : null;
	}

	/**
	 * Return the groups that rules can send.
	 */
	List<SpoeGroup> groups() {
		return this.agent.groups()
			.stream()
			.flatMap((name) -> Stream.ofNullable(this.scope.group(name.text())))
			.distinct()
			.toList();
	}

	/**
	 * Return whether the agent gets the message on its event.
	 */
	boolean sendsOnEvent(SpoeMessage message) {
		return message.event() != null && lists(message);
	}

	/**
	 * Return whether the agent lists the message outside of groups.
	 */
	boolean lists(SpoeMessage message) {
		return has(this.agent.messages(), message.name());
	}

	/**
	 * Return the groups of the agent that have the message.
	 */
	List<SpoeGroup> groupsWith(SpoeMessage message) {
		return groups().stream().filter((group) -> has(group.messages(), message.name())).toList();
	}

	/**
	 * Return the rules that send a group of the engine.
	 */
	List<Sending> sendings(SpoeGroup group) {
		return Sending.of(this.configuration)
			.stream()
			.filter((sending) -> sending.group().equals(group.name()) && this.filters.stream()
				.anyMatch((filter) -> filter.engine().equals(sending.engine())
						&& (sending.proxy() == null || filter.proxy() == sending.proxy())))
			.toList();
	}

	static boolean has(List<Word> words, String text) {
		return words.stream().anyMatch((word) -> word.text().equals(text));
	}

	/**
	 * A rule with {@code send-spoe-group}.
	 *
	 * @param proxy the proxy of the rule, or {@code null} if it is in a {@code defaults}
	 * section
	 * @param line the rule
	 * @param index the place of {@code send-spoe-group} among the words
	 */
	record Sending(@Nullable Proxy proxy, Line line, int index) {

		static List<Sending> of(HaproxyConfiguration configuration) {
			List<Sending> sendings = new ArrayList<>();
			configuration.proxies().forEach((proxy) -> add(sendings, proxy, proxy.section()));
			configuration.sections()
				.stream()
				.filter((section) -> section.type().equals("defaults"))
				.forEach((section) -> add(sendings, null, section));
			return sendings;
		}

		private static void add(List<Sending> sendings, @Nullable Proxy proxy, Section section) {
			for (Line line : section.lines()) {
				for (int i = 1; i <= 2; i++) {
					if (line.text(i).equals("send-spoe-group")) {
						sendings.add(new Sending(proxy, line, i));
					}
				}
			}
		}

		String engine() {
			return this.line.text(this.index + 1);
		}

		String group() {
			return this.line.text(this.index + 2);
		}

	}

}
