package io.spop.boot.test.autoconfigure;

import java.net.InetAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.UUID;

import io.spop.agent.BoundSpopAgent;
import io.spop.agent.SpopConnection;
import io.spop.boot.autoconfigure.SpopAgentLifecycle;
import io.spop.client.SpopClient;
import io.spop.handler.AnnotatedSpopHandler;
import io.spop.handler.HandlerDescription;
import io.spop.handler.ValueWriters;
import io.spop.protocol.Actions;
import io.spop.protocol.Argument;
import io.spop.protocol.Arguments;
import io.spop.protocol.LogText;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopValue;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.util.Assert;

/**
 * Plays HAProxy in a test: sends messages to the application's agent, and returns asserts
 * for the answers.
 *
 * <pre class="code">
 * client.message("check-client-ip").ipArg("ip", "192.0.2.1").arg("port", 443).send()
 *     .hasVariable(VarScope.SESSION, "ip_score", 42)
 *     .wasAnsweredWithin(Duration.ofMillis(100));
 * </pre>
 *
 * Each test with Spring Boot whose application runs an agent has a bean of this type. In
 * {@link SpopTest @SpopTest} the client talks to the agent in memory, in
 * {@code @SpringBootTest} over the agent's socket. Other slices add
 * {@link AutoConfigureSpopTestClient @AutoConfigureSpopTestClient}. Immutable and safe to
 * use by any thread. The {@link Notify} that {@link #message} begins is not.
 *
 * @since 0.1.0
 */
public final class SpopTestClient {

	/**
	 * Longer than any answer takes: an agent answers at the handler's deadline at the
	 * latest.
	 */
	private static final Duration TIMEOUT = Duration.ofMinutes(1);

	/** HAProxy's default. */
	private static final int MAX_FRAME_SIZE = 16380;

	private final SpopAgentLifecycle lifecycle;

	private final ObjectProvider<AnnotatedSpopHandler> handler;

	private final HandlerFailures failures;

	private final ValueWriters writers;

	private final @Nullable String listener;

	SpopTestClient(SpopAgentLifecycle lifecycle, ObjectProvider<AnnotatedSpopHandler> handler, HandlerFailures failures,
			ValueWriters writers, @Nullable String listener) {
		this.lifecycle = lifecycle;
		this.handler = handler;
		this.failures = failures;
		this.writers = writers;
		this.listener = listener;
	}

	/**
	 * Return a client for one of the agent's listeners. A client without a listener takes
	 * the only one of the agent.
	 * @param name the name of the listener
	 * @return a new client
	 */
	public SpopTestClient listener(String name) {
		Objects.requireNonNull(name, "name");
		return new SpopTestClient(this.lifecycle, this.handler, this.failures, this.writers, name);
	}

	/**
	 * Begin a NOTIFY with a message.
	 * @param name the name of the message, that of its {@code spoe-message} section
	 * @return the NOTIFY
	 */
	public Notify message(String name) {
		return new Notify().message(name);
	}

	/**
	 * Send the NOTIFYs of a recording one after the other, and return asserts for the
	 * answers. A NOTIFY goes to the listener that it was recorded on, if the agent has
	 * one of this name and the client was not told {@linkplain #listener(String) which
	 * one} to use. NOTIFYs without a recorded ACK are left out.
	 * @param recording the file, of {@code spop.record.file} or of the command
	 * {@code spop tap}
	 * @return asserts for the answers
	 * @throws IllegalArgumentException if the file is not a recording
	 * @throws java.io.UncheckedIOException if the file cannot be read
	 * @throws IllegalStateException if it is not known which listener to use
	 */
	public ReplayAssert replay(Path recording) {
		Map<String, List<RecordedNotify>> byListener = new LinkedHashMap<>();
		BoundSpopAgent agent = agent();
		for (RecordedNotify notify : RecordedNotify.read(Objects.requireNonNull(recording, "recording"))) {
			boolean known = this.listener == null && agent.listeners().contains(notify.listener());
			byListener.computeIfAbsent(known ? notify.listener() : listener(agent), (name) -> new ArrayList<>())
				.add(notify);
		}
		List<Replay.Answer> answers = new ArrayList<>();
		byListener.forEach((listener, notifies) -> answers.addAll(replay(agent.address(listener), notifies)));
		return new ReplayAssert(new Replay(recording, answers));
	}

