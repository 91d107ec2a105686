package io.spop.haproxy.check;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.spop.haproxy.config.HaproxyConfiguration;
import io.spop.haproxy.config.Line;
import io.spop.haproxy.config.Location;
import io.spop.haproxy.config.Section;
import io.spop.haproxy.config.SpoeAgent;
import io.spop.haproxy.config.SpoeGroup;
import io.spop.haproxy.config.SpoeMessage;
import io.spop.haproxy.config.Word;
import org.jspecify.annotations.Nullable;

/**
 * Checks the sections of a scope, and the lines of its agent.
 *
 * @param engine the engine
 * @param findings collects the findings
 */
record AgentRules(Engine engine, Findings findings) {

	static final Set<String> KEYWORDS = Set.of("groups", "log", "maxconnrate", "maxerrrate", "max-frame-size",
			"max-waiting-frames", "messages", "option", "register-var-names", "timeout", "use-backend");

	private static final Set<String> SWITCHES = Set.of("async", "dontlog-normal", "pipelining", "send-frag-payload");

	private static final Set<String> FLAGS = Set.of("continue-on-error", "force-set-var");

	private static final Set<String> VALUES = Set.of("set-on-error", "set-process-time", "set-total-time",
			"var-prefix");

	private static final Set<String> FACILITIES = Set.of("kern", "user", "mail", "daemon", "auth", "syslog", "lpr",
			"news", "uucp", "cron", "auth2", "ftp", "ntp", "audit", "alert", "cron2", "local0", "local1", "local2",
			"local3", "local4", "local5", "local6", "local7");

	private static final Predicate<String> SECTION_NAME = Pattern.compile("[A-Za-z0-9_.:-]+").asMatchPredicate();

	private static final Predicate<String> VARIABLE_NAME = Pattern.compile("[A-Za-z0-9_.]+").asMatchPredicate();

	private static final Pattern REST = Pattern.compile("(\\d{1,9}(us|ms|[smhd]))\\S+");

	private static final int FRAME_SIZE_MIN = 256;

	private static final int BUFFER_SIZE = 16384;

	void check() {
		sections();
		this.engine.agent().section().lines().forEach(this::line);
		names();
		references();
		timeouts();
		settings();
	}

	private void sections() {
		Map<String, Location> first = new HashMap<>();
		for (Section section : all()) {
			Line header = section.header();
			String name = header.text(1);
			if (name.isEmpty()) {
				this.findings.add(Rule.SECTION_NAME, header.location(),
						"The '" + section.type() + "' section has no name.");
			}
			else if (!SECTION_NAME.test(name)) {
				this.findings.add(Rule.SECTION_NAME, header.words().get(1).location(),
						"HAProxy does not take the name '" + name + "' for a '" + section.type() + "' section.");
			}
			tooMany(header, 1);
			if (section.type().equals("spoe-agent")) {
				if (!section.equals(this.engine.agent().section())) {
					this.findings.add(Rule.AGENT_TWICE, header.location(),
							"The scope has a second agent, '" + name + "'.");
				}
				continue;
			}
			Location other = first.putIfAbsent(section.type() + " " + name, header.location());
			if (other != null) {
				this.findings.add(Rule.SECTION_TWICE, header.location(),
						"The scope has another '" + section.type() + " " + name + "' at " + other + ".");
			}
		}
	}

	private List<Section> all() {
		return Stream
			.of(this.engine.scope().agents().stream().map(SpoeAgent::section),
					this.engine.scope().messages().stream().map(SpoeMessage::section),
					this.engine.scope().groups().stream().map(SpoeGroup::section))
			.flatMap((sections) -> sections)
			.toList();
	}

	private void line(Line line) {
		switch (line.text(0)) {
			case "messages", "groups" -> {
			}
			case "use-backend", "max-frame-size" -> value(line, 1);
			case "maxconnrate", "maxerrrate", "max-waiting-frames" -> rate(line);
			case "timeout" -> timeout(line);
			case "option" -> option(line);
			case "register-var-names" -> registered(line);
			case "log" -> log(line);
			case "no", "default" -> negated(line);
			default -> this.findings.add(Rule.AGENT_KEYWORD, line.location(), "'spoe-agent' sections have no '"
					+ line.text(0) + "'." + Spelling.didYouMean(line.text(0), KEYWORDS)
					+ (MessageRules.KEYWORDS.contains(line.text(0)) ? " It belongs to 'spoe-message' sections." : ""));
		}
		if (line.text(0).equals("max-frame-size") && line.words().size() == 2) {
			frameSize(line.words().get(1));
		}
	}

