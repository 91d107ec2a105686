package io.spop.haproxy.check;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import io.spop.haproxy.config.HaproxyConfiguration;
import io.spop.haproxy.config.Line;
import io.spop.haproxy.config.Location;
import io.spop.haproxy.config.Proxy;
import io.spop.haproxy.config.Section;
import io.spop.haproxy.config.SpoeAgent;
import io.spop.haproxy.config.SpoeFilter;
import io.spop.haproxy.config.SpoeGroup;
import io.spop.haproxy.config.SpoeMessage;
import io.spop.haproxy.config.SpoeScope;
import io.spop.haproxy.config.Word;
import org.jspecify.annotations.Nullable;

/**
 * Finds out who sets and reads which variables, and checks that.
 */
final class VariableRules {

	/** The most characters of a variable of an agent, with scope and prefix. */
	static final int LONGEST_NAME = 63;

	private static final Pattern USE = Pattern.compile(
			"(?<![A-Za-z0-9_-])(set-var|set-var-fmt|unset-var|do-resolve|var)\\(\\s*p?(proc|sess|txn|req|res|check)\\.([^,)\\s]+)([,)]?)");

	private static final Pattern NAME = Pattern
		.compile("(?<![A-Za-z0-9_.])p?(proc|sess|txn|req|res|check)\\.([A-Za-z0-9_.]+)");

	private static final Set<String> REFUSING = Set.of("deny", "reject", "tarpit", "silent-drop", "redirect", "return");

	/** Actions that decide by the values they are given, also without a condition. */
	private static final Set<String> DECIDING = Set.of("deny", "reject", "tarpit", "silent-drop", "redirect",
			"use-service");

	private final HaproxyConfiguration configuration;

	private final List<Engine> engines;

	private final Findings findings;

	private final Set<String> set = new HashSet<>();

	private final Set<String> mentioned = new HashSet<>();

	/** The variables that a decision depends on. */
	private final Set<String> deciding = new HashSet<>();

	/** The variables that a rule sets, with those that it sets them from. */
	private final Map<String, Set<String>> sources = new HashMap<>();

	private final List<Read> reads = new ArrayList<>();

	private final Map<String, List<Engine>> byPrefix = new HashMap<>();

	private final Map<SpoeScope, List<Read>> readsOf = new HashMap<>();

	VariableRules(HaproxyConfiguration configuration, List<Engine> engines, Findings findings) {
		this.configuration = configuration;
		this.engines = engines;
		this.findings = findings;
		Stream<Section> spoe = engines.stream()
			.flatMap((engine) -> Stream.of(engine.scope().messages().stream().map(SpoeMessage::section),
					engine.scope().groups().stream().map(SpoeGroup::section)))
			.flatMap((sections) -> sections);
		Stream.concat(configuration.sections().stream(), spoe)
			.distinct()
			.flatMap((section) -> section.lines().stream())
			.forEach(this::collect);
		for (Engine engine : engines) {
			this.byPrefix.computeIfAbsent(engine.agent().variablePrefix(), (key) -> new ArrayList<>()).add(engine);
		}
		for (Read read : this.reads) {
			for (Engine engine : owners(read)) {
				this.readsOf.computeIfAbsent(engine.scope(), (key) -> new ArrayList<>()).add(read);
			}
		}
	}

