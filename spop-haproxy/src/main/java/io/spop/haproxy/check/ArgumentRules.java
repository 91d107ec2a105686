package io.spop.haproxy.check;

import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

import io.spop.haproxy.HaproxyVersion;
import io.spop.haproxy.SpoeEvent;
import io.spop.haproxy.config.Converter;
import io.spop.haproxy.config.Line;
import io.spop.haproxy.config.Proxy;
import io.spop.haproxy.config.SampleExpression;
import io.spop.haproxy.config.SamplePlace;
import io.spop.haproxy.config.SpoeArgument;
import io.spop.haproxy.config.SpoeFilter;
import io.spop.haproxy.config.SpoeGroup;
import io.spop.haproxy.config.SpoeMessage;
import org.jspecify.annotations.Nullable;

/**
 * Checks arguments of messages: whether HAProxy can read their samples, and has a value
 * for them.
 *
 * @param engine the engine
 * @param findings collects the findings
 */
record ArgumentRules(Engine engine, Findings findings) {

	private static final int MOST_ARGUMENTS = 255;

	/**
	 * The fetches of a body. They do not wait for it, and take the part that HAProxy has.
	 */
	private static final Set<String> BODIES = Set.of("req.body", "req.body_len", "req.body_param", "res.body",
			"res.body_len");

	private static final Pattern HTTP = Pattern.compile("path(q|_.*)?|url(_.*)?|urlp(_.*)?|query|method|base(32.*|_.*)?"
			+ "|status|unique-id|(req\\.|res\\.)?(hdr|fhdr|cook|scook)(s|_.*)?|req\\.(ver|body.*|hdrs.*)|res\\.(ver|body.*|hdrs.*)"
			+ "|http_auth.*|http_first_req|capture\\.(req|res)\\..*|(req|res)\\.hdr_names|set-cookie");

	/**
	 * Fetches that only some builds of HAProxy have.
	 */
	private static final Pattern ADDED = Pattern.compile("(lua\\.|51d|da-|wurfl|ot\\.|otel\\.).*");

	private static final Set<String> DELIMITED = Set.of("field", "word");

	private static final Pattern NUMBER = Pattern.compile("[+-]?\\d+|(txn|sess|req|res|proc)\\..+");

	private static final Pattern VARIABLE = Pattern.compile("p?(proc|sess|txn|req|res|check)\\.[A-Za-z0-9_.]+");

	/**
	 * The fetches that messages use most, as suggestions for a name with a typing error.
	 */
	private static final List<String> COMMON = List.of("src", "src_port", "dst", "dst_port", "path", "pathq", "query",
			"url", "method", "unique-id", "status", "ssl_fc", "ssl_fc_sni", "req.ver", "req.hdr", "req.fhdr",
			"req.hdrs", "req.hdrs_bin", "req.cook", "req.body", "req.body_len", "req.body_size", "res.ver", "res.hdr",
			"res.hdrs", "res.hdrs_bin", "res.body", "res.body_len", "url_param", "fe_name", "be_name", "var", "hdr",
			"lower", "upper", "field", "word", "bytes", "base64", "ipmask", "regsub", "length");

	void check() {
		for (SpoeMessage message : this.engine.scope().messages()) {
			int count = message.arguments().size();
			if (count > MOST_ARGUMENTS) {
				this.findings.add(Rule.TOO_MANY_ARGUMENTS, message.section().location(),
						"The message '" + message.name() + "' has " + count + " arguments, and a frame can count 255.");
			}
			for (SpoeArgument argument : message.arguments()) {
				if (form(argument)) {
					place(message, argument);
				}
			}
		}
	}

