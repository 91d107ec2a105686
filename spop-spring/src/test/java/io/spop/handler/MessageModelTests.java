package io.spop.handler;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

import io.spop.agent.MockSpopExchange;
import io.spop.agent.SpopMetricsRecorder.MessageOutcome;
import io.spop.annotation.Blocking;
import io.spop.annotation.NonBlocking;
import io.spop.annotation.SpopArg;
import io.spop.annotation.SpopExceptionHandler;
import io.spop.annotation.SpopMessage;
import io.spop.protocol.Action;
import io.spop.protocol.Actions;
import io.spop.protocol.Argument;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopValue;
import io.spop.protocol.VarScope;
import io.spop.test.RandomSequences;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Random sequences of messages whose methods return, wait, fail and block, with results,
 * a deadline and the end of the connection in random order on several threads. The answer
 * and the outcomes must be what a model of a NOTIFY says, and no thread and no
 * subscription may be left.
 */
class MessageModelTests {

	private static final Duration TIME = Duration.ofSeconds(3);

	/** The messages of the sequence that runs, by their argument. */
	private static final Map<Long, Message> messages = new ConcurrentHashMap<>();

	private final ThreadPoolExecutor pool = new ThreadPoolExecutor(2, 2, 1, TimeUnit.MINUTES,
			new LinkedBlockingQueue<>(1));

	private final ExecutorService threads = Executors.newFixedThreadPool(3);

	private final HandlerDispatcher dispatcher = TestHandlers.dispatcher(this.pool, Handlers.class);

	@AfterEach
	void close() {
		this.pool.shutdownNow();
		this.threads.shutdownNow();
	}

	@Test
	void whenMessagesMeetDeadlinesAndEndsThenEachHasOneOutcomeAndNothingIsLeft() {
		long sequences = new RandomSequences<>("spop-spring", MessageModelTests.class, Operation::sequence, this::run)
			.run(TIME, 1, 2, 3, 4, 5);
		assertThat(sequences).isPositive();
		System.out.println(sequences + " sequences");
	}

	private void run(List<Operation> operations, Duration patience) throws Exception {
		messages.clear();
		List<Message> all = new ArrayList<>();
		for (Operation operation : operations) {
			if (operation.type == Type.MESSAGE) {
				Message message = new Message(all.size(), operation.kind);
				all.add(message);
				messages.put(message.id, message);
			}
		}
		MockSpopExchange exchange = TestExchange.of(all.stream().map(Message::message).toArray(NotifyMessage[]::new));
		AtomicInteger signals = new AtomicInteger();
		AtomicReference<@Nullable Actions> result = new AtomicReference<>();
		AtomicReference<@Nullable Throwable> error = new AtomicReference<>();
		// The thread of the test is the event loop
		Disposable subscription = this.dispatcher.handle(exchange)
			.doOnTerminate(signals::incrementAndGet)
			.subscribe(result::set, error::set);
		List<Future<?>> tasks = new ArrayList<>();
		List<Actions> answers = new ArrayList<>();
		boolean ended = false;
		for (Operation operation : operations) {
			switch (operation.type) {
				case RESULT -> {
					if (!all.isEmpty()) {
						Message message = all.get(operation.pick % all.size());
						tasks.add(this.threads.submit(() -> message.end(operation.fails)));
					}
				}
				case DEADLINE -> {
					// Without a message that waits, the agent has the result
					if (answers.isEmpty() && all.stream().anyMatch((message) -> message.kind.waits())) {
						answers.add(exchange.atDeadline());
					}
				}
				case END -> {
					ended = true;
					subscription.dispose();
				}
				default -> {
				}
			}
		}
		if (!ended && answers.isEmpty()) {
			all.forEach((message) -> message.end(false));
			Awaitility.await().atMost(patience).pollInterval(Duration.ofMillis(1)).until(() -> signals.get() > 0);
		}
		subscription.dispose();
		for (Future<?> task : tasks) {
			task.get();
		}
		Awaitility.await("threads that are free")
			.atMost(patience)
			.pollInterval(Duration.ofMillis(1))
			.until(() -> this.pool.getActiveCount() == 0 && this.pool.getQueue().isEmpty());
		assertThat(error.get()).isNull();
		check(all, exchange, signals.get(), result.get(), answers);
	}

	private static void check(List<Message> all, MockSpopExchange exchange, int signals, @Nullable Actions result,
			List<Actions> answers) {
		assertThat(signals).as("signals").isLessThanOrEqualTo(1);
		List<MessageOutcome> outcomes = exchange.outcomes().stream().map(MockSpopExchange.Outcome::outcome).toList();
		assertThat(outcomes).as("outcomes %s", exchange.outcomes()).hasSameSizeAs(all);
		Actions answer = answers.isEmpty() ? result : answers.get(0);
		if (signals == 1 || !answers.isEmpty()) {
			List<String> names = (answer != null) ? answer.toList().stream().map(Action::name).toList() : List.of();
			List<String> results = names.stream().filter((name) -> name.startsWith("m")).toList();
			assertThat(results).as("results in the order of the messages")
				.isSortedAccordingTo((one, other) -> Integer.compare(index(one), index(other)))
				.doesNotHaveDuplicates();
			long successes = outcomes.stream().filter(MessageOutcome.SUCCESS::equals).count();
			long silent = all.stream().filter((message) -> message.kind.silent).count();
			assertThat(successes).as("messages with a result, of %s", exchange.outcomes())
				.isBetween((long) results.size(), results.size() + silent);
			boolean failed = Collections.frequency(names, "handled") < outcomes.size() - successes
					- Collections.frequency(outcomes, MessageOutcome.UNHANDLED);
			assertThat(Collections.frequency(names, "failed")).as("fallbacks in %s of %s", names, exchange.outcomes())
				.isEqualTo(failed ? 1 : 0);
		}
		for (Message message : all) {
			assertThat(message.called.get()).as("calls of %s", message).isLessThanOrEqualTo(1);
			assertThat(message.cancelled.get()).as("cancellations of %s", message).isLessThanOrEqualTo(1);
			if (message.called.get() == 1 && message.kind == Kind.MONO && !message.ended.get()) {
				assertThat(message.cancelled.get()).as("cancellations of %s", message).isEqualTo(1);
			}
		}
	}

