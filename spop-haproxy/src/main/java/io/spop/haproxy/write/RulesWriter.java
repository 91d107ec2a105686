package io.spop.haproxy.write;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import io.spop.haproxy.ArgumentDescription;
import io.spop.haproxy.HaproxyVersion;
import io.spop.haproxy.MessageDescription;
import io.spop.haproxy.OnError;
import io.spop.haproxy.SpoeEvent;
import io.spop.haproxy.VariableDescription;
import org.jspecify.annotations.Nullable;

/**
 * Writes the lines of the frontend, and those of the backends behind it.
 */
final class RulesWriter {

	private static final Pattern REQUEST_BODY = Pattern.compile("\\breq\\.body|\\bbody_param\\b");

	private static final Pattern RESPONSE_BODY = Pattern.compile("\\bres\\.body");

	private static final Pattern UNIQUE_ID = Pattern.compile("\\bunique-id\\b");

	private static final Pattern VALID_NAME = Pattern.compile("[A-Za-z0-9_.]+");

	private final List<WrittenEngine> engines;

	private final StringBuilder text = new StringBuilder();

	private final HaproxyVersion version;

	private RulesWriter(List<WrittenEngine> engines, HaproxyVersion version) {
		this.engines = engines;
		this.version = version;
	}

	/**
	 * Return the lines for the frontend.
	 */
	static String frontend(List<WrittenEngine> engines, HaproxyVersion version) {
		RulesWriter writer = new RulesWriter(engines, version);
		writer.wait(true);
		writer.filters();
		for (RuleSet rules : RuleSet.values()) {
			if (rules.isInFrontend()) {
				writer.rules(rules);
			}
		}
		writer.unsendable();
		writer.variables();
		return writer.text.toString();
	}

	/**
	 * Return the lines for the backends that the frontend uses.
	 */
	static String backend(List<WrittenEngine> engines, HaproxyVersion version) {
		RulesWriter writer = new RulesWriter(engines, version);
		writer.wait(false);
		for (RuleSet rules : RuleSet.values()) {
			if (!rules.isInFrontend()) {
				writer.rules(rules);
			}
		}
		return writer.text.toString();
	}

	/**
	 * Return lines that show in headers of the response what rules can read.
	 */
	static String headers(List<WrittenEngine> engines, HaproxyVersion version) {
		RulesWriter writer = new RulesWriter(engines, version);
		Set<String> names = new LinkedHashSet<>();
		engines.forEach((engine) -> engine.messages()
			.forEach((message) -> message.variables()
				.stream()
				.filter((variable) -> VALID_NAME.matcher(variable.name()).matches())
				.forEach((variable) -> names.add(variable.scope() + "." + variable.name()))));
		engines.forEach((engine) -> names.add("txn." + engine.errorVariable()));
		writer.text.append('\n');
		writer.line("# To see what is set");
		for (String name : names) {
			String[] parts = name.split("\\.", 2);
			String variable = WrittenEngine.variable(parts[0], parts[1]);
			if (!WrittenEngine.isTooLong(variable) && !"req".equals(parts[0])) {
				writer.line("http-after-response set-header X-" + name.replace('.', '-') + " %[var(" + variable + ")]");
			}
		}
		return writer.text.toString();
	}

	/**
	 * Have HAProxy wait for the agent although the client has closed its side, if
	 * requests without an answer pass.
	 */
	private void wait(boolean frontend) {
		if (this.version.isAtLeast(3, 3) && messages((message) -> message.onError() != OnError.CLOSED)
			.anyMatch((message) -> isOfRequest(message, frontend))) {
			line("# A client that closes its side would end the wait for the agent, and its request would pass");
			line("no option abortonclose");
		}
	}

	private static boolean isOfRequest(MessageDescription message, boolean frontend) {
		boolean byEvent = WrittenEngine.isByEvent(message);
		if (!byEvent && Words.nullIfBlank(message.group()) == null) {
			return false;
		}
		return switch (byEvent ? RuleSet.of(message.event()) : RuleSet.sending(message.event())) {
			case FRONTEND_TCP_REQUEST, FRONTEND_HTTP_REQUEST -> frontend;
			case BACKEND_TCP_REQUEST, BACKEND_HTTP_REQUEST -> !frontend;
			case TCP_RESPONSE, HTTP_RESPONSE -> false;
		};
	}