	private boolean form(SpoeArgument argument) {
		SampleExpression sample = argument.sample();
		HaproxyVersion version = this.engine.configuration().version();
		String name = argument.name();
		if (name != null && (name.isEmpty() || name.chars().anyMatch(Character::isWhitespace))) {
			this.findings.add(Rule.ARGUMENT_NAME, argument.location(),
					name.isEmpty() ? "The argument '=" + sample + "' has an empty name."
							: "The name '" + name + "' has a blank in it.");
		}
		if (name == null && sample.text().startsWith("=")) {
			this.findings.add(Rule.ARGUMENT_NAME, argument.location(),
					"The argument '" + sample + "' has an empty name.");
			return false;
		}
		if (sample.text().equals("\\")) {
			this.findings.add(Rule.SAMPLE_INVALID, argument.location(),
					"HAProxy has no continuation of lines: it takes the backslash for an argument.",
					"Put all on one line, or begin the next one with 'args', too: the lines add up.");
			return false;
		}
		if (!sample.malformed().isEmpty()) {
			this.findings.add(Rule.SAMPLE_INVALID, argument.location(), "'" + sample + "': " + sample.malformed());
			return false;
		}
		boolean known = true;
		for (String unknown : sample.unknown(version)) {
			boolean elsewhere = HaproxyVersion.SUPPORTED.stream()
				.anyMatch((other) -> !sample.unknown(other).contains(unknown));
			if (elsewhere) {
				this.findings.add(Rule.SAMPLE_TOO_NEW, argument.location(),
						"HAProxy " + version + " does not have '" + unknown + "'.");
			}
			else if (!ADDED.matcher(unknown).matches()) {
				this.findings.add(Rule.SAMPLE_UNKNOWN, argument.location(),
						"HAProxy has no fetch or converter '" + unknown + "'." + Spelling.didYouMean(unknown, COMMON));
			}
			known &= !unknown.equals(sample.fetch());
		}
		for (String wrong : sample.wrongArguments()) {
			this.findings.add(Rule.SAMPLE_INVALID, argument.location(), wrong);
		}
		values(argument, sample);
		return known;
	}

	/**
	 * Check the arguments of the fetches and converters that are used most.
	 */
	private void values(SpoeArgument argument, SampleExpression sample) {
		List<String> arguments = sample.fetchArguments();
		if (sample.fetch().equals("int") && !arguments.isEmpty()) {
			number(argument, "int", arguments.get(0));
		}
		else if (sample.fetch().equals("var") && !arguments.isEmpty()
				&& !VARIABLE.matcher(arguments.get(0)).matches()) {
			this.findings.add(Rule.SAMPLE_INVALID, argument.location(), "'" + arguments.get(0)
					+ "' is not the name of a variable: a name begins with a scope, such as 'txn.', and has the characters A-Z a-z 0-9 _ and .");
		}
		for (Converter converter : sample.converters()) {
			int count = converter.arguments().size();
			if (converter.name().equals("bytes") && count == 0
					&& !this.engine.configuration().version().isAtLeast(2, 9)) {
				this.findings.add(Rule.SAMPLE_INVALID, argument.location(),
						"The converter 'bytes' needs an argument in parentheses.");
			}
			else if (DELIMITED.contains(converter.name()) && count > 0) {
				String first = converter.arguments().get(0);
				number(argument, converter.name(), first);
				if (count == 1 && NUMBER.matcher(first).matches()) {
					this.findings.add(Rule.SAMPLE_INVALID, argument.location(),
							"The converter '" + converter.name() + "' needs a number and the characters to split at.");
				}
			}
		}
	}

	private void number(SpoeArgument argument, String name, String value) {
		if (!NUMBER.matcher(value).matches()) {
			this.findings.add(Rule.SAMPLE_INVALID, argument.location(),
					"'" + name + "' needs a number, not '" + value + "'.");
		}
	}

	private void place(SpoeMessage message, SpoeArgument argument) {
		SpoeEvent event = message.event();
		if (event != null && this.engine.lists(message)) {
			for (SpoeFilter filter : this.engine.filters()) {
				if (filter.proxy().isFrontend() || !places(filter.proxy(), event).isEmpty()) {
					evaluate(argument, filter.proxy(), places(filter.proxy(), event), event.keyword());
					uniqueId(argument, filter.proxy());
					onEvent(argument, filter.proxy(), event);
				}
			}
			if (this.engine.filters().isEmpty()) {
				evaluate(argument, null, anywhere(event), event.keyword());
			}
		}
		for (SpoeGroup group : this.engine.groupsWith(message)) {
			for (Engine.Sending sending : this.engine.sendings(group)) {
				Proxy proxy = sending.proxy();
				if (proxy != null) {
					String rules = sending.line().text(0);
					evaluate(argument, proxy, places(proxy, rules), rules);
					uniqueId(argument, proxy);
					inRule(argument, proxy, sending.line());
				}
			}
		}
	}

