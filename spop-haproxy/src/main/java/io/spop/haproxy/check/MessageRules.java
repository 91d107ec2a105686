package io.spop.haproxy.check;

import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;

import io.spop.haproxy.HaproxyVersion;
import io.spop.haproxy.SpoeEvent;
import io.spop.haproxy.config.Line;
import io.spop.haproxy.config.Proxy;
import io.spop.haproxy.config.SpoeFilter;
import io.spop.haproxy.config.SpoeGroup;
import io.spop.haproxy.config.SpoeMessage;
import io.spop.haproxy.config.Word;

/**
 * Checks messages and groups: whether and when HAProxy sends them.
 *
 * @param engine the engine
 * @param findings collects the findings
 */
record MessageRules(Engine engine, Findings findings) {

	static final Set<String> KEYWORDS = Set.of("args", "event", "acl");

	private static final Set<String> SECTIONS = Set.of("global", "defaults", "frontend", "backend", "listen",
			"userlist", "peers", "resolvers", "cache", "mailers", "ring", "program", "http-errors", "fcgi-app",
			"crt-store");

	private static final Set<String> ACLS = Set.of("TRUE", "FALSE", "LOCALHOST", "HTTP", "HTTP_1.0", "HTTP_1.1",
			"HTTP_2.0", "METH_CONNECT", "METH_DELETE", "METH_GET", "METH_HEAD", "METH_OPTIONS", "METH_POST", "METH_PUT",
			"METH_TRACE", "HTTP_URL_ABS", "HTTP_URL_SLASH", "HTTP_URL_STAR", "HTTP_CONTENT", "RDP_COOKIE",
			"REQ_CONTENT", "WAIT_END");

	private static final Set<String> NEGATED = Set.of("option", "log", "busy-polling", "set-dumpable", "strict-limits",
			"insecure-fork-wanted", "numa-cpu-mapping");

	private static final Predicate<String> ACL_NAME = Pattern.compile("[A-Za-z0-9_.:-]+").asMatchPredicate();

	void check() {
		for (SpoeMessage message : this.engine.scope().messages()) {
			lines(message);
			sent(message);
			place(message);
		}
		this.engine.scope().groups().forEach(this::group);
		twoGroups();
	}

	private void lines(SpoeMessage message) {
		Set<String> acls = new HashSet<>();
		for (Line line : message.section().lines()) {
			switch (line.text(0)) {
				case "args" -> {
				}
				case "event" -> event(line, acls);
				case "acl" -> {
					acl(line);
					acls.add(line.text(1));
				}
				default -> unknown(message, line);
			}
		}
	}

	private void unknown(SpoeMessage message, Line line) {
		String keyword = line.text(0);
		if ((keyword.equals("no") || keyword.equals("default")) && !NEGATED.contains(line.text(1))) {
			this.findings.add(Rule.NO_NOT_SUPPORTED, line.location(),
					"HAProxy has no '" + keyword + " " + line.text(1) + "'.");
			return;
		}
		String hint = Spelling.didYouMean(keyword, KEYWORDS);
		if (SECTIONS.contains(keyword)) {
			hint = " A SPOE file has no sections but those of SPOE: HAProxy takes this line and those after it for lines of the "
					+ "message.";
		}
		else if (AgentRules.KEYWORDS.contains(keyword) || keyword.equals("no")) {
			hint = " It belongs to 'spoe-agent' sections.";
		}
		this.findings.add(Rule.MESSAGE_KEYWORD, line.location(),
				"HAProxy ignores '" + keyword + "' in the message '" + message.name() + "' without a warning." + hint);
	}

	/**
	 * Return a question with the events that are written nearly like the word, or differ
	 * from it in one of the words between hyphens.
	 */
	private static String nearEvents(String word) {
		List<String> events = Arrays.stream(SpoeEvent.values())
			.filter((event) -> event != SpoeEvent.NONE)
			.map(SpoeEvent::keyword)
			.toList();
		String misspelt = Spelling.didYouMean(word, events);
		if (!misspelt.isEmpty()) {
			return misspelt;
		}
		Set<String> parts = Set.copyOf(Arrays.asList(word.toLowerCase(Locale.ROOT).split("-")));
		List<String> near = events.stream().filter((event) -> {
			Set<String> others = Set.of(event.split("-"));
			long common = others.stream().filter(parts::contains).count();
			return parts.size() + others.size() - 2 * common == 1;
		}).map((event) -> "'" + event + "'").toList();
		return near.isEmpty() ? "" : " Did you mean " + String.join(" or ", near) + "?";
	}