	private void negated(Line line) {
		if (line.startsWith("no", "log")) {
			tooMany(line, 1);
			return;
		}
		if (!line.text(1).equals("option")) {
			this.findings.add(Rule.NO_NOT_SUPPORTED, line.location(),
					"HAProxy has no '" + line.text(0) + " " + line.text(1) + "'.");
		}
		else if (SWITCHES.contains(line.text(2))) {
			tooMany(line, 2);
		}
		else if (line.text(2).isEmpty() || FLAGS.contains(line.text(2)) || VALUES.contains(line.text(2))) {
			this.findings.add(Rule.NO_NOT_SUPPORTED, line.location(),
					"HAProxy cannot switch off 'option " + line.text(2) + "'.");
		}
		else {
			unknownOption(line, line.words().get(2));
		}
	}

	private void option(Line line) {
		String name = line.text(1);
		if (name.isEmpty()) {
			this.findings.add(Rule.VALUE_MISSING, line.location(), "'option' has no name.");
		}
		else if (SWITCHES.contains(name) || FLAGS.contains(name)) {
			tooMany(line, 1);
		}
		else if (VALUES.contains(name)) {
			value(line, 2);
			if (!line.text(2).isEmpty() && !VARIABLE_NAME.test(line.text(2))) {
				this.findings.add(Rule.VARIABLE_NAME_INVALID, line.words().get(2).location(),
						"HAProxy does not take '" + line.text(2) + "' for 'option " + name + "'.");
			}
		}
		else {
			unknownOption(line, line.words().get(1));
		}
	}

	private void unknownOption(Line line, Word option) {
		List<String> options = Stream.of(SWITCHES, FLAGS, VALUES).flatMap(Set::stream).sorted().toList();
		this.findings.add(Rule.AGENT_OPTION, line.location(),
				"'spoe-agent' sections have no 'option " + option + "'." + Spelling.didYouMean(option.text(), options));
	}

	private void timeout(Line line) {
		String name = line.text(1);
		if (!Set.of("processing", "hello", "idle").contains(name)) {
			if (name.isEmpty()) {
				this.findings.add(Rule.VALUE_MISSING, line.location(), "'timeout' has no name.");
				return;
			}
			this.findings.add(Rule.VALUE_INVALID, line.words().get(1).location(),
					"'spoe-agent' sections have no 'timeout " + name + "'."
							+ Spelling.didYouMean(name, List.of("processing", "hello", "idle")));
			return;
		}
		tooMany(line, 2);
		if (hasAgents31() && !name.equals("processing")) {
			return;
		}
		if (value(line, 2)) {
			Word word = line.words().get(2);
			Duration time = word.duration();
			Matcher rest = REST.matcher(word.text());
			if (time == null && rest.matches()) {
				this.findings.add(Rule.TIME_WITH_REST, word.location(),
						"HAProxy reads '" + word + "' as '" + rest.group(1) + "'.");
			}
			else if (time == null || time.toMillis() > Integer.MAX_VALUE) {
				this.findings.add(Rule.VALUE_INVALID, word.location(),
						"'" + word + "' is not a time: write digits and one of us, ms, s, m, h and d, up to 24 days.");
			}
		}
	}

	private void rate(Line line) {
		boolean frames = line.text(0).equals("max-waiting-frames");
		if (!present(line, 1)) {
			return;
		}
		if (frames || !hasAgents31()) {
			tooMany(line, 1);
		}
		Integer number = line.words().get(1).number();
		if (frames && !hasAgents31() && (number == null || number < 1)) {
			this.findings.add(Rule.VALUE_INVALID, line.words().get(1).location(),
					"'max-waiting-frames' is at least 1.");
		}
	}

	private void registered(Line line) {
		if (line.words().size() < 2) {
			this.findings.add(Rule.VALUE_MISSING, line.location(), "'register-var-names' has no names.");
		}
		for (Word name : line.words().subList(1, line.words().size())) {
			if (!VARIABLE_NAME.test(name.text())) {
				this.findings.add(Rule.VARIABLE_NAME_INVALID, name.location(),
						"HAProxy cannot register a variable '" + name + "'.");
			}
		}
	}