	private List<Replay.Answer> replay(SocketAddress address, List<RecordedNotify> notifies) {
		String engineId = UUID.randomUUID().toString();
		List<String> failures = this.failures.begin(engineId);
		int maxFrameSize = notifies.stream().mapToInt(RecordedNotify::size).reduce(MAX_FRAME_SIZE, Math::max);
		try (SpopClient client = SpopClient.builder(address)
			.engineId(engineId)
			.maxFrameSize(maxFrameSize)
			.connect()
			.block(TIMEOUT)) {
			List<Replay.Answer> answers = new ArrayList<>();
			for (RecordedNotify notify : notifies) {
				int before = failures.size();
				Actions actions = Objects.requireNonNull(client).notify(notify.messages()).block(TIMEOUT);
				answers.add(new Replay.Answer(notify, Objects.requireNonNull(actions),
						List.copyOf(failures.subList(before, failures.size()))));
			}
			return answers;
		}
		finally {
			this.failures.end(engineId);
		}
	}

	private BoundSpopAgent agent() {
		BoundSpopAgent agent = this.lifecycle.agent();
		Assert.state(agent != null, "The agent has not been started");
		return agent;
	}

	private String listener(BoundSpopAgent agent) {
		List<String> listeners = agent.listeners();
		if (this.listener != null) {
			Assert.state(listeners.contains(this.listener), () -> "The agent has no listener '"
					+ LogText.name(this.listener) + "'. It has " + String.join(", ", listeners));
			return this.listener;
		}
		Assert.state(listeners.size() == 1,
				() -> "The agent has the listeners " + String.join(", ", listeners)
						+ ": say which one the client connects to, such as client.listener(\"" + listeners.get(0)
						+ "\").message(...)");
		return listeners.get(0);
	}

	private Ack send(List<NotifyMessage> messages) {
		BoundSpopAgent agent = agent();
		String listener = listener(agent);
		SocketAddress address = agent.address(listener);
		// HandlerFailures finds the failures of this NOTIFY by the engine id
		String engineId = UUID.randomUUID().toString();
		List<String> failures = this.failures.begin(engineId);
		try (SpopClient client = SpopClient.builder(address).engineId(engineId).connect().block(TIMEOUT)) {
			long start = System.nanoTime();
			Actions actions = Objects.requireNonNull(client).notify(messages).block(TIMEOUT);
			Duration time = Duration.ofNanos(System.nanoTime() - start);
			String error = agent.connections()
				.stream()
				.filter((connection) -> engineId.equals(connection.engineId()))
				.findFirst()
				.map(SpopConnection::lastError)
				.orElse(null);
			if (error != null && !failures.isEmpty()) {
				error = String.join("; ", failures);
			}
			return new Ack(messages, listener, Objects.requireNonNull(actions), error, time,
					unhandled(messages, listener));
		}
		finally {
			this.failures.end(engineId);
		}
	}

	private @Nullable String unhandled(List<NotifyMessage> messages, String listener) {
		AnnotatedSpopHandler handler = this.handler.getIfAvailable();
		if (handler == null) {
			return null;
		}
		TreeSet<String> handled = new TreeSet<>();
		for (HandlerDescription description : handler.handlers()) {
			if (description.listeners().isEmpty() || description.listeners().contains(listener)) {
				if (description.message() == null) {
					return null;
				}
				handled.add(description.message());
			}
		}
		List<String> unhandled = messages.stream()
			.map(NotifyMessage::name)
			.filter((name) -> !handled.contains(name))
			.map(LogText::name)
			.toList();
		return unhandled.isEmpty() ? null : "no method handles " + String.join(", ", unhandled) + " on listener '"
				+ listener + "', where there are methods for " + String.join(", ", handled);
	}