	private void event(Line line, Set<String> acls) {
		if (line.text(1).isEmpty()) {
			this.findings.add(Rule.VALUE_MISSING, line.location(), "'event' has no name.");
			return;
		}
		if (SpoeEvent.of(line.text(1)) == null) {
			this.findings.add(Rule.EVENT_UNKNOWN, line.words().get(1).location(),
					"HAProxy has no event '" + line.text(1) + "'." + nearEvents(line.text(1)));
		}
		else if (line.words().size() > 2) {
			condition(line, acls);
		}
	}

	private void condition(Line line, Set<String> acls) {
		if (!line.text(2).equals("if") && !line.text(2).equals("unless")) {
			this.findings.add(Rule.EVENT_CONDITION, line.words().get(2).location(),
					"After the event comes 'if' or 'unless', not '" + line.text(2) + "'.");
			return;
		}
		condition(this.engine.configuration().version(), line, 3, acls, "The message", Rule.EVENT_CONDITION,
				this.findings);
	}

	/**
	 * Check a condition.
	 * @param start the index of the word behind {@code if} or {@code unless}
	 * @param own the names of the ACLs of the configuration, without HAProxy's predefined
	 * ones
	 * @param owner what has these ACLs, as the finding names it
	 */
	static void condition(HaproxyVersion version, Line line, int start, Set<String> own, String owner, Rule rule,
			Findings findings) {
		Set<String> acls = new HashSet<>(own);
		acls.addAll(ACLS);
		if (version.isAtLeast(2, 9)) {
			acls.add("HTTP_3.0");
		}
		boolean braces = false;
		for (Word word : line.words().subList(Math.min(start, line.words().size()), line.words().size())) {
			String text = word.text().replaceFirst("^!+", "");
			if (braces) {
				braces = !word.text().equals("}");
			}
			else if (text.equals("{")) {
				braces = true;
			}
			else if (!text.isEmpty() && !text.toLowerCase(Locale.ROOT).equals("or") && !text.equals("||")
					&& !acls.contains(text)) {
				findings.add(rule, word.location(),
						owner + " has no ACL '" + text + "' before this line." + (text.startsWith("{")
								? " HAProxy needs a blank after the brace." : Spelling.didYouMean(text, acls)));
				return;
			}
		}
		if (braces) {
			findings.add(rule, line.location(), "The condition has no closing brace, with a blank before it.");
		}
	}

	private void acl(Line line) {
		String name = line.text(1);
		if (name.equalsIgnoreCase("or")) {
			this.findings.add(Rule.ACL_INVALID, line.words().get(1).location(), "An ACL cannot have the name 'or'.");
		}
		else if (!ACL_NAME.test(name)) {
			this.findings.add(Rule.ACL_INVALID, line.location(),
					"HAProxy does not take '" + name + "' for the name of an ACL.");
		}
		else if (line.text(2).isEmpty()) {
			this.findings.add(Rule.ACL_INVALID, line.location(), "The ACL '" + name + "' has no fetch.");
		}
	}

	private void sent(SpoeMessage message) {
		boolean listed = this.engine.lists(message);
		List<SpoeGroup> groups = this.engine.groupsWith(message);
		List<Line> events = message.section().lines("event");
		if (listed && events.isEmpty()) {
			this.findings.add(Rule.SPOE_MESSAGE_WITHOUT_EVENT, message.section().location(),
					"The agent lists the message '" + message.name()
							+ "', which has no event: HAProxy never sends it on one.");
		}
		boolean sent = groups.stream().anyMatch((group) -> !this.engine.sendings(group).isEmpty());
		if (listed && message.event() != null && (sent || (this.engine.filters().isEmpty() && !groups.isEmpty()))) {
			this.findings.add(Rule.MESSAGE_SENT_TWICE, message.section().location(), "HAProxy sends the message '"
					+ message.name() + "' on its event, and again with the group '" + groups.get(0).name() + "'.");
		}
		if (!listed && !groups.isEmpty() && !events.isEmpty()) {
			this.findings.add(Rule.EVENT_IN_GROUP, events.get(0).location(), "Only the group '" + groups.get(0).name()
					+ "' lists the message '" + message.name() + "': its event has no effect.");
		}
		else if (events.size() > 1) {
			this.findings.add(Rule.EVENT_TWICE, events.get(0).location(),
					"The message '" + message.name() + "' has " + events.size()
							+ " events, of which only the last one counts, '" + events.get(events.size() - 1).text(1)
							+ "'.");
		}
		if (!listed && this.engine.scope()
			.groups()
			.stream()
			.noneMatch((group) -> Engine.has(group.messages(), message.name()))) {
			this.findings.add(Rule.MESSAGE_UNUSED, message.section().location(), "Neither the agent '"
					+ this.engine.agent().name() + "' nor a group lists the message '" + message.name() + "'.");
		}
	}