	private void evaluate(SpoeArgument argument, @Nullable Proxy proxy, Set<SamplePlace> places, String at) {
		SampleExpression sample = argument.sample();
		Set<SamplePlace> possible = new HashSet<>(sample.places(this.engine.configuration().version()));
		possible.retainAll(places);
		if (possible.isEmpty() && !places.isEmpty()) {
			this.findings.add(Rule.SAMPLE_NOT_AVAILABLE, argument.location(),
					"HAProxy does not have '" + sample.fetch() + "' at " + at + ".");
		}
		else if (proxy != null && proxy.mode().equals("tcp") && !at.contains("http")
				&& HTTP.matcher(sample.fetch()).matches() && !sample.fetch().equals("unique-id")
				&& proxy.lines("tcp-request", "content", "switch-mode").isEmpty()) {
			this.findings.add(Rule.HTTP_SAMPLE_WITHOUT_HTTP, argument.location(),
					"'" + sample.fetch() + "' is of HTTP, and at " + at + " in '" + proxy.name()
							+ "', which is in 'mode tcp', there is none.");
		}
	}

	/**
	 * Return where HAProxy evaluates the arguments on an event, by what the proxy is.
	 */
	private static Set<SamplePlace> places(Proxy proxy, SpoeEvent event) {
		Set<SamplePlace> places = EnumSet.noneOf(SamplePlace.class);
		boolean frontend = proxy.isFrontend();
		switch (event) {
			case ON_CLIENT_SESSION, ON_FRONTEND_TCP_REQUEST, ON_FRONTEND_HTTP_REQUEST ->
				add(places, frontend, SamplePlace.of(event));
			case ON_BACKEND_TCP_REQUEST -> {
				add(places, frontend, SamplePlace.FRONTEND_TCP_REQUEST);
				add(places, !frontend, SamplePlace.BACKEND_TCP_REQUEST);
			}
			case ON_BACKEND_HTTP_REQUEST -> {
				add(places, frontend, SamplePlace.FRONTEND_HTTP_REQUEST);
				add(places, !frontend, SamplePlace.BACKEND_HTTP_REQUEST);
			}
			case ON_SERVER_SESSION -> places.add(SamplePlace.SERVER_CONNECTION);
			case ON_TCP_RESPONSE -> {
				add(places, frontend, SamplePlace.FRONTEND_TCP_RESPONSE);
				add(places, proxy.isBackend(), SamplePlace.BACKEND_TCP_RESPONSE);
			}
			case ON_HTTP_RESPONSE -> {
				add(places, frontend, SamplePlace.FRONTEND_HTTP_RESPONSE);
				add(places, proxy.isBackend(), SamplePlace.BACKEND_HTTP_RESPONSE);
			}
			case NONE -> {
			}
		}
		return places;
	}

	private static Set<SamplePlace> anywhere(SpoeEvent event) {
		return switch (event) {
			case ON_BACKEND_TCP_REQUEST ->
				EnumSet.of(SamplePlace.FRONTEND_TCP_REQUEST, SamplePlace.BACKEND_TCP_REQUEST);
			case ON_BACKEND_HTTP_REQUEST ->
				EnumSet.of(SamplePlace.FRONTEND_HTTP_REQUEST, SamplePlace.BACKEND_HTTP_REQUEST);
			case ON_TCP_RESPONSE -> EnumSet.of(SamplePlace.FRONTEND_TCP_RESPONSE, SamplePlace.BACKEND_TCP_RESPONSE);
			case ON_HTTP_RESPONSE -> EnumSet.of(SamplePlace.FRONTEND_HTTP_RESPONSE, SamplePlace.BACKEND_HTTP_RESPONSE);
			default -> EnumSet.of(SamplePlace.of(event));
		};
	}

	private static Set<SamplePlace> places(Proxy proxy, String rules) {
		Set<SamplePlace> places = EnumSet.noneOf(SamplePlace.class);
		switch (rules) {
			case "http-request" -> {
				add(places, proxy.isFrontend(), SamplePlace.FRONTEND_HTTP_REQUEST);
				add(places, proxy.isBackend(), SamplePlace.BACKEND_HTTP_REQUEST);
			}
			case "http-response" -> {
				add(places, proxy.isFrontend(), SamplePlace.FRONTEND_HTTP_RESPONSE);
				add(places, proxy.isBackend(), SamplePlace.BACKEND_HTTP_RESPONSE);
			}
			case "tcp-request" -> {
				add(places, proxy.isFrontend(), SamplePlace.FRONTEND_TCP_REQUEST);
				add(places, proxy.isBackend(), SamplePlace.BACKEND_TCP_REQUEST);
			}
			case "tcp-response" -> {
				add(places, proxy.isFrontend(), SamplePlace.FRONTEND_TCP_RESPONSE);
				add(places, proxy.isBackend(), SamplePlace.BACKEND_TCP_RESPONSE);
			}
			default -> {
			}
		}
		return places;
	}

