package io.spop.haproxy.check;

import java.util.Locale;

import io.spop.haproxy.HaproxyVersion;

/**
 * The rules of the check. The name in lower case, with hyphens, is the id of the rule.
 */
enum Rule {

	FILE_MISSING(Topic.FILES, Kind.REFUSED, "There is no file of this name.", "Correct the path, or make the file."),

	FILE_NOT_READABLE(Topic.FILES, Kind.REFUSED, "A file cannot be read.", "Give the user permission to read it."),

	FILE_IS_FOLDER(Topic.FILES, Kind.REFUSED, "A folder is named where a file has to be.", "Name a file."),

	FILE_NOT_REGULAR(Topic.FILES, Kind.BROKEN, "A path is neither a file nor a folder.", "Name a file."),

	FILE_TOO_BIG(Topic.FILES, Kind.BROKEN, "A file is too big for the check.", "Check that it is the right file."),

	FOLDER_EMPTY(Topic.FILES, Kind.BROKEN, "A folder has no file `*.cfg`.", "Name the file."),

	FILE_BINARY(Topic.FILES, Kind.REFUSED, "A file has NUL bytes.", "Check that it is the right file."),

	FILE_CHARSET(Topic.FILES, Kind.REFUSED,
			"A file is in UTF-16. A file in another encoding than UTF-8 is read as ISO-8859-1, with a hint.",
			"Save the file as UTF-8."),

	BYTE_ORDER_MARK(Topic.FILES, Kind.REFUSED, "A file begins with a byte order mark.", "Save the file without it."),

	FILE_IS_TEMPLATE(Topic.FILES, Kind.REFUSED, "A file is a template for another program.",
			"Check the file that is made from it."),

	CONFIGURATION_TOO_BIG(Topic.FILES, Kind.BROKEN, "The configuration is too big for the check.",
			"Check the files that have filters, and their backends."),

	TOO_MANY_PROBLEMS(Topic.FILES, Kind.REFUSED, "A file has more problems than are listed.",
			"Correct those that are listed first."),

	SYNTAX(Topic.FILES, Kind.REFUSED, "A quote or a brace is not closed, or an escape sequence is not valid.",
			"Correct the line."),

	EMPTY_WORD(Topic.FILES, Kind.REFUSED, "An empty word ends the line. Versions that take it get a hint.",
			"Remove the word, or give it a value."),

	MISSING_LINE_FEED(Topic.FILES, Kind.REFUSED, "The last line of a file has no line feed.",
			"Put a line feed at the end of the file."),

	LINE_OUTSIDE_SECTION(Topic.FILES, Kind.REFUSED, "A line comes before the first section.",
			"Move the line into a section; a SPOE file has `spoe-agent`, `spoe-message` and `spoe-group`."),

	SCOPE(Topic.FILES, Kind.REFUSED, "A scope of a SPOE file is not a name in brackets.",
			"Write it as `[name]`, with the characters A-Z a-z 0-9 . : - and _ in the name."),

	DIRECTIVE(Topic.FILES, Kind.REFUSED, "A directive such as `.notice` is not known, or has too many words.",
			"Correct the directive."),

	ALERT(Topic.FILES, Kind.REFUSED, "The configuration itself has an `.alert`.", "Do what the alert says."),

	CONDITION(Topic.FILES, Kind.REFUSED, "HAProxy cannot evaluate the condition of an `.if`.",
			"Correct the condition."),

	CONDITIONAL_BLOCK(Topic.FILES, Kind.REFUSED, "`.if`, `.elif`, `.else` and `.endif` do not match.",
			"Add the missing one."),

	CONDITION_OPEN(Topic.FILES, Kind.HINT, "The condition of an `.if` depends on how HAProxy was built.",
			"Look at the other case as well."),

	VARIABLE_NOT_SET(Topic.FILES, Kind.HINT,
			"An environment variable is not set here. It may be set where HAProxy runs.",
			"Set it to the value that it has where HAProxy runs."),

