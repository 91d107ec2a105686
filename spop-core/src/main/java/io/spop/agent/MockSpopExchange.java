package io.spop.agent;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.Stream;

import io.netty.buffer.Unpooled;
import io.spop.agent.SpopMetricsRecorder.MessageOutcome;
import io.spop.codec.SpopCodec;
import io.spop.protocol.Actions;
import io.spop.protocol.Frame;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopProtocolException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.BaseSubscriber;

/**
 * An exchange without a network, for tests of interceptors and handlers.
 *
 * <pre class="code">
 * MockSpopExchange exchange = MockSpopExchange.of(NotifyMessage.of("check-client-ip"));
 * Actions answer = exchange.answer((inner) -&gt; Mono.empty(), interceptor);
 * </pre>
 *
 * The exchange keeps what a handler {@linkplain #reporter() reports}. Each {@code with}
 * method returns a new exchange without reports. Safe to use by any thread.
 *
 * @since 0.1.0
 */
public final class MockSpopExchange implements SpopExchange {

	private static final Logger logger = LoggerFactory.getLogger(MockSpopExchange.class);

	private static final Duration TIMEOUT = Duration.ofSeconds(10);

	private final List<NotifyMessage> messages;

	private final MockConnection connection;

	private final Duration timeout;

	private final Actions fallback;

	private volatile MockReporter reporter = new MockReporter();

	private volatile long timeoutNanos;

	private volatile long deadline;

	private MockSpopExchange(List<NotifyMessage> messages, MockConnection connection, Duration timeout,
			Actions fallback) {
		this.messages = messages;
		this.connection = connection;
		this.timeout = timeout;
		this.fallback = fallback;
		begin(System.nanoTime(), timeout);
	}

	private void begin(long arrived, Duration timeout) {
		this.timeoutNanos = timeout.toNanos();
		this.deadline = arrived + this.timeoutNanos;
	}

	/**
	 * Create an exchange that came from the loopback address to the listener
	 * {@code main}. It has 10 seconds until its deadline, and no actions as its fallback.
	 * @param messages the messages in their order, possibly none
	 * @return the exchange
	 */
	public static MockSpopExchange of(NotifyMessage... messages) {
		return of(List.of(messages));
	}