	private void collect(Line line) {
		if (line.text(0).startsWith("set-var")) {
			this.set.add(line.text(1));
		}
		boolean decides = isDecision(line);
		for (int i = 0; i < line.words().size(); i++) {
			Word word = line.words().get(i);
			decides |= word.text().equals("if") || word.text().equals("unless");
			if (word.text().indexOf('.') < 0) {
				continue;
			}
			Set<String> written = new HashSet<>();
			for (Matcher use = USE.matcher(word.text()); use.find();) {
				String name = use.group(2) + "." + use.group(3);
				if (!use.group(1).equals("var")) {
					written.add(name);
					continue;
				}
				boolean alone = use.start() == 0 && use.end() == word.text().length() && line.text(i + 1).equals("-m");
				this.reads.add(new Read(name, word.location(), line, decides, use.group(4).equals(","),
						alone ? line.text(i + 2) : ""));
			}
			for (Matcher name = NAME.matcher(word.text()); name.find();) {
				String found = name.group(1) + "." + name.group(2);
				if (written.contains(found)) {
					continue;
				}
				this.mentioned.add(found);
				if (decides) {
					this.deciding.add(found);
				}
				for (Matcher target = USE.matcher(line.text(1) + " " + line.text(2)); target.find();) {
					if (target.group(1).startsWith("set-var")) {
						this.sources.computeIfAbsent(target.group(2) + "." + target.group(3), (key) -> new HashSet<>())
							.add(found);
					}
				}
			}
			this.set.addAll(written);
		}
	}

	/**
	 * Return whether all values on the line decide something, not only those in its
	 * condition.
	 */
	private static boolean isDecision(Line line) {
		String first = line.text(0);
		int action = first.startsWith("http-") ? 1 : 2;
		return first.equals("acl") || first.equals("use_backend") || first.equals("use-server")
				|| first.equals("redirect")
				|| ((first.startsWith("http-") || first.startsWith("tcp-re")) && DECIDING.contains(line.text(action)));
	}

	void check() {
		if (isComplete() && !this.configuration.filters().isEmpty() && !hasLua()) {
			this.reads.forEach(this::read);
		}
		for (Engine engine : this.engines) {
			if (!engine.filters().isEmpty()) {
				agent(engine);
			}
		}
	}

	private boolean isComplete() {
		return this.configuration.problems()
			.stream()
			.noneMatch((problem) -> problem.error() || problem.id().equals(Rule.CONDITION_OPEN.id()));
	}

	/**
	 * Return whether scripts may set and read variables.
	 */
	boolean hasLua() {
		return this.configuration.sections()
			.stream()
			.filter((section) -> section.type().equals("global"))
			.flatMap((section) -> section.lines().stream())
			.anyMatch((line) -> line.text(0).startsWith("lua-load"));
	}

	boolean isMentioned(String variable) {
		return this.mentioned.contains(variable);
	}

	/**
	 * Return where variables are read that have the prefix of the engine's agent.
	 */
	List<Read> reads(Engine engine) {
		return this.readsOf.getOrDefault(engine.scope(), List.of());
	}

	/**
	 * Return the engines whose agents may set the variable, by its prefix.
	 */
	private List<Engine> owners(Read read) {
		String name = read.nameWithoutScope();
		List<Engine> owners = new ArrayList<>();
		for (int dot = name.indexOf('.'); dot > 0; dot = name.indexOf('.', dot + 1)) {
			owners.addAll(this.byPrefix.getOrDefault(name.substring(0, dot), List.of()));
		}
		return owners;
	}

	private void read(Read read) {
		if (this.set.contains(read.name()) || read.withDefault()) {
			return;
		}
		List<Engine> owners = owners(read);
		for (Engine engine : owners) {
			SpoeAgent agent = engine.agent();
			boolean ofHaproxy = Stream.of(agent.setOnError(), agent.setProcessTime(), agent.setTotalTime())
				.filter(Objects::nonNull)
				.anyMatch((word) -> read.nameWithoutScope().equals(agent.variablePrefix() + "." + word));
			if (ofHaproxy && !read.name().startsWith("txn.")) {
				this.findings.add(Rule.VARIABLE_SCOPE, read.location(), "HAProxy sets 'txn." + read.nameWithoutScope()
						+ "' for the agent '" + agent.name() + "', and never '" + read.name() + "'.");
			}
		}
		if (owners.isEmpty()) {
			this.findings.add(Rule.VARIABLE_NEVER_SET, read.location(), "Nothing sets the variable '" + read.name()
					+ "'." + Spelling.didYouMean(read.name(), similar(read)));
		}
	}