	DEFAULTS_UNKNOWN(Topic.FILES, Kind.REFUSED, "A section names a `defaults` section that does not come before it.",
			"Correct the name behind `from`."),

	SPOE_FILE_IS_MAIN_FILE(Topic.FILES, Kind.REFUSED, "A filter names a main file.",
			"Put SPOE's sections into a file of their own."),

	SPOE_FILE_ELSEWHERE(Topic.FILES, Kind.HINT,
			"A SPOE file is not where HAProxy looks for it, but beside the main file.",
			"Check with the paths that HAProxy has."),

	SPOE_FILE_IN_FOLDER(Topic.FILES, Kind.HINT,
			"A SPOE file is among the main files of a folder, which HAProxy refuses.",
			"Give it another ending than `.cfg`, or another folder."),

	NO_SPOE_FILTER(Topic.FILTERS, Kind.HINT, "No section has a `filter spoe`, and no SPOE file is named.",
			"Name the main file with the filter, or a SPOE file."),

	FILTER_SYNTAX(Topic.FILTERS, Kind.REFUSED, "A `filter spoe` line has other words than `engine` and `config`.",
			"Write `filter spoe engine <name> config <file>`."),

	FILTER_IN_DEFAULTS(Topic.FILTERS, Kind.REFUSED, "A filter is in a `defaults` section.",
			"Move the filter into the frontends and backends that need it."),

	ENGINE_WITHOUT_AGENT(Topic.FILTERS, Kind.REFUSED, "The SPOE file has no `spoe-agent` in the scope of the engine.",
			"Begin the part of the file with `[<engine>]`, or correct the name of the engine."),

	ENGINE_TWICE(Topic.FILTERS, Kind.REFUSED, "Two filters of a proxy have the same engine.",
			"Remove one of the filters, or give it another engine."),

	ENGINE_UNKNOWN(Topic.FILTERS, Kind.REFUSED,
			"A rule sends a group of an engine that its own section has no filter for.",
			"Move the rule and the filter into the same section."),

	ENGINES_FOR_ONE_EVENT(Topic.FILTERS, Kind.HINT,
			"Two engines with the same backend and the same timeout send messages on the same event, one after the other.",
			"Put the messages into one engine, which sends them together."),

	SCOPE_UNUSED(Topic.FILTERS, Kind.HINT,
			"No filter names a scope of the SPOE file: HAProxy skips the scope, with its mistakes.",
			"Add the filter, or correct the name of the scope."),

	COMPRESSION_WITHOUT_FILTER(Topic.FILTERS, Kind.REFUSED,
			"A proxy with a filter has `compression`, but no `filter compression`.",
			"Add `filter compression` to the proxy."),

	CACHE_WITHOUT_FILTER(Topic.FILTERS, Kind.REFUSED, "A proxy with a filter uses a cache, but has no `filter cache`.",
			"Add `filter cache <name>` to the proxy."),

	FILTER_UNKNOWN(Topic.FILTERS, Kind.REFUSED,
			"HAProxy has no filter of this kind, or the line is not a `filter` line.",
			"Write `filter spoe engine <name> config <file>`; a filter is switched off by removing its line."),

	SECTION_NAME(Topic.AGENTS, Kind.REFUSED,
			"A section of the SPOE file has no name, or one that HAProxy does not take.",
			"Give it one name of the characters A-Z a-z 0-9 _ . : and -."),

	AGENT_TWICE(Topic.AGENTS, Kind.REFUSED, "A scope has two `spoe-agent` sections.",
			"Give the second agent a scope and a filter of its own."),

	AGENT_KEYWORD(Topic.AGENTS, Kind.REFUSED, "A `spoe-agent` section has a keyword that HAProxy does not know.",
			"Correct or remove the line."),

	AGENT_OPTION(Topic.AGENTS, Kind.REFUSED, "A `spoe-agent` section has an option that HAProxy does not know.",
			"Correct or remove the line."),