	/**
	 * Builds a NOTIFY frame: messages with their arguments, in the order in which they
	 * are added. Not safe to use by several threads.
	 */
	public final class Notify {

		private final List<NotifyMessage> messages = new ArrayList<>();

		private String name = "";

		private final List<Argument> arguments = new ArrayList<>();

		private Notify() {
		}

		/**
		 * Add a message. The arguments that follow are its own.
		 * @param name the name of the message, that of its {@code spoe-message} section
		 * @return this NOTIFY
		 * @throws IllegalArgumentException if the name is empty, which HAProxy never
		 * sends
		 */
		public Notify message(String name) {
			Assert.isTrue(!Objects.requireNonNull(name, "name").isEmpty(), "A message has a name");
			endMessage();
			this.name = name;
			return this;
		}

		/**
		 * Add an argument to the last message. A message may have several arguments of
		 * the same name.
		 * @param name its name
		 * @param value its value: {@code null} for something that HAProxy does not have,
		 * such as a missing header; a {@link SpopValue}, which is sent as it is; text,
		 * integers, booleans, addresses and bytes, which are sent in their own type; any
		 * other object, which the application's converters convert to text, like results
		 * of handlers
		 * @return this NOTIFY
		 * @throws IllegalArgumentException if the value is a collection, or cannot be
		 * converted to text
		 * @throws IllegalStateException if the NOTIFY has been sent
		 */
		public Notify arg(String name, @Nullable Object value) {
			Objects.requireNonNull(name, "name");
			Assert.state(!this.name.isEmpty(), () -> "There is no message for the argument '" + LogText.name(name)
					+ "': begin another with message(...)");
			this.arguments.add(new Argument(name,
					(value != null) ? SpopTestClient.this.writers.writeAny(value) : SpopValue.ofNull()));
			return this;
		}

		/**
		 * Add an argument without a name to the last message.
		 * @param value its value, as for {@link #arg}
		 * @return this NOTIFY
		 */
		public Notify unnamedArg(@Nullable Object value) {
			return arg("", value);
		}

		/**
		 * Add an argument that is an IP address, as {@code src} is, to the last message.
		 * @param name its name
		 * @param address its value, such as {@code 192.0.2.1} or {@code 2001:db8::1}
		 * @return this NOTIFY
		 * @throws IllegalArgumentException if the value is not an IP address
		 */
		public Notify ipArg(String name, String address) {
			Assert.isTrue(Objects.requireNonNull(address, "address").matches("[0-9.]+|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*"),
					() -> "'" + LogText.name(address) + "' is not an IP address");
			try {
				return arg(name, InetAddress.getByName(address));
			}
			catch (UnknownHostException ex) {
				throw new IllegalArgumentException("'" + LogText.name(address) + "' is not an IP address", ex);
			}
		}

		/**
		 * Send the NOTIFY on a connection of its own, and wait for the answer.
		 * @return asserts for the answer
		 * @throws IllegalStateException if the agent has several listeners, and the
		 * client was not told {@linkplain SpopTestClient#listener which one} to use
		 * @throws io.spop.client.SpopDisconnectException if the agent closes the
		 * connection instead of answering
		 */
		public AckAssert send() {
			endMessage();
			this.name = "";
			return new AckAssert(SpopTestClient.this.send(List.copyOf(this.messages)), SpopTestClient.this.writers);
		}

		private void endMessage() {
			if (!this.name.isEmpty()) {
				this.messages.add(new NotifyMessage(this.name, Arguments.of(this.arguments)));
				this.arguments.clear();
			}
		}

	}

}