	/**
	 * Create an exchange as {@link #of(NotifyMessage...)} does.
	 * @param messages the messages in their order, possibly none
	 * @return the exchange
	 */
	public static MockSpopExchange of(List<NotifyMessage> messages) {
		SocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 49152);
		return new MockSpopExchange(List.copyOf(messages), new MockConnection("main", address, null, Instant.now()),
				TIMEOUT, Actions.none());
	}

	/**
	 * Return an exchange that came to another listener.
	 * @param listener the name of the listener
	 * @return the exchange
	 */
	public MockSpopExchange withListener(String listener) {
		Objects.requireNonNull(listener, "listener");
		return with(new MockConnection(listener, this.connection.remoteAddress(), this.connection.engineId(),
				this.connection.openedAt()));
	}

	/**
	 * Return an exchange that came from another address.
	 * @param address the address of HAProxy, or {@code null}
	 * @return the exchange
	 */
	public MockSpopExchange withRemoteAddress(@Nullable SocketAddress address) {
		return with(new MockConnection(this.connection.listener(), address, this.connection.engineId(),
				this.connection.openedAt()));
	}

	/**
	 * Return an exchange that came from another engine of HAProxy.
	 * @param engineId the identifier of the engine, or {@code null}
	 * @return the exchange
	 */
	public MockSpopExchange withEngineId(@Nullable String engineId) {
		return with(new MockConnection(this.connection.listener(), this.connection.remoteAddress(), engineId,
				this.connection.openedAt()));
	}

	private MockSpopExchange with(MockConnection connection) {
		return new MockSpopExchange(this.messages, connection, this.timeout, this.fallback);
	}

	/**
	 * Return an exchange with another deadline.
	 * @param timeout the time until the deadline, which begins now and again with each
	 * call of {@link #answer}; zero for an exchange that is late from the start
	 * @return the exchange
	 * @throws IllegalArgumentException if the time is negative
	 */
	public MockSpopExchange withTimeout(Duration timeout) {
		if (timeout.isNegative()) {
			throw new IllegalArgumentException("The timeout " + timeout + " is negative");
		}
		return new MockSpopExchange(this.messages, this.connection, timeout, this.fallback);
	}

	/**
	 * Return an exchange with another fallback.
	 * @param fallback the answer if the handler fails or misses the deadline
	 * @return the exchange
	 */
	public MockSpopExchange withFallback(Actions fallback) {
		Objects.requireNonNull(fallback, "fallback");
		return new MockSpopExchange(this.messages, this.connection, this.timeout, fallback);
	}

	@Override
	public List<NotifyMessage> messages() {
		return this.messages;
	}

	@Override
	public long streamId() {
		return 1;
	}

	@Override
	public long frameId() {
		return 1;
	}

	@Override
	public SpopConnection connection() {
		return this.connection;
	}

	@Override
	public Instant deadline() {
		return Instant.now().plusNanos(nanosLeft());
	}

	@Override
	public long timeoutNanos() {
		return this.timeoutNanos;
	}

	@Override
	public long nanosLeft() {
		return this.deadline - System.nanoTime();
	}

	@Override
	public Actions fallback() {
		return this.fallback;
	}

	/**
	 * Return {@code null}, since no agent has a setting for the argument.
	 */
	@Override
	public @Nullable String requestId() {
		return null;
	}

	@Override
	public SpopMessageReporter reporter() {
		return this.reporter;
	}

	/**
	 * Return the answer that the agent would send, and wait for it until the deadline.
	 * This is the result of the handler, or a fallback if the handler fails, has no
	 * result in time, or has a result whose ACK is too large. The handler is called on
	 * this thread, unless the exchange is late from the start. Earlier reports are
	 * removed.
	 * @param handler the handler of the NOTIFY
	 * @param interceptors the interceptors of the handler, the outermost first
	 * @return the actions, possibly none
	 * @throws IllegalStateException if this thread is interrupted while it waits
	 */
	public Actions answer(SpopHandler handler, SpopInterceptor... interceptors) {
		SpopHandler outermost = Objects.requireNonNull(handler, "handler");
		for (int i = interceptors.length - 1; i >= 0; i--) {
			outermost = new InterceptedHandler(Objects.requireNonNull(interceptors[i], "interceptor"), outermost);
		}
		MockReporter reporter = new MockReporter();
		this.reporter = reporter;
		Result result = new Result(reporter);
		try {
			start(outermost, result);
			if (!result.await(nanosLeft())) {
				result.end(partial(), new SpopTimeoutException(this.timeoutNanos, true));
			}
			return answer(outermost, reporter, result.end());
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IllegalStateException("Interrupted while the answer was awaited", ex);
		}
		finally {
			result.cancelIfPending();
		}
	}

	/**
	 * Call the handler as {@link Exchange#start} does.
	 */
	private void start(SpopHandler handler, Result result) {
		try {
			long arrived = System.nanoTime();
			begin(arrived, this.timeout);
			begin(arrived, Objects.requireNonNull(handler.timeout(this, this.timeout), "timeout of the handler"));
			if (this.timeoutNanos <= 0) {
				result.signal(null, new SpopTimeoutException(this.timeoutNanos, false));
				return;
			}
			Objects.requireNonNull(handler.handle(this), "Mono of the handler").subscribe(result);
		}
		catch (Throwable ex) {
			result.signal(null, ex);
		}
	}

	/**
	 * Choose the answer as {@link AckWriter} does.
	 */
	private Actions answer(SpopHandler handler, MockReporter reporter, End end) {
		Throwable failure = end.error;
		if (failure == null && end.nanoTime - this.deadline > 0 && !reporter.tellsLateMessages()) {
			reporter.late();
			return fallback(handler, reporter, new SpopTimeoutException(this.timeoutNanos, true));
		}
		if (failure == null || end.actions != null) {
			Actions actions = (end.actions != null) ? end.actions : Actions.none();
			failure = tooLarge(actions);
			if (failure == null) {
				return actions;
			}
		}
		return fallback(handler, reporter, failure);
	}

	private Actions fallback(SpopHandler handler, MockReporter reporter, Throwable error) {
		Actions fallback = this.fallback;
		if (error instanceof SpopTimeoutException || error instanceof SpopOversizeException) {
			try {
				fallback = Objects.requireNonNull(handler.fallback(this, error), "fallback");
			}
			catch (Throwable ex) {
				failed(reporter, ex);
			}
		}
		failed(reporter, error);
		return Stream.of(fallback, this.fallback)
			.filter((actions) -> tooLarge(actions) == null)
			.findFirst()
			.orElse(Actions.none());
	}

	private void failed(MockReporter reporter, Throwable error) {
		if (this.messages.isEmpty()) {
			logger.warn("A NOTIFY without messages is answered with the fallback", error);
		}
		this.messages.forEach((message) -> reporter.failed(message, error, null));
	}

	private @Nullable Throwable tooLarge(Actions actions) {
		try {
			new SpopCodec(this.connection.maxFrameSize()).encode(new Frame.Ack(streamId(), frameId(), actions),
					Unpooled.buffer());
			return null;
		}
		catch (SpopProtocolException ex) {
			return new SpopOversizeException("Its ACK is too large: " + ex.getMessage());
		}
	}

	private @Nullable Actions partial() {
		Supplier<Actions> partial = this.reporter.partial();
		try {
			return (partial != null) ? partial.get() : null;
		}
		catch (Throwable ex) {
			logger.warn("The handler failed to return its actions for the deadline", ex);
			return null;
		}
	}

	/**
	 * Ask a handler that has been called for its answer at the deadline, as the agent
	 * does.
	 * @return the actions that the handler has set for the deadline, or the fallback of
	 * this exchange if the handler has set none or throws an exception
	 * @see SpopMessageReporter#onDeadline(Supplier)
	 */
	public Actions atDeadline() {
		Actions partial = partial();
		return (partial != null) ? partial : this.fallback;
	}

	/**
	 * Return the failures of messages. These are the failures that the handler has
	 * reported. If {@link #answer} got an error in place of a result, this error is a
	 * failure of all messages. After a missed deadline, the error is a
	 * {@link SpopTimeoutException}, unless the handler has set
	 * {@linkplain SpopMessageReporter#onDeadline actions for the deadline} and reports
	 * the late messages itself. An exception of {@link SpopHandler#fallback} comes before
	 * the error that the fallback was asked for. If the exchange has no messages, the
	 * error is only logged.
	 * @return the first failure of each message, by the name of the message, in the order
	 * of the reports
	 */
	public Map<String, Throwable> failures() {
		return this.reporter.failures();
	}

	/**
	 * Return how the handling of messages ended.
	 * @return the reported outcomes, in the order of the reports
	 */
	public List<Outcome> outcomes() {
		return this.reporter.outcomes();
	}

	/**
	 * Return the messages without a handler.
	 * @return the reported names, in the order of the reports
	 */
	public List<String> unhandledMessages() {
		return this.reporter.unhandledMessages();
	}

	/**
	 * Return the calls on the event loop, regardless of their time.
	 * @return the reported descriptions, in the order of the reports
	 */
	public List<String> blocked() {
		return this.reporter.blocked();
	}

	/**
	 * Return how many results came too late.
	 * @return the number of reported results
	 */
	public int lateResults() {
		return this.reporter.lateResults();
	}

	@Override
	public String toString() {
		return "NOTIFY " + this.messages;
	}

	/**
	 * How the handling of a message ended.
	 */
	public static final class Outcome {

		private final @Nullable String message;

		private final MessageOutcome outcome;

		Outcome(@Nullable String message, MessageOutcome outcome) {
			this.message = message;
			this.outcome = outcome;
		}

		/**
		 * Return the name of the message.
		 * @return the name, or {@code null} if no handler is registered for it by name
		 */
		public @Nullable String message() {
			return this.message;
		}

		/**
		 * Return how the handling ended.
		 * @return the outcome
		 */
		public MessageOutcome outcome() {
			return this.outcome;
		}

		/**
		 * Return message and outcome, such as {@code check-client-ip SUCCESS}.
		 */
		@Override
		public String toString() {
			return this.message + " " + this.outcome;
		}

	}

	/**
	 * The end of the handling, with its time in the time of {@link System#nanoTime()}.
	 */
	private record End(@Nullable Actions actions, @Nullable Throwable error, long nanoTime) {
	}

	/**
	 * The subscriber to the result of a handler, which also takes an earlier end of the
	 * handling.
	 */
	private static final class Result extends BaseSubscriber<Actions> {

		private final MockReporter reporter;

		private final AtomicReference<@Nullable End> end = new AtomicReference<>();

		private final CountDownLatch ended = new CountDownLatch(1);

		private volatile boolean signalled;

		private Result(MockReporter reporter) {
			this.reporter = reporter;
		}

		@Override
		protected void hookOnNext(Actions actions) {
			signal(actions, null);
		}

		@Override
		protected void hookOnError(Throwable error) {
			signal(null, error);
		}

		@Override
		protected void hookOnComplete() {
			signal(null, null);
		}

		private void signal(@Nullable Actions actions, @Nullable Throwable error) {
			if (this.signalled) {
				return;
			}
			this.signalled = true;
			if (end(actions, error)) {
				return;
			}
			if (error == null) {
				this.reporter.late();
			}
			else {
				logger.debug("The handler failed after its deadline", error);
			}
		}

		private boolean end(@Nullable Actions actions, @Nullable Throwable error) {
			boolean first = this.end.compareAndSet(null, new End(actions, error, System.nanoTime()));
			this.ended.countDown();
			return first;
		}

		private End end() {
			return Objects.requireNonNull(this.end.get(), "end");
		}

		/**
		 * Wait for the end. If the handling has ended, an interrupted thread gets the
		 * result, too.
		 */
		private boolean await(long nanos) throws InterruptedException {
			return this.end.get() != null || this.ended.await(nanos, TimeUnit.NANOSECONDS);
		}

		/**
		 * Cancel the handler if it still works, as the agent does after the ACK.
		 */
		private void cancelIfPending() {
			try {
				if (!this.signalled) {
					cancel();
				}
			}
			catch (Throwable ex) {
				logger.debug("The handler failed to be cancelled", ex);
			}
		}

	}

}