	NO_NOT_SUPPORTED(Topic.AGENTS, Kind.REFUSED, "`no` is before a setting that HAProxy cannot switch off.",
			"Remove the line, and the one that it is to switch off."),

	VALUE_MISSING(Topic.AGENTS, Kind.REFUSED, "A line ends where HAProxy expects a value.", "Add the value."),

	TOO_MANY_WORDS(Topic.AGENTS, Kind.REFUSED, "A line has more words than HAProxy takes.",
			"Remove the words, or put quotes around what belongs together."),

	VALUE_INVALID(Topic.AGENTS, Kind.REFUSED, "HAProxy does not take a value of a `spoe-agent` section.",
			"Correct the value."),

	TIME_WITH_REST(Topic.AGENTS, Kind.WARNING, "HAProxy reads a time up to its first unit, and ignores what follows.",
			"Write the time with one unit, such as 1500ms."),

	VARIABLE_NAME_INVALID(Topic.AGENTS, Kind.REFUSED,
			"The name of a variable, or the prefix, has a character that HAProxy does not take.",
			"Use the characters A-Z a-z 0-9 _ and . only."),

	AGENT_NAME_AS_PREFIX(Topic.AGENTS, Kind.REFUSED,
			"Without `option var-prefix` the name of the agent is the prefix of its variables, and it has a character that "
					+ "variables cannot have.",
			"Add `option var-prefix` with the characters A-Z a-z 0-9 _ and . only."),

	BACKEND_MISSING(Topic.AGENTS, Kind.REFUSED, "A `spoe-agent` section has no `use-backend`.",
			"Add `use-backend` with the name of the backend that has the agent's servers."),

	LISTED_TWICE(Topic.AGENTS, Kind.REFUSED, "A message or group is listed twice in a section.",
			"Remove one of the two."),

	MESSAGE_UNDEFINED(Topic.AGENTS, Kind.REFUSED, "A message is listed that the scope does not have.",
			"Correct the name, or add the `spoe-message` section to the scope."),

	GROUP_UNDEFINED(Topic.AGENTS, Kind.REFUSED, "The agent lists a group that the scope does not have.",
			"Correct the name, or add the `spoe-group` section to the scope."),

	AGENT_WITHOUT_MESSAGES(Topic.AGENTS, Kind.WARNING,
			"An agent has neither `messages` nor `groups`: HAProxy sends nothing.",
			"Add a `messages` line with the messages that are sent on an event."),

	PROCESSING_TIMEOUT_MISSING(Topic.AGENTS, Kind.WARNING,
			"`timeout processing` is missing or 0: a request waits for the agent without limit.",
			"Set `timeout processing` to what a request may wait for the agent."),

	HANDSHAKE_TIMEOUTS_MISSING(Topic.AGENTS, Kind.WARNING, Versions.UP_TO_3_0,
			"`timeout hello` or `timeout idle` is missing or 0.", "Set both, for example to 2s and 2m."),

	SET_ON_ERROR_MISSING(Topic.AGENTS, Kind.HINT,
			"Without `option set-on-error` no rule can tell that the agent did not answer.",
			"Add `option set-on-error error`, and rules that read the variable."),

	SET_ON_ERROR_UNREAD(Topic.AGENTS, Kind.HINT,
			"No rule reads the variable of `option set-on-error`, and the agent has no `log`: nobody learns of errors.",
			"Read the variable in a rule or in the log format, or add `log global` to the agent."),

	FAIL_OPEN_UNDECIDED(Topic.AGENTS, Kind.HINT,
			"Rules refuse requests by a variable of the agent, and no rule covers requests without an answer: those pass.",
			"Add a rule with the variable of `option set-on-error` in its condition, or one with `-m found`."),

	ABORT_ON_CLOSE(Topic.AGENTS, Kind.HINT, Versions.SINCE_3_3,
			"Rules refuse requests by a variable of the agent, and a client that closes its side of the connection ends HAProxy's wait for the agent: its request passes.",
			"Add `no option abortonclose` to the `defaults` section, or a rule that refuses requests without an answer."),

