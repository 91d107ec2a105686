package io.spop.haproxy.check;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

import io.spop.haproxy.HaproxyVersion;
import io.spop.haproxy.SpoeEvent;
import io.spop.haproxy.config.HaproxyConfiguration;
import io.spop.haproxy.config.Line;
import io.spop.haproxy.config.Location;
import io.spop.haproxy.config.Proxy;
import io.spop.haproxy.config.ReadProblem;
import io.spop.haproxy.config.Section;
import io.spop.haproxy.config.SpoeFile;
import io.spop.haproxy.config.SpoeFilter;
import io.spop.haproxy.config.SpoeMessage;
import io.spop.haproxy.config.SpoeScope;
import io.spop.haproxy.config.Word;
import org.jspecify.annotations.Nullable;

/**
 * Checks filters, the files and engines that they name, and the rules that use them.
 *
 * @param configuration the configuration
 * @param engines its engines
 * @param findings collects the findings
 */
record FilterRules(HaproxyConfiguration configuration, List<Engine> engines, Findings findings) {

	private static final Set<String> SENDING = Set.of("http-request", "http-response", "tcp-request content",
			"tcp-response content");

	private static final Set<String> KINDS = Set.of("spoe", "compression", "cache", "trace", "fcgi-app", "bwlim-in",
			"bwlim-out", "opentracing", "ot", "opentelemetry", "otel", "comp-req", "comp-res");

	void check() {
		List<Section> sections = this.configuration.sections();
		if (this.configuration.spoeFiles().isEmpty()
				&& sections.stream().allMatch((section) -> section.lines("filter", "spoe").isEmpty())
				&& this.configuration.problems().stream().noneMatch(ReadProblem::error)) {
			this.findings.add(Rule.NO_SPOE_FILTER,
					sections.isEmpty() ? new Location("HAProxy's configuration", 1, 1) : sections.get(0).location(),
					"There is no 'filter spoe' in these files: nothing of SPOE was checked.");
		}
		this.configuration.filters().forEach(this::filter);
		this.configuration.proxies().forEach(this::proxy);
		this.configuration.sections()
			.stream()
			.filter((section) -> section.type().equals("defaults"))
			.forEach(this::defaults);
		this.configuration.spoeFiles().forEach(this::unused);
		Engine.Sending.of(this.configuration).forEach(this::sending);
	}

	private void defaults(Section section) {
		for (Line line : section.lines("filter")) {
			this.findings.add(Rule.FILTER_IN_DEFAULTS, line.location(), "A 'defaults' section cannot have a filter.");
		}
	}

	private void filter(SpoeFilter filter) {
		Line line = filter.line();
		for (int i = 2; i < line.words().size(); i += 2) {
			Word word = line.words().get(i);
			if (!word.text().equals("engine") && !word.text().equals("config")) {
				this.findings.add(Rule.FILTER_SYNTAX, word.location(), "'filter spoe' has no '" + word + "'."
						+ Spelling.didYouMean(word.text(), List.of("engine", "config")));
				return;
			}
			if (line.text(i + 1).isEmpty()) {
				this.findings.add(Rule.FILTER_SYNTAX, word.location(), "'" + word + "' has no value.");
				return;
			}
		}
		if (filter.config() == null) {
			this.findings.add(Rule.FILTER_SYNTAX, filter.location(), "The filter names no file.");
		}
		SpoeFile file = filter.file();
		SpoeScope scope = filter.scope();
		if (file != null && (scope == null || scope.agents().isEmpty())) {
			List<String> names = file.scopes().stream().map(SpoeScope::name).filter(Objects::nonNull).toList();
			String missing = !filter.hasEngine()
					? "The filter names no engine, and the file has no 'spoe-agent' before its first scope."
					: "The file '" + file.path() + "' has no 'spoe-agent' in a scope [" + filter.engine() + "].";
			String hint = Spelling.didYouMean(filter.engine(), names);
			if (hint.isEmpty()) {
				hint = names.isEmpty() ? " It has no scopes." : " It has the scopes " + String.join(", ", names) + ".";
			}
			this.findings.add(Rule.ENGINE_WITHOUT_AGENT, filter.location(), missing + hint);
		}
	}