	private void filters() {
		if (messages((message) -> reads(message, UNIQUE_ID)).findAny().isPresent()) {
			line("# Without a format the unique-id is empty");
			line("unique-id-format %[uuid]");
		}
		if (messages((message) -> WrittenEngine.isByEvent(message) && reads(message, REQUEST_BODY)).findAny()
			.isPresent()) {
			line("# The body has to be there before the event");
			line("option http-buffer-request");
		}
		messages((message) -> WrittenEngine.isByEvent(message) && reads(message, RESPONSE_BODY))
			.forEach((message) -> line("# TODO: HAProxy does not wait for the body of a response before the event of "
					+ message.name() + "; only a group can send it"));
		line("# The file is looked for where HAProxy was started");
		for (WrittenEngine engine : this.engines) {
			String filter = "filter spoe engine " + engine.name() + " config spoe.conf";
			// HAProxy warns of engines that send nothing
			line(engine.sends() ? filter : "# TODO " + filter + ": when a message of it has an event or a group");
		}
	}

	private void rules(RuleSet rules) {
		int start = this.text.length();
		for (WrittenEngine engine : this.engines) {
			List<MessageDescription> byEvent = engine.messages()
				.stream()
				.filter((message) -> WrittenEngine.isByEvent(message) && RuleSet.of(message.event()) == rules)
				.toList();
			onError(engine, rules, byEvent);
		}
		for (WrittenEngine engine : this.engines) {
			engine.groups().forEach((group, messages) -> {
				if (RuleSet.sending(WrittenEngine.event(messages)) == rules && rules.isInFrontend()) {
					send(engine, rules, group, messages);
					onError(engine, rules, messages);
				}
			});
		}
		if (this.text.length() > start) {
			this.text.insert(start, '\n');
		}
	}

	private void send(WrittenEngine engine, RuleSet rules, String group, List<MessageDescription> messages) {
		Set<SpoeEvent> events = new LinkedHashSet<>(messages.stream().map(MessageDescription::event).toList());
		events.remove(SpoeEvent.NONE);
		if (events.size() > 1) {
			line("# TODO: the messages of this group name different events; one rule sends them all");
		}
		else if (WrittenEngine.event(messages) == SpoeEvent.NONE) {
			line("# TODO: move this rule to the place among your own where HAProxy is to send the group");
		}
		else if (RuleSet.of(WrittenEngine.event(messages)) != rules) {
			line("# TODO: the handlers name " + WrittenEngine.event(messages).keyword()
					+ ". HAProxy sends a group where the filter is: for rules");
			line("# of the backend, move filter and rule there");
		}
		Set<@Nullable String> conditions = new LinkedHashSet<>();
		for (MessageDescription message : messages) {
			String condition = Words.nullIfBlank(message.condition());
			conditions.add((condition != null) ? Words.condition(WrittenEngine.who(message), condition) : null);
		}
		String only = conditions.iterator().next();
		String suffix = "";
		if (conditions.size() > 1) {
			line("# TODO: the messages of this group have different conditions, and HAProxy has one for the group:");
			conditions.stream().filter(Objects::nonNull).forEach((each) -> line("#   " + each));
		}
		else if (only != null) {
			suffix = " " + only;
		}
		Pattern body = (rules == RuleSet.HTTP_RESPONSE) ? RESPONSE_BODY : REQUEST_BODY;
		if (rules != RuleSet.FRONTEND_TCP_REQUEST && messages.stream().anyMatch((message) -> reads(message, body))) {
			line(rules.rule("wait-for-body time 1s" + suffix));
		}
		line(rules.rule("send-spoe-group " + engine.name() + " " + group + suffix));
	}