	CONTINUE_ON_ERROR_MISSING(Topic.AGENTS, Kind.HINT,
			"After an error HAProxy skips the agent's further events and groups of the same transaction.",
			"Add `option continue-on-error` if each event is to be tried by itself."),

	FRAGMENTS_ENABLED(Topic.AGENTS, Kind.HINT, Versions.UP_TO_3_0,
			"A message that does not fit into a frame makes HAProxy reconnect in a loop, unless the agent takes fragments.",
			"Add `no option send-frag-payload`, unless the agent takes fragments."),

	SETTING_WITHOUT_EFFECT(Topic.AGENTS, Kind.HINT, Versions.SINCE_3_1,
			"This version of HAProxy ignores a setting of the agent.", "Remove the line."),

	PIPELINING_OFF(Topic.AGENTS, Kind.HINT,
			"With `no option pipelining` a connection carries one message at a time: HAProxy opens as many as there are requests.",
			"Remove the line, unless the agent cannot take several messages at a time."),

	SECTION_TWICE(Topic.MESSAGES, Kind.REFUSED, "Two sections of a scope have the same type and name.",
			"Rename or remove one of them."),

	MESSAGE_KEYWORD(Topic.MESSAGES, Kind.WARNING,
			"A `spoe-message` section has a keyword that HAProxy does not know, and ignores.",
			"Use `args`, `event` or `acl`, or remove the line."),

	GROUP_KEYWORD(Topic.MESSAGES, Kind.REFUSED, "A `spoe-group` section has another keyword than `messages`.",
			"Correct or remove the line."),

	EVENT_UNKNOWN(Topic.MESSAGES, Kind.REFUSED, "HAProxy has no event of this name.",
			"Use one of HAProxy's eight events: `on-client-session`, `on-frontend-tcp-request`, `on-frontend-http-request`, `on-backend-tcp-request`, "
					+ "`on-backend-http-request`, `on-server-session`, `on-tcp-response` or `on-http-response`."),

	EVENT_CONDITION(Topic.MESSAGES, Kind.REFUSED, "HAProxy cannot read the condition of an event.",
			"Write `if` or `unless` and the names of ACLs, or anonymous ones in braces with blanks around each brace."),

	ACL_INVALID(Topic.MESSAGES, Kind.REFUSED, "HAProxy cannot read an `acl` line of a message.",
			"Write `acl <name> <fetch> <values>`, with a name of the characters A-Z a-z 0-9 _ . : and -."),

	SPOE_MESSAGE_WITHOUT_EVENT(Topic.MESSAGES, Kind.WARNING,
			"The agent lists a message that has no event: HAProxy never sends it.",
			"Add an `event` line, or put the message into a group that a rule sends."),

	MESSAGE_UNUSED(Topic.MESSAGES, Kind.WARNING,
			"Neither the agent nor one of its groups lists a message: HAProxy never sends it.",
			"Add the message to a `messages` line."),

	EVENT_TWICE(Topic.MESSAGES, Kind.WARNING, "A message has two events, of which only the last one counts.",
			"Remove the others, or make another message for each."),

	EVENT_IN_GROUP(Topic.MESSAGES, Kind.WARNING,
			"A message has an event, but only a group lists it: it is sent with the group, not on the event.",
			"Remove the event, or add the message to the `messages` line of the agent."),

	MESSAGE_SENT_TWICE(Topic.MESSAGES, Kind.WARNING, "A message is sent on its event, and once more with its group.",
			"Take the message out of the group, or off the `messages` line of the agent."),

	FRONTEND_EVENT_IN_BACKEND(Topic.MESSAGES, Kind.WARNING,
			"A message has an event of frontends, but the filter is in a backend: HAProxy never sends it.",
			"Move the filter into the frontend, or use an event of backends."),

