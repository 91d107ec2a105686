package io.spop.haproxy.write;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

import io.spop.haproxy.ArgumentDescription;
import io.spop.haproxy.HaproxyVersion;
import io.spop.haproxy.MessageDescription;
import io.spop.haproxy.SpoeEvent;
import io.spop.haproxy.VariableDescription;
import io.spop.haproxy.config.SampleExpression;
import io.spop.haproxy.config.SamplePlace;
import org.jspecify.annotations.Nullable;

/**
 * Writes the SPOE file.
 */
final class SpoeFileWriter {

	/**
	 * HAProxy writes the number of arguments into one byte, and does not check that the
	 * number fits.
	 */
	private static final int MOST_ARGUMENTS = 255;

	/** A sample that keeps the place of an argument. HAProxy sends NULL for it. */
	private static final String PLACEHOLDER = "var(" + WrittenEngine.variable("txn", "todo") + ")";

	private final StringBuilder text = new StringBuilder();

	private final HaproxyVersion version;

	private SpoeFileWriter(HaproxyVersion version) {
		this.version = version;
	}

	static String write(List<WrittenEngine> engines, HaproxyVersion version) {
		SpoeFileWriter writer = new SpoeFileWriter(version);
		engines.forEach(writer::engine);
		return writer.text.toString();
	}

	private void engine(WrittenEngine engine) {
		Map<String, List<MessageDescription>> groups = engine.groups();
		this.text.append("\n[" + engine.name() + "]\nspoe-agent " + engine.name() + "\n");
		List<String> byEvent = new ArrayList<>();
		for (MessageDescription message : engine.messages()) {
			String name = Words.name(WrittenEngine.who(message), "the name of a message", message.name());
			String group = Words.nullIfBlank(message.group());
			if (group != null) {
				Words.name(WrittenEngine.who(message), "the name of a group", group);
			}
			else if (message.event() != SpoeEvent.NONE) {
				byEvent.add(name);
			}
			else {
				this.text.append("    # TODO messages " + name + ", when its section below has an event\n");
			}
		}
		if (engine.messages().isEmpty()) {
			this.text.append("    # TODO messages: the agent handles none\n");
		}
		this.text.append(Words.lines("messages", byEvent));
		this.text.append(Words.lines("groups", List.copyOf(groups.keySet())));
		settings(engine);
		groups.forEach((group, messages) -> this.text.append("\nspoe-group " + group + "\n"
				+ Words.lines("messages", messages.stream().map(MessageDescription::name).toList())));
		for (MessageDescription message : engine.messages()) {
			List<MessageDescription> group = groups.get(message.group());
			RuleSet rules = (group != null) ? RuleSet.sending(WrittenEngine.event(group)) : null;
			message(message, rules);
		}
	}

	private void settings(WrittenEngine engine) {
		line("option var-prefix " + WrittenEngine.PREFIX);
		line("option set-on-error " + engine.errorVariable());
		Set<String> process = new LinkedHashSet<>();
		for (MessageDescription message : engine.messages()) {
			for (VariableDescription variable : message.variables()) {
				if (variable.scope().equals("proc") && variable.name().matches("[A-Za-z0-9_.]+")) {
					process.add(variable.name());
				}
			}
		}
		this.text.append(Words.lines("register-var-names", List.copyOf(process)));
		if (engine.deadline() != null) {
			line("# The agent answers within " + WrittenEngine.text(engine.deadline()));
		}
		else if (!engine.messages().isEmpty()) {
			line("# TODO: the handlers have no deadline; set one there, and here how long a request may wait");
		}
		line("timeout processing " + WrittenEngine.text(engine.processing()));
		if (!this.version.isAtLeast(3, 1)) {
			line("timeout hello 2s");
			line("timeout idle 2m");
			line("no option async");
			line("no option send-frag-payload");
		}
		line("log global");
		line("option dontlog-normal");
		line("use-backend " + engine.backend());
	}

	private void message(MessageDescription message, @Nullable RuleSet rules) {
		this.text.append('\n');
		if (!message.handler().isBlank()) {
			this.text.append("# " + Words.printable(message.handler()).strip() + "\n");
		}
		this.text.append("spoe-message " + message.name() + "\n");
		arguments(message, rules);
		String condition = Words.nullIfBlank(message.condition());
		String suffix = (condition != null) ? " " + Words.condition(WrittenEngine.who(message), condition) : "";
		if (Words.nullIfBlank(message.group()) != null) {
			return;
		}
		if (message.event() != SpoeEvent.NONE) {
			line("event " + message.event().keyword() + suffix);
		}
		else {
			line("# TODO event on-..." + suffix + ": say when HAProxy is to send the message, or give it a group");
		}
	}

