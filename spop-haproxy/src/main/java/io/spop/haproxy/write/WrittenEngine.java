package io.spop.haproxy.write;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.spop.haproxy.AgentDescription;
import io.spop.haproxy.ListenerDescription;
import io.spop.haproxy.MessageDescription;
import io.spop.haproxy.OnError;
import io.spop.haproxy.SpoeEvent;
import org.jspecify.annotations.Nullable;

/**
 * An engine of HAProxy: messages with the same listeners, which make its backend, and the
 * same deadline, which makes its {@code timeout processing}.
 *
 * @param name the name of scope and agent
 * @param backend the name of its backend
 * @param errorVariable the variable that HAProxy sets where there is no answer, without
 * scope and prefix
 * @param listeners the names of the listeners, empty for all
 * @param deadline how long the handlers may take; {@code null} for no limit
 * @param messages the messages in the order in which HAProxy sends them
 */
record WrittenEngine(String name, String backend, String errorVariable, Set<String> listeners,
		@Nullable Duration deadline, List<MessageDescription> messages) {

	/**
	 * The prefix of all variables, between the scope and the name that the handler uses.
	 * All engines have the same prefix, because a handler does not know its engine.
	 */
	static final String PREFIX = "spop";

	private static final String BACKEND = "spop-agents";

	/** A longer deadline counts as no deadline. HAProxy's own limit is 24 days. */
	private static final Duration LONGEST = Duration.ofDays(1);

	private static final Duration LEAST_MARGIN = Duration.ofMillis(10);

	private static final Duration WITHOUT_DEADLINE = Duration.ofSeconds(1);

	private static final int LONGEST_VARIABLE = 63;

	static List<WrittenEngine> of(AgentDescription agent) {
		refuseAmbiguous(agent);
		Set<String> all = new LinkedHashSet<>(agent.listeners().stream().map(ListenerDescription::name).toList());
		Map<Key, List<MessageDescription>> byKey = new LinkedHashMap<>();
		for (MessageDescription message : agent.messages()) {
			Set<String> listeners = message.listeners().equals(all) ? Set.of() : message.listeners();
			byKey.computeIfAbsent(new Key(listeners, deadline(message), false), (key) -> new ArrayList<>())
				.add(message);
		}
		if (byKey.isEmpty()) {
			byKey.put(new Key(Set.of(), null, false), List.of());
		}
		return named(divided(byKey), all, agent);
	}

	private static @Nullable Duration deadline(MessageDescription message) {
		Duration deadline = message.timeout();
		if (deadline != null && (deadline.isNegative() || deadline.isZero())) {
			throw new IllegalArgumentException(who(message) + ": the deadline must be longer than 0");
		}
		return (deadline == null || deadline.compareTo(LONGEST) > 0) ? null : deadline;
	}

	private static void refuseAmbiguous(AgentDescription agent) {
		Map<String, List<MessageDescription>> byName = new LinkedHashMap<>();
		for (MessageDescription message : agent.messages()) {
			for (MessageDescription other : byName.computeIfAbsent(message.name(), (name) -> new ArrayList<>())) {
				if (message.listeners().isEmpty() || other.listeners().isEmpty()
						|| message.listeners().stream().anyMatch(other.listeners()::contains)) {
					throw new IllegalArgumentException(
							who(message) + " has two handlers for the same listener. One of them must go");
				}
			}
			byName.getOrDefault(message.name(), List.of()).add(message);
		}
	}

	// HAProxy has one error variable for each engine. Messages that fail closed and
	// messages that fail open get engines of their own if HAProxy sends them on different
	// occasions. Otherwise an error of the one that may fail would refuse a request for
	// which the other was not even sent.
	private static Map<Key, List<MessageDescription>> divided(Map<Key, List<MessageDescription>> byKey) {
		Map<Key, List<MessageDescription>> divided = new LinkedHashMap<>();
		byKey.forEach((key, messages) -> {
			boolean together = messages.stream().map(Sending::new).distinct().count() < 2
					|| messages.stream().map(WrittenEngine::isClosed).distinct().count() < 2;
			for (MessageDescription message : messages) {
				Key actual = new Key(key.listeners, key.deadline, !together && isClosed(message));
				divided.computeIfAbsent(actual, (added) -> new ArrayList<>()).add(message);
			}
			if (messages.isEmpty()) {
				divided.put(key, messages);
			}
		});
		return divided;
	}

	private static boolean isClosed(MessageDescription message) {
		return message.onError() == OnError.CLOSED;
	}

	private static List<WrittenEngine> named(Map<Key, List<MessageDescription>> byKey, Set<String> all,
			AgentDescription agent) {
		boolean byDeadline = byKey.keySet().stream().map(Key::deadline).distinct().count() > 1;
		Set<String> variables = new HashSet<>();
		agent.messages()
			.forEach((message) -> message.variables().forEach((variable) -> variables.add(variable.name())));
		Set<String> names = new HashSet<>();
		Map<Set<String>, String> backends = new LinkedHashMap<>();
		List<WrittenEngine> engines = new ArrayList<>();
		byKey.forEach((key, messages) -> {
			String listeners = suffix(key.listeners, all);
			String suffix = listeners;
			if (byDeadline) {
				suffix += (key.deadline != null) ? "-" + text(key.deadline) : "-no-deadline";
			}
			if (key.closed) {
				suffix += "-closed";
			}
			String name = unused(PREFIX + suffix, "-", names);
			String backend = backends.computeIfAbsent(key.listeners,
					(added) -> unused(BACKEND + listeners, "-", new HashSet<>(backends.values())));
			engines.add(new WrittenEngine(name, backend, errorVariable(suffix, variables), key.listeners, key.deadline,
					List.copyOf(messages)));
		});
		return engines;
	}

	private static String suffix(Set<String> listeners, Set<String> all) {
		StringBuilder suffix = new StringBuilder();
		all.stream().filter(listeners::contains).forEach((name) -> suffix.append('-').append(Words.part(name)));
		listeners.stream()
			.filter((name) -> !all.contains(name))
			.sorted()
			.forEach((name) -> suffix.append('-').append(Words.part(name)));
		return suffix.toString();
	}

	private static String errorVariable(String suffix, Set<String> taken) {
		String name = "error" + suffix.replace('-', '_').replace('.', '_');
		if (variable("txn", name).length() > LONGEST_VARIABLE - 4) {
			name = "error";
		}
		return unused(name, "_", taken);
	}

	private static String unused(String name, String separator, Set<String> used) {
		String unused = name;
		for (int i = 2; !used.add(unused); i++) {
			unused = name + separator + i;
		}
		return unused;
	}

	/**
	 * Return the name under which rules read a variable.
	 */
	static String variable(String scope, String name) {
		return scope + "." + PREFIX + "." + name;
	}

	static boolean isTooLong(String variable) {
		return variable.length() > LONGEST_VARIABLE;
	}

	/**
	 * Return how a sentence about a message begins.
	 */
	static String who(MessageDescription message) {
		return "Message '" + Words.printable(message.name()) + "'";
	}

	/**
	 * Return whether HAProxy has a message to send.
	 */
	boolean sends() {
		return !groups().isEmpty() || this.messages.stream().anyMatch(WrittenEngine::isByEvent);
	}

	static boolean isByEvent(MessageDescription message) {
		return message.event() != SpoeEvent.NONE && Words.nullIfBlank(message.group()) == null;
	}

	/**
	 * Return the messages of each group.
	 */
	Map<String, List<MessageDescription>> groups() {
		Map<String, List<MessageDescription>> groups = new LinkedHashMap<>();
		for (MessageDescription message : this.messages) {
			String group = Words.nullIfBlank(message.group());
			if (group != null) {
				groups.computeIfAbsent(group, (added) -> new ArrayList<>()).add(message);
			}
		}
		return groups;
	}

	/**
	 * Return the event that says where to send a group.
	 */
	static SpoeEvent event(List<MessageDescription> group) {
		return group.stream()
			.map(MessageDescription::event)
			.filter((event) -> event != SpoeEvent.NONE)
			.findFirst()
			.orElse(SpoeEvent.NONE);
	}

	/**
	 * Return how long HAProxy is to wait: as long as the handlers may take, and a tenth
	 * more, at least 10 ms, so that the fallback reaches HAProxy in time.
	 */
	Duration processing() {
		if (this.deadline == null) {
			return WITHOUT_DEADLINE;
		}
		Duration tenth = this.deadline.dividedBy(10);
		return this.deadline.plus((tenth.compareTo(LEAST_MARGIN) > 0) ? tenth : LEAST_MARGIN);
	}

	/**
	 * Return the condition that holds if this engine had an error.
	 */
	String failed() {
		return "{ var(" + variable("txn", this.errorVariable) + ") -m found }";
	}

	/**
	 * Return a duration as HAProxy reads it, in whole milliseconds, rounded up.
	 */
	static String text(Duration duration) {
		long millis = duration.plusNanos(999_999).toMillis();
		if (millis % 60_000 == 0) {
			return millis / 60_000 + "m";
		}
		return (millis % 1000 == 0) ? millis / 1000 + "s" : millis + "ms";
	}

	private record Key(Set<String> listeners, @Nullable Duration deadline, boolean closed) {

	}

	private record Sending(Object event, @Nullable String condition, @Nullable String group) {

		Sending(MessageDescription message) {
			this(message.event(), Words.nullIfBlank(message.condition()), Words.nullIfBlank(message.group()));
		}

	}

}