	private static void add(Set<SamplePlace> places, boolean condition, SamplePlace place) {
		if (condition) {
			places.add(place);
		}
	}

	/**
	 * Check that there is a format for {@code unique-id}. HAProxy takes that of the
	 * frontend, and any frontend may use a backend.
	 */
	private void uniqueId(SpoeArgument argument, Proxy proxy) {
		if (!argument.sample().fetch().equals("unique-id")) {
			return;
		}
		List<Proxy> frontends = proxy.isFrontend() ? List.of(proxy)
				: this.engine.configuration().proxies().stream().filter(Proxy::isFrontend).toList();
		if (!frontends.isEmpty()
				&& frontends.stream().allMatch((frontend) -> frontend.setting("unique-id-format") == null)) {
			this.findings.add(Rule.UNIQUE_ID_WITHOUT_FORMAT, argument.location(),
					"'" + argument + "' is always NULL: "
							+ (proxy.isFrontend() ? "'" + proxy.name() + "'" : "no frontend") + " has "
							+ (proxy.isFrontend() ? "no " : "a ") + "'unique-id-format'.");
		}
	}

	/**
	 * Check how the body is awaited before an event. The rules of the proxy run after the
	 * event, too late to wait for the body.
	 */
	private void onEvent(SpoeArgument argument, Proxy proxy, SpoeEvent event) {
		String fetch = argument.sample().fetch();
		if (!BODIES.contains(fetch)) {
			return;
		}
		if (fetch.startsWith("res.")) {
			if (event == SpoeEvent.ON_HTTP_RESPONSE) {
				body(argument, "'" + fetch + "' has what has arrived when " + event.keyword()
						+ " comes, perhaps nothing: HAProxy can wait for the body in http-response rules only, which come later.",
						"Send a group with 'http-response send-spoe-group' after 'http-response wait-for-body'.");
			}
			return;
		}
		boolean waits = waits(proxy) || (event != SpoeEvent.ON_FRONTEND_HTTP_REQUEST
				&& (!proxy.lines("http-request", "wait-for-body").isEmpty() || anyFrontendWaits()));
		if (event.isHttp() && !waits) {
			boolean late = !proxy.lines("http-request", "wait-for-body").isEmpty();
			body(argument,
					"'" + fetch + "' has what has arrived when " + event.keyword() + " comes, perhaps nothing: '"
							+ proxy.name() + "' has no 'option http-buffer-request'."
							+ (late ? " 'http-request wait-for-body' comes after the event." : ""),
					Rule.BODY_WITHOUT_WAIT.remedy());
		}
	}

	private void inRule(SpoeArgument argument, Proxy proxy, Line rule) {
		String fetch = argument.sample().fetch();
		if (!BODIES.contains(fetch)) {
			return;
		}
		String rules = fetch.startsWith("res.") ? "http-response" : "http-request";
		if (!rule.text(0).equals(rules) && !rule.text(0).startsWith("http")) {
			return;
		}
		boolean waits = rules.equals("http-request") && (waits(proxy) || (!proxy.isFrontend() && anyFrontendWaits()));
		for (Line line : proxy.lines(rules, "wait-for-body")) {
			waits |= line.location().line() < rule.location().line() || !rule.text(0).equals(rules);
		}
		if (!waits) {
			body(argument,
					"'" + fetch + "' has what has arrived when the rule at " + rule.location()
							+ " runs, perhaps nothing: " + "no '" + rules + " wait-for-body' comes before it.",
					"Add '" + rules + " wait-for-body time 1s' before the rule.");
		}
	}

	private void body(SpoeArgument argument, String message, String remedy) {
		this.findings.add(Rule.BODY_WITHOUT_WAIT, argument.location(), message, remedy);
	}

	private static boolean waits(Proxy proxy) {
		return proxy.setting("option", "http-buffer-request") != null;
	}

	private boolean anyFrontendWaits() {
		List<Proxy> proxies = this.engine.configuration().proxies();
		return proxies.stream()
			.anyMatch((proxy) -> waits(proxy) || !proxy.lines("http-request", "wait-for-body").isEmpty());
	}

}