	private void onError(WrittenEngine engine, RuleSet rules, List<MessageDescription> messages) {
		List<MessageDescription> closed = with(messages, OnError.CLOSED);
		List<MessageDescription> undecided = with(messages, OnError.UNDECIDED);
		List<MessageDescription> open = with(messages, OnError.OPEN);
		if (!closed.isEmpty()) {
			line("# Fail closed: no answer, no passage (" + names(closed) + ")");
			line(rules.refusal(engine));
			closed.stream().map(MessageDescription::errorVariable).distinct().forEach((variable) -> {
				if (variable != null) {
					line(rules.refusal(
							"if { var(" + WrittenEngine.variable(variable.scope(), variable.name()) + ") -m bool }"));
				}
			});
			closed.stream()
				.filter((message) -> message.errorVariable() == null)
				.forEach((message) -> fallback(rules, message));
			undecided = List.of();
		}
		else if (!open.isEmpty()) {
			line("# Fail open: what has no answer passes (" + names(open) + ")");
		}
		if (!undecided.isEmpty()) {
			line("# TODO: decide whether what has no answer passes (" + names(undecided)
					+ "). It does without this rule:");
			line("# " + rules.refusal(engine));
		}
	}

	private void fallback(RuleSet rules, MessageDescription message) {
		line("# TODO: a handler of " + message.name()
				+ " that fails or is late gets the agent's fallback, which is an answer");
		line("# and no error. Have the fallback set a variable (spop.handler.error-variable.name), or refuse what has no");
		String known = message.variables()
			.stream()
			.filter((variable) -> VALID_NAME.matcher(variable.name()).matches())
			.map((variable) -> WrittenEngine.variable(variable.scope(), variable.name()))
			.findFirst()
			.orElse(null);
		if (known != null) {
			line("# variable that the handler always sets:");
			line("# " + rules.refusal("unless { var(" + known + ") -m found }"));
		}
		else {
			line("# variable that the handler always sets");
		}
	}

	private void unsendable() {
		for (WrittenEngine engine : this.engines) {
			engine.groups().forEach((group, messages) -> {
				if (!RuleSet.sending(WrittenEngine.event(messages)).isInFrontend()) {
					line("# TODO: a frontend has no rules that can send this group. Put its filter into the backend, and there");
					line("# " + RuleSet.TCP_RESPONSE.rule("send-spoe-group " + engine.name() + " " + group));
				}
			});
		}
	}

	private void variables() {
		this.text.append('\n');
		line("# What rules can read:");
		for (WrittenEngine engine : this.engines) {
			line("#   var(" + WrittenEngine.variable("txn", engine.errorVariable()) + ")  set where " + engine.name()
					+ " has no answer, to a number that says why");
		}
		for (WrittenEngine engine : this.engines) {
			for (MessageDescription message : engine.messages()) {
				message.variables().forEach((variable) -> variable(message, variable));
				if (!message.variablesComplete()) {
					line("#   " + WrittenEngine.variable("<scope>", "<name>") + "  what else " + message.name()
							+ " sets");
				}
			}
		}
	}

	private void variable(MessageDescription message, VariableDescription variable) {
		Words.refuseControl(WrittenEngine.who(message), "the variable", variable.scope() + "." + variable.name());
		String name = WrittenEngine.variable(variable.scope(), variable.name());
		line("#   var(" + name + ")  " + Words.types(variable.types()) + ", of " + message.name());
		if (WrittenEngine.isTooLong(name)) {
			line("# TODO: shorten this name; HAProxy drops variables of more than 63 characters");
		}
		if (!VALID_NAME.matcher(variable.name()).matches()) {
			line("# TODO: rename it; HAProxy drops variables with other characters than ASCII letters, digits, _ and .");
		}
	}

	private Stream<MessageDescription> messages(Predicate<MessageDescription> predicate) {
		return this.engines.stream().flatMap((engine) -> engine.messages().stream()).filter(predicate);
	}

	private static boolean reads(MessageDescription message, Pattern body) {
		return message.arguments()
			.stream()
			.map(ArgumentDescription::sample)
			.anyMatch((sample) -> sample != null && body.matcher(sample).find());
	}

	private static List<MessageDescription> with(List<MessageDescription> messages, OnError onError) {
		return messages.stream().filter((message) -> message.onError() == onError).toList();
	}

	private static String names(List<MessageDescription> messages) {
		return String.join(", ", messages.stream().map(MessageDescription::name).toList());
	}

	private void line(String line) {
		this.text.append("    ").append(line).append('\n');
	}

}