	private void unused(SpoeFile file) {
		Set<SpoeScope> used = new HashSet<>();
		this.configuration.filters().stream().map(SpoeFilter::scope).filter(Objects::nonNull).forEach(used::add);
		if (file.scopes().stream().noneMatch(used::contains)) {
			return;
		}
		for (SpoeScope scope : file.scopes()) {
			if (!used.contains(scope) && !scope.agents().isEmpty()) {
				this.findings.add(Rule.SCOPE_UNUSED, scope.location(),
						"No filter names " + ((scope.name() != null) ? "the scope [" + scope.name() + "]"
								: "what comes before the first scope") + ", and HAProxy skips it.");
			}
		}
	}

	/**
	 * Check for {@code filter} lines that HAProxy does not know.
	 */
	private void unknown(Proxy proxy) {
		for (Line line : proxy.section().lines()) {
			String keyword = line.text(0);
			if (keyword.equals("filter")) {
				kind(line);
			}
			else if ((keyword.equals("no") || keyword.equals("default")) && line.text(1).equals("filter")) {
				this.findings.add(Rule.FILTER_UNKNOWN, line.location(), "HAProxy has no '" + keyword + " filter'.");
			}
			else if (line.text(1).equals("spoe") && line.words()
				.stream()
				.anyMatch((word) -> word.text().equals("engine") || word.text().equals("config"))) {
				this.findings.add(Rule.FILTER_UNKNOWN, line.location(),
						"HAProxy has no '" + keyword + "'." + Spelling.didYouMean(keyword, List.of("filter")));
			}
		}
	}

	private void kind(Line line) {
		String kind = line.text(1);
		HaproxyVersion version = this.configuration.version();
		if (kind.isEmpty()) {
			this.findings.add(Rule.FILTER_UNKNOWN, line.location(), "'filter' does not say which one.");
		}
		else if (!KINDS.contains(kind)) {
			this.findings.add(Rule.FILTER_UNKNOWN, line.words().get(1).location(),
					"HAProxy has no filter '" + kind + "'." + Spelling.didYouMean(kind, KINDS));
		}
		else if ((kind.startsWith("bwlim-") && !version.isAtLeast(2, 7))
				|| (kind.startsWith("comp-") && !version.isAtLeast(3, 4))) {
			this.findings.add(Rule.FILTER_UNKNOWN, line.words().get(1).location(),
					"HAProxy " + version + " does not have the filter '" + kind + "'.");
		}
	}

	private void proxy(Proxy proxy) {
		unknown(proxy);
		List<SpoeFilter> filters = this.configuration.filters()
			.stream()
			.filter((filter) -> filter.proxy() == proxy)
			.toList();
		Set<String> names = new HashSet<>();
		for (SpoeFilter filter : filters) {
			if (!filter.engine().isEmpty() && !names.add(filter.engine())) {
				this.findings.add(Rule.ENGINE_TWICE, filter.location(),
						"'" + proxy.name() + "' has two filters of the engine '" + filter.engine() + "'.");
			}
		}
		if (!filters.isEmpty()) {
			implicit(proxy);
			oneEvent(filters);
		}
	}

	/**
	 * Check that compression and caches have their filters. HAProxy adds these by itself
	 * only if the proxy has no other filter.
	 */
	private void implicit(Proxy proxy) {
		Line compression = first(proxy, "compression");
		if (compression != null && proxy.lines("filter", "compression").isEmpty()
				&& proxy.lines("filter", "comp-req").isEmpty() && proxy.lines("filter", "comp-res").isEmpty()) {
			this.findings.add(Rule.COMPRESSION_WITHOUT_FILTER, compression.location(),
					"'" + proxy.name() + "' has filters and 'compression', but no 'filter compression'.");
		}
		for (String rules : List.of("http-request", "http-response")) {
			for (String action : List.of("cache-use", "cache-store")) {
				for (Line line : proxy.lines(rules, action)) {
					if (proxy.lines("filter", "cache", line.text(2)).isEmpty()) {
						this.findings.add(Rule.CACHE_WITHOUT_FILTER, line.location(),
								"'" + proxy.name() + "' has filters and uses the cache '" + line.text(2)
										+ "', but has no 'filter cache'.");
					}
				}
			}
		}
	}

	private static @Nullable Line first(Proxy proxy, String word) {
		List<Line> lines = new ArrayList<>(proxy.lines(word));
		Section defaults = proxy.defaults();
		if (defaults != null) {
			lines.addAll(defaults.lines(word));
		}
		return lines.isEmpty() ? null : lines.get(0);
	}