	private void log(Line line) {
		if (line.words().size() == 1 || (line.words().size() == 2 && !line.text(1).equals("global"))) {
			this.findings.add(Rule.VALUE_MISSING, line.location(),
					"'log' needs 'global', or an address and a facility.");
		}
		else if (line.startsWith("log", "global")) {
			tooMany(line, 1);
		}
		else if (line.words().size() == 3 && !FACILITIES.contains(line.text(2))) {
			this.findings.add(Rule.VALUE_INVALID, line.words().get(2).location(),
					"Syslog has no facility '" + line.text(2) + "'." + Spelling.didYouMean(line.text(2), FACILITIES));
		}
	}

	private void frameSize(Word word) {
		Integer size = word.number();
		Integer buffer = bufferSize();
		if (size == null || size < FRAME_SIZE_MIN || (buffer != null && size > buffer - 4)) {
			this.findings.add(Rule.VALUE_INVALID, word.location(),
					"'max-frame-size' is between " + FRAME_SIZE_MIN + " and "
							+ ((buffer != null) ? (buffer - 4) + ", which is tune.bufsize without 4 bytes."
									: "tune.bufsize without 4 bytes."));
		}
	}

	/**
	 * Return the size of HAProxy's buffers, {@code null} where no main file was read.
	 */
	private @Nullable Integer bufferSize() {
		HaproxyConfiguration configuration = this.engine.configuration();
		if (this.engine.filters().isEmpty()) {
			return null;
		}
		Integer size = BUFFER_SIZE;
		for (Section section : configuration.sections()) {
			for (Line line : section.type().equals("global") ? section.lines("tune.bufsize") : List.<Line>of()) {
				size = (line.words().size() > 1) ? line.words().get(1).number() : size;
			}
		}
		return size;
	}

	/**
	 * Check that a line has its value, the last of its words.
	 */
	private boolean value(Line line, int place) {
		tooMany(line, place);
		return present(line, place);
	}

	private boolean present(Line line, int place) {
		if (line.text(place).isEmpty()) {
			this.findings.add(Rule.VALUE_MISSING, line.location(), "'" + words(line) + "' has no value.");
			return false;
		}
		return true;
	}

	private void tooMany(Line line, int last) {
		if (last < line.words().size() - 1) {
			Word word = line.words().get(last + 1);
			this.findings.add(Rule.TOO_MANY_WORDS, word.location(), "HAProxy takes nothing after '"
					+ line.words().subList(0, last + 1).stream().map(Word::text).collect(Collectors.joining(" "))
					+ "', but there is '" + word + "'.");
		}
	}

	private static String words(Line line) {
		return line.words().stream().map(Word::text).collect(Collectors.joining(" "));
	}

	private void names() {
		SpoeAgent agent = this.engine.agent();
		String prefix = agent.variablePrefix();
		if (agent.section().lines("option", "var-prefix").isEmpty() && SECTION_NAME.test(agent.name())
				&& !VARIABLE_NAME.test(prefix)) {
			this.findings.add(Rule.AGENT_NAME_AS_PREFIX, agent.section().location(),
					"The name '" + prefix + "' of the agent cannot be the prefix of variables.");
		}
		if (agent.backend() == null && agent.section().lines("use-backend").isEmpty()) {
			this.findings.add(Rule.BACKEND_MISSING, agent.section().location(),
					"The agent '" + agent.name() + "' has no 'use-backend'.");
		}
		Stream.of(agent.setOnError(), agent.setProcessTime(), agent.setTotalTime())
			.filter(Objects::nonNull)
			.forEach((word) -> length("txn", word));
		agent.registeredNames().forEach((word) -> length("proc", word));
	}

	private void length(String scope, Word name) {
		String variable = scope + "." + this.engine.agent().variablePrefix() + "." + name;
		if (variable.length() > VariableRules.LONGEST_NAME) {
			this.findings.add(Rule.VARIABLE_NAME_LONG, name.location(),
					"The variable '" + variable + "' has " + variable.length() + " characters.");
		}
	}

