package io.spop.handler;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import io.spop.agent.SpopExchange;
import io.spop.agent.SpopFinding;
import io.spop.agent.SpopFinding.Kind;
import io.spop.protocol.Arguments;
import io.spop.protocol.LogText;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopValue;
import org.jspecify.annotations.Nullable;

/**
 * Finds what is wrong with the messages of one handler. To cost little, it examines only
 * the first message and then one message every few seconds. It examines each message
 * while a required argument is missing, and if the messages have the length and the size
 * of a body. Safe to use by any thread.
 */
final class MessageWatch {

	/**
	 * The largest number of argument names that are shown, and of findings that are kept.
	 */
	private static final int MAX = 20;

	/** The time after which an event that does not occur again is no longer a finding. */
	private static final long END_NANOS = TimeUnit.MINUTES.toNanos(10);

	/** The names that the length and the size of a body may have. */
	private static final List<BodyNames> BODIES = List.of(new BodyNames("body_len", "body_size"),
			new BodyNames("req.body_len", "req.body_size"));

	private final String name;

	/**
	 * Whether to examine the next message. The field is not volatile, since each message
	 * reads it and a thread may see a change late without harm.
	 */
	private boolean on = true;

	/** Whether the next message is the sample that is examined every few seconds. */
	private boolean sampling = true;

	/** The listeners that have received the message. */
	private final Set<String> seen = new HashSet<>();

	/** The listeners that should have received each message by now. */
	private final Set<String> settled = new HashSet<>();

	/** The listener that has the finding if the message has never come. */
	private @Nullable String missedOn;

	private volatile @Nullable BodyNames body;

	/** The names and positions of arguments that had a value. */
	private final Set<Object> came = new HashSet<>();

	private final Map<Key, Lack> lacks = new LinkedHashMap<>();

	/**
	 * Create a watch for the messages of a handler.
	 * @param message the name of the message, or {@link MessageHandler#DEFAULT}
	 */
	MessageWatch(String message) {
		this.name = message.equals(MessageHandler.DEFAULT) ? "*" : LogText.name(message);
	}

	/**
	 * Return whether {@link #look} has to be called for the next message.
	 */
	boolean isOn() {
		return this.on;
	}

	void look(NotifyMessage message, SpopExchange exchange) {
		Arguments arguments = message.arguments();
		if (this.sampling || this.body == null) {
			sample(arguments, exchange.connection().listener());
		}
		BodyNames body = this.body;
		if (body != null && body.isCut(arguments)) {
			add(new Key(Kind.BODY_CUT, exchange.connection().listener(), this.name), null, () -> cut(body));
		}
	}

	private String cut(BodyNames body) {
		return "Argument '" + body.length() + "' of message '" + this.name + "' is less than '" + body.size()
				+ "': HAProxy sent the message before it had the whole body, or the body is larger than its buffer. Add"
				+ " 'option http-buffer-request' to the frontend, or a rule 'http-request wait-for-body' before the"
				+ " message is sent; it waits for no more than 'tune.bufsize'";
	}

	private synchronized void sample(Arguments arguments, String listener) {
		this.seen.add(listener);
		this.body = BODIES.stream().filter((names) -> names.areIn(arguments)).findFirst().orElse(null);
		for (int i = 0; i < arguments.size(); i++) {
			if (!(arguments.value(i) instanceof SpopValue.Null) && this.came.size() <= 2 * Arguments.MAX_SIZE) {
				this.came.add(arguments.name(i));
				this.came.add(i);
			}
		}
		this.lacks.values().removeIf((lack) -> lack.argument != null && lack.argument.isAnyOf(this.came));
		this.sampling = false;
		this.on = this.body != null || this.lacks.values().stream().anyMatch((lack) -> lack.argument != null);
	}

	/**
	 * Note that a message had no valid value for a parameter.
	 */
	void failed(NotifyMessage message, SpopExchange exchange, InvalidSpopArgumentException failure) {
		NamedArgument argument = failure.argument();
		if (argument == null) {
			return;
		}
		String listener = exchange.connection().listener();
		String label = argument.label();
		String subject = this.name + " " + label;
		String wireType = failure.wireType();
		if (wireType != null) {
			add(new Key(Kind.ARGUMENT_NOT_CONVERTED, listener, subject + " " + wireType), null, () -> "Argument "
					+ label + " of message '" + this.name + "' is " + wireType + ", which did not convert to "
					+ argument.typeName()
					+ ". Look at its sample on the args line of the spoe-message, and at its converters; or give"
					+ " the parameter another type");
		}
		else {
			add(new Key(Kind.ARGUMENT_MISSING, listener, subject), argument,
					() -> missing(argument, message.arguments()));
		}
	}