	HTTP_EVENT_IN_TCP_MODE(Topic.MESSAGES, Kind.WARNING,
			"A message has an event of HTTP, but the proxy of the filter is in `mode tcp`: HAProxy never sends it.",
			"Set `mode http`, or use an event of TCP."),

	BACKEND_HTTP_EVENT_WAITS(Topic.MESSAGES, Kind.HINT, Versions.FROM_3_2_TO_3_3,
			"Releases of HAProxy before February 2026 hold requests with `on-backend-http-request` for the whole `timeout queue`.",
			"Update HAProxy, or send a group with `http-request send-spoe-group` in the backend."),

	MESSAGE_IN_TWO_GROUPS(Topic.MESSAGES, Kind.REFUSED, "A message is in two groups of the agent.",
			"Make a second message for the second group."),

	GROUP_NOT_LISTED(Topic.MESSAGES, Kind.WARNING, "The agent does not list a group: no rule can send it.",
			"Add the group to a `groups` line of the agent."),

	GROUP_NEVER_SENT(Topic.MESSAGES, Kind.WARNING, "No rule sends a group of the agent.",
			"Add `http-request send-spoe-group <engine> <group>` where it is to be sent."),

	GROUP_EMPTY(Topic.MESSAGES, Kind.WARNING, "A group has no messages.", "Add a `messages` line."),

	SEND_SYNTAX(Topic.MESSAGES, Kind.REFUSED, "`send-spoe-group` does not have exactly an engine and a group.",
			"Write `send-spoe-group <engine> <group>`, and `if` or `unless` if there is a condition."),

	SEND_PLACE(Topic.MESSAGES, Kind.REFUSED, "`send-spoe-group` is in a set of rules that cannot have it.",
			"Use it in http-request, http-response, tcp-request content or tcp-response content rules."),

	SEND_UNKNOWN_GROUP(Topic.MESSAGES, Kind.REFUSED, "A rule sends a group that the agent of the engine does not list.",
			"Correct the name, or add the group to the `groups` line of the agent."),

	SEND_CONDITION(Topic.MESSAGES, Kind.REFUSED,
			"The condition of `send-spoe-group` names an ACL that is not there, or has no closing brace.",
			"Correct the name, or put the `acl` line before the rule, in the same section."),

	SAMPLE_INVALID(Topic.ARGUMENTS, Kind.REFUSED, "HAProxy cannot read the sample expression of an argument.",
			"Correct the expression; HAProxy's configuration manual lists fetches and converters in section 7."),

	SAMPLE_UNKNOWN(Topic.ARGUMENTS, Kind.REFUSED, "HAProxy has no fetch or converter of this name.",
			"Correct the name; HAProxy's configuration manual lists fetches and converters in section 7."),

	SAMPLE_TOO_NEW(Topic.ARGUMENTS, Kind.REFUSED, "This version of HAProxy does not have a fetch or converter.",
			"Use another one, or another version of HAProxy."),

	SAMPLE_NOT_AVAILABLE(Topic.ARGUMENTS, Kind.REFUSED,
			"An argument takes what HAProxy does not have at the event of the message, or where its group is sent.",
			"Use another event, or leave the argument out."),

	HTTP_SAMPLE_WITHOUT_HTTP(Topic.ARGUMENTS, Kind.WARNING,
			"An argument takes something of HTTP where HAProxy reads no HTTP: it is always NULL.",
			"Set `mode http` and use an event of HTTP, or leave the argument out."),

	BODY_WITHOUT_WAIT(Topic.ARGUMENTS, Kind.WARNING,
			"An argument takes the body, but nothing makes HAProxy wait for it: it is empty or cut.",
			"Add `option http-buffer-request` to the proxy, or send a group after `wait-for-body`."),

	UNIQUE_ID_WITHOUT_FORMAT(Topic.ARGUMENTS, Kind.WARNING,
			"An argument takes `unique-id`, and the frontend has no `unique-id-format`: it is always NULL.",
			"Add `unique-id-format %{+X}o%ci:%cp_%fi:%fp_%Ts_%rt:%pid` to the frontend, or another format."),