	private static int index(String name) {
		return Integer.parseInt(name.substring(1));
	}

	private enum Type {

		MESSAGE, RESULT, DEADLINE, END

	}

	private enum Kind {

		DIRECT("direct", false), SILENT("silent", true), THROW("throw", false), NO_METHOD("nobody", true),
		HANDLED("handled", false), BLOCK("block", false), IGNORE("ignore", false), MONO("mono", false),
		STAGE("stage", false);

		private final String message;

		/** Whether a result has no actions. */
		private final boolean silent;

		Kind(String message, boolean silent) {
			this.message = message;
			this.silent = silent;
		}

		boolean waits() {
			return this == BLOCK || this == IGNORE || this == MONO || this == STAGE;
		}

	}

	private record Operation(Type type, Kind kind, int pick, boolean fails) {

		static List<Operation> sequence(Random random) {
			List<Operation> operations = new ArrayList<>();
			for (int i = 0; i <= random.nextInt(6); i++) {
				operations.add(random(random, Type.MESSAGE));
			}
			for (int i = random.nextInt(8); i > 0; i--) {
				operations.add(random(random, Type.values()[1 + random.nextInt(3)]));
			}
			return operations;
		}

		private static Operation random(Random random, Type type) {
			return new Operation(type, Kind.values()[random.nextInt(Kind.values().length)], random.nextInt(100),
					random.nextInt(3) == 0);
		}

		@Override
		public String toString() {
			return switch (this.type) {
				case MESSAGE -> "message for the method that does " + this.kind;
				case RESULT -> "message " + this.pick + " ends" + (this.fails ? " with a failure" : "");
				case DEADLINE -> "the deadline comes";
				case END -> "the connection ends";
			};
		}

	}

	/**
	 * What happens to one message.
	 */
	private static final class Message {

		private final long id;

		private final Kind kind;

		private final AtomicInteger called = new AtomicInteger();

		private final AtomicInteger cancelled = new AtomicInteger();

		private final AtomicBoolean ended = new AtomicBoolean();

		private final CountDownLatch latch = new CountDownLatch(1);

		private final Sinks.One<Actions> sink = Sinks.one();

		private final CompletableFuture<Actions> future = new CompletableFuture<>();

		private volatile boolean fails;

		Message(long id, Kind kind) {
			this.id = id;
			this.kind = kind;
		}

		NotifyMessage message() {
			return NotifyMessage.of(this.kind.message, new Argument("id", SpopValue.of(this.id)));
		}

		Actions actions() {
			return Actions.set(VarScope.REQUEST, "m" + this.id, true);
		}

		void end(boolean fails) {
			if (!this.ended.compareAndSet(false, true)) {
				return;
			}
			this.fails = fails;
			this.latch.countDown();
			if (fails) {
				this.sink.tryEmitError(new IllegalStateException("failed on purpose"));
				this.future.completeExceptionally(new IllegalStateException("failed on purpose"));
			}
			else {
				this.sink.tryEmitValue(actions());
				this.future.complete(actions());
			}
		}

		@Override
		public String toString() {
			return "message " + this.id + " " + this.kind;
		}

	}

	/**
	 * The methods of the messages.
	 */
	static class Handlers {

		private static Message called(long id) {
			Message message = messages.get(id);
			assertThat(message).isNotNull();
			message.called.incrementAndGet();
			return message;
		}

		@SpopMessage("direct")
		@NonBlocking
		Actions direct(@SpopArg("id") long id) {
			return called(id).actions();
		}

		@SpopMessage("silent")
		@NonBlocking
		void silent(@SpopArg("id") long id) {
			called(id);
		}

		@SpopMessage("throw")
		@NonBlocking
		Actions fail(@SpopArg("id") long id) {
			called(id);
			throw new IllegalStateException("thrown on purpose");
		}

		@SpopMessage("handled")
		@NonBlocking
		Actions handled(@SpopArg("id") long id) {
			called(id);
			throw new UnsupportedOperationException("thrown on purpose");
		}

		@SpopExceptionHandler
		@NonBlocking
		Actions handle(UnsupportedOperationException ex) {
			return Actions.set(VarScope.REQUEST, "handled", true);
		}

		@SpopMessage("block")
		@Blocking
		Actions block(@SpopArg("id") long id) throws InterruptedException {
			Message message = called(id);
			message.latch.await();
			if (message.fails) {
				throw new IllegalStateException("thrown on purpose");
			}
			return message.actions();
		}

		@SpopMessage("ignore")
		@Blocking
		Actions ignore(@SpopArg("id") long id) {
			Message message = called(id);
			try {
				message.latch.await();
			}
			catch (InterruptedException ex) {
				// Returns a result that nobody waits for
			}
			return message.actions();
		}

		@SpopMessage("mono")
		Mono<Actions> mono(@SpopArg("id") long id) {
			Message message = called(id);
			return message.sink.asMono().doOnCancel(message.cancelled::incrementAndGet);
		}

		@SpopMessage("stage")
		CompletionStage<Actions> stage(@SpopArg("id") long id) {
			return called(id).future;
		}

	}

}