	private String missing(NamedArgument argument, Arguments arguments) {
		String label = argument.label();
		if (arguments.isEmpty()) {
			return "Message '" + this.name + "' comes without any argument, but its handler needs " + label
					+ ". HAProxy says nothing about a line of a spoe-message that it does not know, such as 'agrs': look at"
					+ " how 'args' is written, and whether the spoe-message has that line at all";
		}
		if (argument.place(arguments) >= 0) {
			return "Argument " + label + " of message '" + this.name
					+ "' has always been NULL: HAProxy has no value for"
					+ " its sample at the event of the message, or the request lacks it. Look at the sample on the args"
					+ " line, and send the message at a later event; or let the parameter be null (@Nullable, Optional, a"
					+ " default value)";
		}
		String names = IntStream.range(0, Math.min(arguments.size(), MAX))
			.mapToObj((i) -> arguments.name(i).isEmpty() ? "(without a name)" : LogText.name(arguments.name(i)))
			.collect(Collectors.joining(", "));
		return "Argument " + label + " of message '" + this.name + "' has never come. What comes is "
				+ LogText.message(names) + ": look at the names before '=' on the args lines of the spoe-message, which"
				+ " HAProxy sends as they are written, and at the parameter of the handler";
	}

	private synchronized void add(Key key, @Nullable NamedArgument missing, Supplier<String> text) {
		if (missing != null && missing.isAnyOf(this.came)) {
			return;
		}
		Lack lack = this.lacks.get(key);
		if (lack == null) {
			if (this.lacks.size() >= MAX) {
				return;
			}
			lack = new Lack(missing, text.get());
			this.lacks.put(key, lack);
			this.on = true;
		}
		lack.count++;
	}

	/**
	 * Forget what was seen on a listener that is no longer settled, since HAProxy has
	 * been restarted.
	 */
	private void settle(String listener, boolean settled) {
		if (settled) {
			this.settled.add(listener);
		}
		else if (this.settled.remove(listener)) {
			this.seen.remove(listener);
			this.came.clear();
			this.lacks.entrySet()
				.removeIf((lack) -> lack.getValue().argument != null && lack.getKey().listener().equals(listener));
		}
		if (!this.seen.isEmpty() || this.name.equals("*") || (!settled && listener.equals(this.missedOn))) {
			this.missedOn = null;
		}
		else if (settled && this.missedOn == null) {
			this.missedOn = listener;
		}
	}

	/**
	 * Return the findings of a listener, and examine the next message.
	 * @param listener the name of the listener
	 * @param settled whether the listener should have received each message by now
	 * @param method the method that handles the message
	 * @param now the time, in nanoseconds
	 */
	synchronized List<SpopFinding> findings(String listener, boolean settled, HandlerMethod method, long now) {
		List<SpopFinding> findings = new ArrayList<>();
		settle(listener, settled);
		if (listener.equals(this.missedOn)) {
			findings.add(SpopFinding.of(Kind.MESSAGE_NEVER_SEEN, listener, "Message '" + this.name
					+ "' has never come, while others do. It has the handler " + LogText.message(method.toString())
					+ ". HAProxy does not send a spoe-message without an 'event' line, and drops that line if it is"
					+ " misspelt; one of a spoe-group comes only where a rule sends the group with send-spoe-group. Look"
					+ " at these, at the condition of the event, at the names after 'messages', and at the name of"
					+ " @SpopMessage")
				.subject(this.name));
		}
		this.lacks.values().removeIf((lack) -> lack.hasEnded(now));
		this.lacks.forEach((key, lack) -> {
			if (key.listener().equals(listener)) {
				findings.add(SpopFinding.of(key.kind(), listener, lack.text).subject(key.subject()).count(lack.count));
			}
		});
		this.sampling = true;
		this.on = true;
		return findings;
	}

	/**
	 * The names of the two arguments with the received length and the full size of a
	 * body.
	 */
	private record BodyNames(String length, String size) {

		boolean areIn(Arguments arguments) {
			return arguments.indexOf(this.length) >= 0 && arguments.indexOf(this.size) >= 0;
		}

		boolean isCut(Arguments arguments) {
			return arguments.get(this.length) instanceof SpopValue.Int64 sent
					&& arguments.get(this.size) instanceof SpopValue.Int64 whole && sent.value() < whole.value();
		}

	}

	/**
	 * The key of a finding.
	 */
	private record Key(Kind kind, String listener, String subject) {
	}

	/**
	 * A fault of messages and its number of occurrences.
	 */
	private static final class Lack {

		/** The argument that is missing, or {@code null} for another fault. */
		private final @Nullable NamedArgument argument;

		private final String text;

		private long count;

		/** The count at the last check. */
		private long looked;

		/** The time at which a check first saw this count. */
		private long lookedAt;

		Lack(@Nullable NamedArgument argument, String text) {
			this.argument = argument;
			this.text = text;
		}

		/**
		 * Return whether the fault has not occurred for a long time. A missing argument
		 * counts as a fault until it comes.
		 */
		boolean hasEnded(long now) {
			if (this.count != this.looked) {
				this.looked = this.count;
				this.lookedAt = now;
			}
			return this.argument == null && now - this.lookedAt >= END_NANOS;
		}

	}

}