	private void oneEvent(List<SpoeFilter> filters) {
		Map<List<Object>, String> first = new HashMap<>();
		for (SpoeFilter filter : (filters.size() > 1) ? filters : List.<SpoeFilter>of()) {
			for (Engine engine : this.engines) {
				if (!engine.filters().contains(filter)) {
					continue;
				}
				Word backend = engine.agent().backend();
				Duration processing = engine.agent().timeout("processing");
				if (backend == null || processing == null) {
					continue;
				}
				Set<SpoeEvent> events = new HashSet<>();
				engine.scope()
					.messages()
					.stream()
					.filter(engine::sendsOnEvent)
					.map(SpoeMessage::event)
					.filter(Objects::nonNull)
					.forEach(events::add);
				for (SpoeEvent event : events) {
					String other = first.putIfAbsent(List.of(event, backend.text(), processing), filter.engine());
					if (other != null && !other.equals(filter.engine())) {
						this.findings.add(Rule.ENGINES_FOR_ONE_EVENT, filter.location(), "The engines '" + other
								+ "' and '" + filter.engine() + "' send messages on " + event.keyword()
								+ " to the same backend with the same timeout: a request waits for one after the other.");
					}
				}
			}
		}
	}

	private void sending(Engine.Sending sending) {
		Line line = sending.line();
		String rules = (sending.index() == 1) ? line.text(0) : line.text(0) + " " + line.text(1);
		String after = line.text(sending.index() + 3);
		Proxy proxy = sending.proxy();
		if (rules.equals("tcp-response content") && proxy != null && !proxy.isBackend()) {
			this.findings.add(Rule.SEND_PLACE, line.location(), "A frontend has no 'tcp-response content'.");
			return;
		}
		if (!SENDING.contains(rules)) {
			this.findings.add(Rule.SEND_PLACE, line.location(), "'" + rules + "' has no 'send-spoe-group'.");
			return;
		}
		if (sending.engine().isEmpty() || sending.group().isEmpty()
				|| !(after.isEmpty() || after.equals("if") || after.equals("unless"))) {
			this.findings.add(Rule.SEND_SYNTAX, line.location(),
					"'send-spoe-group' needs the name of an engine and that of a group, and nothing else before 'if' or 'unless'.");
			return;
		}
		if (proxy == null) {
			return;
		}
		if (!after.isEmpty()) {
			MessageRules.condition(this.configuration.version(), line, sending.index() + 4, acls(proxy, line),
					"'" + proxy.name() + "'", Rule.SEND_CONDITION, this.findings);
		}
		List<SpoeFilter> filters = this.configuration.filters()
			.stream()
			.filter((filter) -> filter.proxy() == proxy)
			.toList();
		if (filters.stream().anyMatch((filter) -> filter.engine().isEmpty())) {
			return;
		}
		for (SpoeFilter filter : filters) {
			if (filter.engine().equals(sending.engine())) {
				group(sending, filter);
				return;
			}
		}
		this.findings.add(Rule.ENGINE_UNKNOWN, line.words().get(sending.index() + 1).location(),
				"'" + proxy.name() + "' has no filter of the engine '" + sending.engine() + "'."
						+ Spelling.didYouMean(sending.engine(), filters.stream().map(SpoeFilter::engine).toList()));
	}

	/**
	 * Return the names of the ACLs before a line, with those of all {@code defaults}.
	 */
	private Set<String> acls(Proxy proxy, Line rule) {
		Set<String> acls = new HashSet<>();
		this.configuration.sections()
			.stream()
			.filter((section) -> section.type().equals("defaults"))
			.flatMap((section) -> section.lines("acl").stream())
			.forEach((line) -> acls.add(line.text(1)));
		proxy.lines("acl")
			.stream()
			.filter((line) -> line.location().line() < rule.location().line())
			.forEach((line) -> acls.add(line.text(1)));
		return acls;
	}

	private void group(Engine.Sending sending, SpoeFilter filter) {
		for (Engine engine : this.engines) {
			if (engine.scope() == filter.scope() && !Engine.has(engine.agent().groups(), sending.group())) {
				this.findings.add(Rule.SEND_UNKNOWN_GROUP, sending.line().words().get(sending.index() + 2).location(),
						"The agent '" + engine.agent().name() + "' of the engine '" + sending.engine()
								+ "' lists no group '" + sending.group() + "'." + Spelling.didYouMean(sending.group(),
										engine.agent().groups().stream().map(Word::text).toList()));
			}
		}
	}

}