	private List<String> similar(Read read) {
		List<String> similar = new ArrayList<>(this.set);
		String name = read.name();
		int dot = name.lastIndexOf('.');
		if (dot > name.indexOf('.')) {
			this.byPrefix.keySet().forEach((prefix) -> similar.add(read.scope() + "." + prefix + name.substring(dot)));
		}
		return similar;
	}

	private void agent(Engine engine) {
		SpoeAgent agent = engine.agent();
		for (Word word : Stream.of(agent.setProcessTime(), agent.setTotalTime()).filter(Objects::nonNull).toList()) {
			String name = "txn." + agent.variablePrefix() + "." + word;
			if (!isMentioned(name)) {
				this.findings.add(Rule.VARIABLE_UNREAD, word.location(), "Nothing reads the variable '" + name + "'.");
			}
		}
		Word error = agent.setOnError();
		boolean logs = agent.section().lines().stream().anyMatch((line) -> line.text(0).equals("log"));
		if (error != null && !readsError(engine) && !logs) {
			this.findings.add(Rule.SET_ON_ERROR_UNREAD, error.location(),
					"Nothing reads the variable 'txn." + agent.variablePrefix() + "." + error
							+ "', and the agent has no 'log': nobody learns of its errors.");
		}
		if (!decides(engine)) {
			failOpen(engine, logs);
		}
		abortOnClose(engine);
	}

	private boolean readsError(Engine engine) {
		Word error = engine.agent().setOnError();
		return error != null && isMentioned("txn." + engine.agent().variablePrefix() + "." + error);
	}

	/**
	 * Return whether a rule decides what happens if the agent has not answered. One that
	 * only shows the error, such as in a header, decides nothing.
	 */
	boolean decides(Engine engine) {
		return decidesByError(engine) || reads(engine).stream()
			.anyMatch((read) -> read.decides()
					&& (read.match().equals("found") || negates(read.line()) || isNegated(read.line())));
	}

	/**
	 * Return whether the line is an ACL that a rule negates: the rule matches without an
	 * answer.
	 */
	private boolean isNegated(Line acl) {
		return acl.text(0).equals("acl") && this.configuration.sections()
			.stream()
			.filter((section) -> section.lines().contains(acl))
			.flatMap((section) -> section.lines().stream())
			.anyMatch((line) -> !line.equals(acl) && negates(line)
					&& line.words()
						.stream()
						.anyMatch((word) -> word.text().replaceFirst("^!+", "").equals(acl.text(1))));
	}

	private boolean decidesByError(Engine engine) {
		Word error = engine.agent().setOnError();
		if (error == null) {
			return false;
		}
		String name = "txn." + engine.agent().variablePrefix() + "." + error;
		return this.deciding.contains(name) || this.sources.entrySet()
			.stream()
			.anyMatch((copy) -> copy.getValue().contains(name) && this.deciding.contains(copy.getKey()));
	}

	private static boolean negates(Line line) {
		return line.words().stream().anyMatch((word) -> word.text().equals("unless") || word.text().startsWith("!"));
	}

	/**
	 * Look for a rule that refuses requests by a variable of the agent. The variable is
	 * not set if the agent does not answer.
	 */
	private void failOpen(Engine engine, boolean logs) {
		Set<Line> reading = Collections.newSetFromMap(new IdentityHashMap<>());
		reads(engine).forEach((read) -> reading.add(read.line()));
		for (Proxy proxy : reading.isEmpty() ? List.<Proxy>of() : this.configuration.proxies()) {
			Set<String> acls = new HashSet<>();
			for (Line line : proxy.section().lines()) {
				boolean reads = reading.contains(line);
				if (line.text(0).equals("acl") && reads) {
					acls.add(line.text(1));
				}
				if (!refuses(line) || (logs && line.text(0).startsWith("tcp-re"))) {
					continue;
				}
				if (line.words().stream().anyMatch((word) -> acls.contains(word.text().replaceFirst("^!+", "")))) {
					if (negates(line)) {
						return;
					}
					reads = true;
				}
				if (reads) {
					this.findings.add(Rule.FAIL_OPEN_UNDECIDED, line.location(), "Without an answer of the agent '"
							+ engine.agent().name()
							+ "' the rule does not match, and the request passes. No rule covers requests without an answer.");
					return;
				}
			}
		}
	}