	private void references() {
		SpoeAgent agent = this.engine.agent();
		Set<String> messages = this.engine.scope()
			.messages()
			.stream()
			.map(SpoeMessage::name)
			.collect(Collectors.toSet());
		Set<String> groups = this.engine.scope().groups().stream().map(SpoeGroup::name).collect(Collectors.toSet());
		listed(agent.messages(), messages, Rule.MESSAGE_UNDEFINED, "spoe-message");
		listed(agent.groups(), groups, Rule.GROUP_UNDEFINED, "spoe-group");
		for (SpoeGroup group : this.engine.scope().groups()) {
			boolean known = Engine.has(agent.groups(), group.name());
			listed(group.messages(), known ? messages : null, Rule.MESSAGE_UNDEFINED, "spoe-message");
		}
		if (agent.messages().isEmpty() && agent.groups().isEmpty()) {
			this.findings.add(Rule.AGENT_WITHOUT_MESSAGES, agent.section().location(),
					"The agent '" + agent.name() + "' lists neither messages nor groups.");
		}
	}

	private void listed(List<Word> words, @Nullable Set<String> known, Rule undefined, String type) {
		Set<String> before = new HashSet<>();
		for (Word word : words) {
			if (!before.add(word.text())) {
				this.findings.add(Rule.LISTED_TWICE, word.location(), "'" + word + "' is listed twice.");
			}
			else if (known != null && !known.contains(word.text())) {
				this.findings.add(undefined, word.location(),
						"The scope has no '" + type + " " + word + "'." + Spelling.didYouMean(word.text(), known));
			}
		}
	}

	private void timeouts() {
		SpoeAgent agent = this.engine.agent();
		if (unset("processing")) {
			this.findings.add(Rule.PROCESSING_TIMEOUT_MISSING, timeoutPlace("processing"),
					agent.section().lines("timeout", "processing").isEmpty()
							? "The agent '" + agent.name() + "' has no 'timeout processing'."
							: "'timeout processing' is 0, which means no limit.");
		}
		for (String name : List.of("hello", "idle")) {
			if (unset(name)) {
				this.findings.add(Rule.HANDSHAKE_TIMEOUTS_MISSING, timeoutPlace(name),
						"The agent '" + agent.name() + "' has no 'timeout " + name + "', or 0.");
			}
		}
	}

	private boolean unset(String name) {
		Duration time = this.engine.agent().timeout(name);
		return (time != null) ? time.isZero() : this.engine.agent().section().lines("timeout", name).isEmpty();
	}

	private Location timeoutPlace(String name) {
		List<Line> lines = this.engine.agent().section().lines("timeout", name);
		return lines.isEmpty() ? this.engine.agent().section().location() : lines.get(lines.size() - 1).location();
	}

	private void settings() {
		SpoeAgent agent = this.engine.agent();
		Section section = agent.section();
		for (Line line : section.lines()) {
			boolean ignored = line.startsWith("option", "async") || line.startsWith("option", "send-frag-payload")
					|| Set.of("max-waiting-frames", "maxconnrate", "maxerrrate").contains(line.text(0));
			if (ignored) {
				this.findings.add(Rule.SETTING_WITHOUT_EFFECT, line.location(),
						"HAProxy ignores '" + words(line) + "' since 3.1.");
			}
			if (line.startsWith("no", "option", "pipelining")) {
				this.findings.add(Rule.PIPELINING_OFF, line.location(),
						"Without pipelining, as many requests at a time need as many connections to the agent.");
			}
		}
		if (agent.option("send-frag-payload", true)) {
			this.findings.add(Rule.FRAGMENTS_ENABLED, section.location(), "The agent '" + agent.name()
					+ "' has no 'no option send-frag-payload': a message that is too big makes HAProxy reconnect in a loop.");
		}
		if (agent.setOnError() == null && section.lines("option", "set-on-error").isEmpty()) {
			this.findings.add(Rule.SET_ON_ERROR_MISSING, section.location(), "The agent '" + agent.name()
					+ "' has no 'option set-on-error': no rule can tell that it did not answer.");
		}
		long occasions = this.engine.scope()
			.messages()
			.stream()
			.filter(this.engine::sendsOnEvent)
			.map(SpoeMessage::event)
			.distinct()
			.count() + this.engine.groups().size();
		if (occasions > 1 && section.lines("option", "continue-on-error").isEmpty()) {
			this.findings.add(Rule.CONTINUE_ON_ERROR_MISSING, section.location(),
					"The agent '" + agent.name() + "' has messages on " + occasions
							+ " occasions: after an error on one of them HAProxy skips the others.");
		}
	}

	/**
	 * Return whether HAProxy has SPOE as of 3.1, which ignores some of the settings.
	 */
	private boolean hasAgents31() {
		return this.engine.configuration().version().isAtLeast(3, 1);
	}

}