	TOO_MANY_ARGUMENTS(Topic.ARGUMENTS, Kind.BROKEN,
			"A message has more than 255 arguments: HAProxy counts them modulo 256, and no agent can read it.",
			"Make several messages of it."),

	ARGUMENT_NAME(Topic.ARGUMENTS, Kind.WARNING, "The name of an argument is empty or has a blank.",
			"Write `name=<sample>`, or the sample alone for an argument without name."),

	BACKEND_UNKNOWN(Topic.BACKENDS, Kind.REFUSED, "The backend that `use-backend` names does not exist.",
			"Correct the name, add the backend to HAProxy's main configuration, or name the file that has it as well, "
					+ "as with several -f of HAProxy."),

	BACKEND_MODE(Topic.BACKENDS, Kind.REFUSED, "The backend of an agent is in another mode than `tcp` or `spop`.",
			"Set `mode spop`, or `mode tcp` for HAProxy up to 3.0."),

	MODE_SPOP_UNKNOWN(Topic.BACKENDS, Kind.REFUSED, Versions.UP_TO_3_0,
			"`mode spop` and `proto spop` exist since HAProxy 3.1.",
			"Use `mode tcp`, which later versions turn into `mode spop`."),

	HEALTHCHECK_UNKNOWN(Topic.BACKENDS, Kind.REFUSED, Versions.UP_TO_3_3,
			"`healthcheck` sections exist since HAProxy 3.4.", "Use `option spop-check` in the backend."),

	CLIENTS_TO_AGENT(Topic.BACKENDS, Kind.REFUSED,
			"A frontend sends its clients to the backend of an agent. Up to 3.0, HAProxy takes that from one in `mode tcp`.",
			"Send them to another backend: agents do not talk to clients."),

	CLIENTS_TO_AGENT_TCP(Topic.BACKENDS, Kind.BROKEN, Versions.UP_TO_3_0,
			"A frontend in `mode tcp` sends its clients to the backend of an agent.",
			"Send them to another backend: agents do not talk to clients."),

	SPOP_MODE_IN_FRONTEND(Topic.BACKENDS, Kind.REFUSED, Versions.SINCE_3_1, "A frontend is in `mode spop`.",
			"Use `mode spop` in backends only."),

	BACKEND_WITHOUT_SERVER(Topic.BACKENDS, Kind.BROKEN, "The backend of an agent has no server: each message fails.",
			"Add a `server` line with the address of the agent."),

	SPOP_CHECK_WITHOUT_CHECK(Topic.BACKENDS, Kind.WARNING,
			"`option spop-check` has no effect, as no server of the backend has `check`.",
			"Add `check` to the `server` line."),

	HTTP_CHECK_OF_AGENT(Topic.BACKENDS, Kind.WARNING,
			"HAProxy checks an agent with `option httpchk`: no agent answers HTTP, and its server is DOWN.",
			"Add `option spop-check` to the backend."),

	SERVER_WITHOUT_PORT(Topic.BACKENDS, Kind.WARNING, "A server of the agent's backend has no port.",
			"Add the port on which the agent listens."),

	SERVER_TIMEOUT_TOO_SHORT(Topic.BACKENDS, Kind.WARNING,
			"`timeout server` of the agent's backend is not above `timeout processing`: it ends connections with other "
					+ "requests on them.",
			"Set `timeout server` to more than `timeout processing`."),

	SERVER_TIMEOUT_BELOW_IDLE(Topic.BACKENDS, Kind.HINT, Versions.UP_TO_3_0,
			"`timeout server` of the agent's backend is not above `timeout idle`: idle connections end with an error.",
			"Set `timeout server` to more than `timeout idle`."),

	CONNECTION_FOR_EACH_MESSAGE(Topic.BACKENDS, Kind.WARNING, Versions.SINCE_3_1,
			"A setting of the agent's backend makes HAProxy open a connection for each message.",
			"Remove the setting."),