	/**
	 * Look for filters whose wait for the agent a client can end, if the request passes
	 * then. HAProxy looks at the proxy of the filter while it waits.
	 */
	private void abortOnClose(Engine engine) {
		for (SpoeFilter filter : engine.filters()) {
			Proxy proxy = filter.proxy();
			Line open = isAbortedOnClose(proxy) ? openRule(engine) : null;
			if (open != null) {
				this.findings.add(Rule.ABORT_ON_CLOSE, filter.location(),
						"A client that closes its side of the connection ends the wait for the agent '"
								+ engine.agent().name() + "', and the rule at " + open.location()
								+ " lets its request pass: '" + proxy.name() + "' has no 'no option abortonclose'.");
			}
		}
	}

	private static boolean isAbortedOnClose(Proxy proxy) {
		return proxy.setting("option", "abortonclose") != null || proxy.setting("no", "option", "abortonclose") == null;
	}

	/**
	 * Return the first rule that refuses requests by a variable of the agent, or
	 * {@code null} if another rule is for requests without an answer.
	 */
	private @Nullable Line openRule(Engine engine) {
		if (decidesByError(engine)) {
			return null;
		}
		Set<Line> reading = Collections.newSetFromMap(new IdentityHashMap<>());
		reads(engine).forEach((read) -> reading.add(read.line()));
		Line open = null;
		for (Proxy proxy : reading.isEmpty() ? List.<Proxy>of() : this.configuration.proxies()) {
			Set<String> acls = new HashSet<>();
			for (Line line : proxy.section().lines()) {
				if (line.text(0).equals("acl") && reading.contains(line)) {
					acls.add(line.text(1));
				}
				if (!line.text(0).endsWith("-request") || !refuses(line)) {
					continue;
				}
				boolean reads = reading.contains(line)
						|| line.words().stream().anyMatch((word) -> acls.contains(word.text().replaceFirst("^!+", "")));
				boolean always = line.words().stream().noneMatch((word) -> word.text().matches("if|unless"));
				if (always || (reads && negates(line))) {
					return null;
				}
				if (open == null && reads) {
					open = line;
				}
			}
		}
		return open;
	}

	/**
	 * Return whether a rule refuses requests, responses or connections.
	 */
	private static boolean refuses(Line line) {
		return line.text(0).startsWith("http-re") ? REFUSING.contains(line.text(1)) && !answers(line)
				: line.text(0).startsWith("tcp-re") && REFUSING.contains(line.text(2));
	}

	/**
	 * Return whether a rule answers the request itself, with a status 2xx or 3xx.
	 */
	private static boolean answers(Line line) {
		if (!line.text(1).equals("return")) {
			return false;
		}
		List<String> words = line.words().stream().map(Word::text).toList();
		int status = words.indexOf("status");
		return status < 0 || status + 1 >= words.size() || words.get(status + 1).matches("[23].*");
	}

	/**
	 * A place where a variable is read.
	 *
	 * @param name the variable with its scope and prefix
	 * @param location the word
	 * @param line the line
	 * @param decides whether a decision depends on the variable
	 * @param withDefault whether the line has a default value for a variable that is not
	 * set
	 * @param match what follows {@code -m} in a condition, empty if there is none
	 */
	record Read(String name, Location location, Line line, boolean decides, boolean withDefault, String match) {

		String scope() {
			return this.name.substring(0, this.name.indexOf('.'));
		}

		String nameWithoutScope() {
			return this.name.substring(this.name.indexOf('.') + 1);
		}

	}

}