	private void arguments(MessageDescription message, @Nullable RuleSet rules) {
		List<@Nullable ArgumentDescription> places = places(message);
		int last = message.arguments().stream().mapToInt(ArgumentDescription::index).max().orElse(-1);
		List<String> words = new ArrayList<>();
		List<String> todo = new ArrayList<>();
		for (int i = 0; i < places.size(); i++) {
			ArgumentDescription argument = places.get(i);
			String sample = (argument != null) ? Words.nullIfBlank(argument.sample()) : null;
			String prefix = (argument != null) ? prefix(message, argument) : "";
			String obstacle = (sample != null) ? obstacle(sample, message, rules) : null;
			if (sample != null && obstacle == null) {
				words.add(word(message, prefix, sample));
				continue;
			}
			String kept = "";
			if (i < last) {
				words.add(word(message, prefix, PLACEHOLDER));
				kept = " instead of " + PLACEHOLDER;
			}
			if (sample != null) {
				todo.add("# TODO args " + word(message, prefix, sample) + kept + ": " + obstacle);
			}
			else {
				todo.add("# TODO args " + prefix + "<sample>" + kept + ": " + todo(i, argument));
			}
		}
		this.text.append(Words.lines("args", words));
		todo.forEach(this::line);
		if (!message.argumentsComplete()) {
			line("# TODO args ...: the handler reads the arguments by itself, so add those that it reads");
		}
	}

	private static String todo(int place, @Nullable ArgumentDescription argument) {
		if (argument == null) {
			return "the handler takes no argument at place " + place + ", but some behind it";
		}
		String where = (argument.index() >= 0) ? " at place " + place : "";
		return "what to send" + where + ", " + (argument.required() ? "required" : "optional") + ", "
				+ Words.types(argument.types());
	}

	/**
	 * Return why HAProxy would refuse a sample, as far as this is known.
	 */
	private @Nullable String obstacle(String sample, MessageDescription message, @Nullable RuleSet rules) {
		SampleExpression expression = SampleExpression.parse(sample);
		if (!expression.malformed().isEmpty()) {
			return Words.printable(expression.malformed());
		}
		if (!expression.isKnown(this.version)) {
			// A name that no version knows may be one of a module of HAProxy
			return expression.isKnown() ? "HAProxy " + this.version + " does not have it" : null;
		}
		Set<SamplePlace> places = expression.places(this.version);
		if (rules != null) {
			return places.contains(rules.place()) ? null : "HAProxy cannot send it from " + rules.keyword() + " rules";
		}
		SpoeEvent event = message.event();
		if (event == SpoeEvent.NONE || places.contains(SamplePlace.of(event))) {
			return null;
		}
		return "HAProxy does not have it at " + event.keyword();
	}

	private static List<@Nullable ArgumentDescription> places(MessageDescription message) {
		Map<String, ArgumentDescription> named = new LinkedHashMap<>();
		Map<Integer, ArgumentDescription> placed = new TreeMap<>();
		for (ArgumentDescription argument : message.arguments()) {
			// Two parameters may take the same argument
			if (argument.index() < 0) {
				named.merge(argument.names().get(0), argument, SpoeFileWriter::withSample);
			}
			else {
				placed.merge(argument.index(), argument, SpoeFileWriter::withSample);
			}
		}
		List<@Nullable ArgumentDescription> places = new ArrayList<>();
		Iterator<ArgumentDescription> rest = named.values().iterator();
		while (!placed.isEmpty() || rest.hasNext()) {
			ArgumentDescription argument = placed.remove(places.size());
			if (argument == null && rest.hasNext()) {
				argument = rest.next();
			}
			places.add(argument);
			if (places.size() > MOST_ARGUMENTS) {
				throw new IllegalArgumentException(WrittenEngine.who(message) + " has more than " + MOST_ARGUMENTS
						+ " arguments, and HAProxy cannot send so many. Take fewer");
			}
		}
		return places;
	}

	private static ArgumentDescription withSample(ArgumentDescription first, ArgumentDescription second) {
		return (Words.nullIfBlank(first.sample()) != null) ? first : second;
	}

	private static String prefix(MessageDescription message, ArgumentDescription argument) {
		if (argument.names().isEmpty()) {
			return "";
		}
		String name = argument.names().get(0);
		Words.refuseControl(WrittenEngine.who(message), "the argument", name);
		if (name.indexOf('=') >= 0) {
			throw new IllegalArgumentException(WrittenEngine.who(message) + ": the argument '" + name
					+ "' has a =, at which its name ends in HAProxy's configuration. Rename it");
		}
		return name.isEmpty() ? "" : name + "=";
	}

	private static String word(MessageDescription message, String prefix, String sample) {
		// Without the name, HAProxy would take the part of the sample before its = for
		// the name
		String separator = (prefix.isEmpty() && sample.indexOf('=') >= 0) ? "=" : "";
		return Words.quote(WrittenEngine.who(message), "the sample", prefix + separator + sample);
	}

	private void line(String line) {
		this.text.append("    ").append(line).append('\n');
	}

}