	REUSE_WITHOUT_EFFECT(Topic.BACKENDS, Kind.HINT,
			"`http-reuse` has no effect in the backend of an agent: HAProxy shares the connections to agents.",
			"Remove the line."),

	CHECK_WITHOUT_PORT(Topic.BACKENDS, Kind.REFUSED, "A server of the agent's backend has `check`, but no port.",
			"Add the port on which the agent listens to the address."),

	TLS_NOT_VERIFIABLE(Topic.BACKENDS, Kind.REFUSED,
			"A server of the agent's backend has `ssl`, but nothing to verify its certificate with.",
			"Add `ca-file <file>`, or `verify none` if nobody else can answer at the address."),

	PROXY_TWICE(Topic.BACKENDS, Kind.REFUSED, "Two sections have the same name.", "Rename or remove one of them."),

	SEND_PROXY_TO_AGENT(Topic.BACKENDS, Kind.WARNING,
			"A server of the agent's backend has `send-proxy`: agents do not expect the PROXY protocol.",
			"Remove it from the `server` line."),

	VARIABLE_NEVER_SET(Topic.VARIABLES, Kind.WARNING, "A rule reads a variable that nothing sets.",
			"Correct the name; variables of an agent are <scope>.<prefix>.<name>."),

	VARIABLE_SCOPE(Topic.VARIABLES, Kind.WARNING,
			"A rule reads a variable that HAProxy sets for the agent in another scope.", "Read it in the scope `txn`."),

	VARIABLE_UNREAD(Topic.VARIABLES, Kind.HINT, "Nothing reads a variable that HAProxy sets for the agent.",
			"Read it in a rule or a log format, or remove the option."),

	VARIABLE_NAME_LONG(Topic.VARIABLES, Kind.WARNING,
			"A variable of an agent has more than 63 characters with scope and prefix: HAProxy drops it.",
			"Shorten the name or the prefix."),

	MESSAGE_WITHOUT_HANDLER(Topic.HANDLERS, Kind.WARNING, "HAProxy sends a message that no handler takes.",
			"Add a handler, or remove the message."),

	HANDLER_WITHOUT_MESSAGE(Topic.HANDLERS, Kind.WARNING, "HAProxy never sends a message that a handler takes.",
			"Add the `spoe-message` section, and its name to the agent or a group."),

	MESSAGE_AT_OTHER_LISTENER(Topic.HANDLERS, Kind.BROKEN, "A message goes to a listener that its handler is not for.",
			"Add the listener to those of the handler, or use the backend of another listener."),

	ARGUMENT_MISSING(Topic.HANDLERS, Kind.BROKEN, "A handler needs an argument that the message does not have.",
			"Add the argument to `args`, or make it optional."),

	ARGUMENT_TYPE(Topic.HANDLERS, Kind.BROKEN, "A handler cannot take an argument of the type that HAProxy sends.",
			"Send another sample, or change the type of the parameter."),

	DEADLINE_TOO_LONG(Topic.HANDLERS, Kind.WARNING,
			"The deadline of a handler is not below `timeout processing`: HAProxy gives up before the answer.",
			"Raise `timeout processing`, or lower the deadline."),

	EVENT_DIFFERS(Topic.HANDLERS, Kind.WARNING,
			"A message is sent on another event, or with another group, than its handler declares.",
			"Correct the event of the message, or the declaration."),

	FAIL_CLOSED_MISSING(Topic.HANDLERS, Kind.WARNING,
			"A handler declares that requests without an answer are refused, and no rule does so.",
			"Add `http-request deny deny_status 503 if { var(txn.<prefix>.<error>) -m found }`, or with TCP "
					+ "`tcp-request content reject` and the same condition."),

	VARIABLE_NOT_OF_HANDLER(Topic.HANDLERS, Kind.WARNING, "A rule reads a variable of the agent that no handler sets.",
			"Correct the name or the scope."),

	VARIABLE_TYPE(Topic.HANDLERS, Kind.WARNING,
			"A rule compares a variable as a type that its values cannot be turned into.",
			"Use another `-m`, or set a value of another type."),