	/**
	 * Check the proxies in which the event is to occur.
	 */
	private void place(SpoeMessage message) {
		SpoeEvent event = message.event();
		Line line = message.eventLine();
		if (event == null || line == null || !this.engine.lists(message)) {
			return;
		}
		for (SpoeFilter filter : this.engine.filters()) {
			Proxy proxy = filter.proxy();
			boolean frontendOnly = event == SpoeEvent.ON_CLIENT_SESSION || event == SpoeEvent.ON_FRONTEND_TCP_REQUEST
					|| event == SpoeEvent.ON_FRONTEND_HTTP_REQUEST;
			if (frontendOnly && !proxy.isFrontend()) {
				this.findings.add(Rule.FRONTEND_EVENT_IN_BACKEND, line.location(), event.keyword()
						+ " is an event of frontends, and the filter is in the backend '" + proxy.name() + "'.");
			}
			else if (event.isHttp() && proxy.mode().equals("tcp") && !becomesHttp(proxy, event)) {
				this.findings.add(Rule.HTTP_EVENT_IN_TCP_MODE, line.location(), event.keyword()
						+ " is an event of HTTP, and '" + proxy.name() + "', which has the filter, is in 'mode tcp'.");
			}
			if (event == SpoeEvent.ON_BACKEND_HTTP_REQUEST && !proxy.type().equals("listen")) {
				this.findings.add(Rule.BACKEND_HTTP_EVENT_WAITS, line.location(),
						"Releases before February 2026 hold requests with " + event.keyword()
								+ " for the whole 'timeout queue'.");
			}
		}
	}

	/**
	 * Return whether HAProxy may read HTTP although the proxy begins with TCP.
	 */
	private boolean becomesHttp(Proxy proxy, SpoeEvent event) {
		return !proxy.lines("tcp-request", "content", "switch-mode").isEmpty()
				|| (event != SpoeEvent.ON_FRONTEND_HTTP_REQUEST && proxy.type().equals("frontend")
						&& this.engine.configuration()
							.proxies()
							.stream()
							.anyMatch((other) -> other.isBackend() && other.mode().equals("http")));
	}

	private void group(SpoeGroup group) {
		for (Line line : group.section().lines()) {
			String keyword = line.text(0);
			if (keyword.equals("no") && !NEGATED.contains(line.text(1))) {
				this.findings.add(Rule.NO_NOT_SUPPORTED, line.location(), "HAProxy has no 'no " + line.text(1) + "'.");
			}
			else if (!keyword.equals("messages")) {
				this.findings.add(Rule.GROUP_KEYWORD, line.location(), "'spoe-group' sections have no '" + keyword
						+ "'." + Spelling.didYouMean(keyword, List.of("messages")));
			}
		}
		if (group.messages().isEmpty()) {
			this.findings.add(Rule.GROUP_EMPTY, group.section().location(),
					"The group '" + group.name() + "' has no messages.");
		}
		if (!Engine.has(this.engine.agent().groups(), group.name())) {
			this.findings.add(Rule.GROUP_NOT_LISTED, group.section().location(),
					"The agent '" + this.engine.agent().name() + "' does not list the group '" + group.name()
							+ "': no rule can send it." + Spelling.didYouMean(group.name(),
									this.engine.agent().groups().stream().map(Word::text).toList()));
		}
		else if (!this.engine.filters().isEmpty() && this.engine.sendings(group).isEmpty()) {
			this.findings.add(Rule.GROUP_NEVER_SENT, group.section().location(),
					"No rule has 'send-spoe-group " + this.engine.name() + " " + group.name() + "'.");
		}
	}

	private void twoGroups() {
		Map<String, String> first = new HashMap<>();
		for (SpoeGroup group : this.engine.groups()) {
			for (Word message : group.messages()) {
				String other = first.putIfAbsent(message.text(), group.name());
				if (other != null && !other.equals(group.name())) {
					this.findings.add(Rule.MESSAGE_IN_TWO_GROUPS, message.location(), "The message '" + message
							+ "' is in the groups '" + other + "' and '" + group.name() + "' of the agent.");
				}
			}
		}
	}

}