	VARIABLE_OF_HANDLER_UNREAD(Topic.HANDLERS, Kind.HINT, "Nothing reads a variable that a handler sets.",
			"Read it in a rule or a log format."),

	VARIABLE_NOT_REGISTERED(Topic.HANDLERS, Kind.WARNING,
			"HAProxy drops a variable of the scope `proc`, as its configuration does not mention the name.",
			"Add the name to `register-var-names` of the agent."),

	BACKEND_WITHOUT_LISTENER(Topic.HANDLERS, Kind.WARNING,
			"A server of the agent's backend does not lead to a listener of the agent.",
			"Correct the address of the server, or the one of the listener."),

	BACKEND_TLS(Topic.HANDLERS, Kind.BROKEN, "The TLS settings of a server and of its listener do not match.",
			"Add `ssl` to the server, and `crt` if the listener asks for a certificate; or remove `ssl`.");

	private final Topic topic;

	private final Kind kind;

	private final Versions versions;

	private final String sentence;

	private final String remedy;

	Rule(Topic topic, Kind kind, String sentence, String remedy) {
		this(topic, kind, Versions.ALL, sentence, remedy);
	}

	Rule(Topic topic, Kind kind, Versions versions, String sentence, String remedy) {
		this.topic = topic;
		this.kind = kind;
		this.versions = versions;
		this.sentence = sentence;
		this.remedy = remedy;
	}

	String id() {
		return name().toLowerCase(Locale.ROOT).replace('_', '-');
	}

	Severity severity() {
		return this.kind.severity;
	}

	String remedy() {
		return this.remedy;
	}

	boolean holdsFor(HaproxyVersion version) {
		return this.versions.include(version);
	}

	RuleDescription describe() {
		return new RuleDescription(id(), severity(), this.kind == Kind.REFUSED, this.sentence, this.remedy,
				this.versions.text, "haproxy-configuration.md#" + this.topic.name().toLowerCase(Locale.ROOT));
	}

	/**
	 * The sections of the page in the documentation.
	 */
	enum Topic {

		FILES, FILTERS, AGENTS, MESSAGES, ARGUMENTS, BACKENDS, VARIABLES, HANDLERS

	}

	/**
	 * The kinds of rules.
	 */
	private enum Kind {

		/** HAProxy refuses the configuration. */
		REFUSED(Severity.ERROR),

		/** HAProxy accepts the configuration, but a part of it cannot work. */
		BROKEN(Severity.ERROR),

		/** HAProxy does something else than one would expect. */
		WARNING(Severity.WARNING),

		/** The configuration works, but there is a better way. */
		HINT(Severity.HINT);

		private final Severity severity;

		Kind(Severity severity) {
			this.severity = severity;
		}

	}

	/**
	 * The versions for which a rule holds.
	 */
	private enum Versions {

		ALL("all", 0, 0, 9999, 0), UP_TO_3_0("up to 3.0", 0, 0, 3, 0), UP_TO_3_3("up to 3.3", 0, 0, 3, 3),
		SINCE_3_1("3.1 and later", 3, 1, 9999, 0), SINCE_3_3("3.3 and later", 3, 3, 9999, 0),
		FROM_3_2_TO_3_3("3.2 and 3.3", 3, 2, 3, 3);

		private final String text;

		private final int firstMajor;

		private final int firstMinor;

		private final int lastMajor;

		private final int lastMinor;

		Versions(String text, int firstMajor, int firstMinor, int lastMajor, int lastMinor) {
			this.text = text;
			this.firstMajor = firstMajor;
			this.firstMinor = firstMinor;
			this.lastMajor = lastMajor;
			this.lastMinor = lastMinor;
		}

		private boolean include(HaproxyVersion version) {
			return version.isAtLeast(this.firstMajor, this.firstMinor)
					&& !version.isAtLeast(this.lastMajor, this.lastMinor + 1);
		}

	}

}
