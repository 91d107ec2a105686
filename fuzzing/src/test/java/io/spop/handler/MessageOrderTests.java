package io.spop.handler;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;

import io.spop.agent.MockSpopExchange;
import io.spop.agent.SpopMetricsRecorder.MessageOutcome;
import io.spop.protocol.Action;
import io.spop.protocol.Actions;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.VarScope;
import org.jetbrains.lincheck.Lincheck;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Mono;

/**
 * Two messages whose results come on two threads, while the deadline or the end of the
 * connection comes on the event loop. Lincheck runs the threads in turns, in another
 * order each time, and each order must end as one without threads does.
 */
class MessageOrderTests {

	private static final int ORDERS = Integer.getInteger("spop.model.orders", 100);

	private static final Actions FALLBACK = Actions.set(VarScope.TRANSACTION, "failed", true);

	private static final MockSpopExchange EXCHANGE = MockSpopExchange
		.of(NotifyMessage.of("first"), NotifyMessage.of("second"))
		.withTimeout(Duration.ofHours(1));

	private static final HandlerDispatcher DISPATCHER = new HandlerDispatcher(
			new HandlerMapping(List.of(handler("first"), handler("second"))), new HandlerExecutor(Runnable::run), null);

	/** The NOTIFY that is tried. Lincheck tries one at a time. */
	private static @Nullable Notify current;

	private static MessageHandler handler(String message) {
		try {
			MethodHandle target = MethodHandles.insertArguments(
					MethodHandles.lookup()
						.findStatic(MessageOrderTests.class, "handle", MethodType.methodType(Mono.class, String.class)),
					0, message);
			return new MessageHandler(message, Set.of(), null, MessageDeclaration.NONE,
					new HandlerMethod(message, false, target, List.of(), (result) -> result, null), List.of());
		}
		catch (ReflectiveOperationException ex) {
			throw new IllegalStateException(ex);
		}
	}

	static Mono<?> handle(String message) {
		Notify notify = Objects.requireNonNull(current);
		return message.equals("first") ? notify.first : notify.second;
	}

	@Test
	void whenResultsMeetThenTheAnswerHasBoth() {
		Lincheck.runConcurrentTest(ORDERS, () -> {
			Notify notify = new Notify();
			notify.subscribed();
			notify.runWith(notify.first::succeed, notify.second::succeed, () -> {
			});
			notify.checkAnswered(List.of("first", "second"), MessageOutcome.SUCCESS);
		});
	}

	@Test
	void whenResultsMeetTheDeadlineThenTheAnswerHasThoseInTime() {
		Lincheck.runConcurrentTest(ORDERS, () -> {
			Notify notify = new Notify();
			notify.subscribed();
			notify.runWith(notify.first::succeed, notify.second::succeed, notify::deadline);
			notify.checkDeadline(MessageOutcome.SUCCESS);
		});
	}

	@Test
	void whenAFailureMeetsTheDeadlineThenItsMessageHasOneOutcome() {
		Lincheck.runConcurrentTest(ORDERS, () -> {
			Notify notify = new Notify();
			notify.subscribed();
			notify.runWith(notify.first::succeed, notify.second::fail, notify::deadline);
			notify.checkDeadline(MessageOutcome.ERROR);
		});
	}

	@Test
	void whenResultsMeetTheEndThenThereIsAnAnswerOrAllIsCancelled() {
		Lincheck.runConcurrentTest(ORDERS, () -> {
			Notify notify = new Notify();
			notify.subscribed();
			notify.runWith(notify.first::succeed, notify.second::succeed, notify::cancel);
			notify.checkEnd();
		});
	}

	@Test
	void whenSubscriptionsMeetTheEndThenTheyAreCancelled() {
		Lincheck.runConcurrentTest(ORDERS, () -> {
			Notify notify = new Notify();
			notify.runWith(notify.first::subscribed, notify.second::subscribed, notify::cancel);
			notify.checkEnd();
		});
	}

	@Test
	void whenAResultHasTwoSignalsAtOnceThenOneCounts() {
		Lincheck.runConcurrentTest(ORDERS, () -> {
			Notify notify = new Notify();
			notify.subscribed();
			notify.runWith(notify.first::succeed, notify.first::succeed, notify.second::succeed);
			notify.checkAnswered(List.of("first", "second"), MessageOutcome.SUCCESS);
		});
	}

	private static void check(boolean condition, String what, Notify notify) {
		if (!condition) {
			throw new AssertionError(what + ": " + notify);
		}
	}

	/**
	 * A NOTIFY of two messages, which is the subscriber to its result.
	 */
	private static final class Notify extends BaseSubscriber<Actions> {

		private final Result first = new Result("first");

		private final Result second = new Result("second");

		private final MockSpopExchange exchange = EXCHANGE.withFallback(FALLBACK);

		private final List<List<String>> answers = new ArrayList<>();

		private volatile int ends;

		private @Nullable List<String> atDeadline;

		Notify() {
			current = this;
			DISPATCHER.handle(this.exchange).subscribe(this);
		}

		void subscribed() {
			this.first.subscribed();
			this.second.subscribed();
		}

		/**
		 * Run two tasks on threads of their own, and one on this thread.
		 */
		void runWith(Runnable one, Runnable other, Runnable here) {
			Thread oneThread = new Thread(one);
			Thread otherThread = new Thread(other);
			oneThread.start();
			otherThread.start();
			here.run();
			try {
				oneThread.join();
				otherThread.join();
			}
			catch (InterruptedException ex) {
				throw new IllegalStateException(ex);
			}
		}

		void deadline() {
			this.atDeadline = names(this.exchange.atDeadline());
		}

		private static List<String> names(Actions actions) {
			List<String> names = new ArrayList<>();
			for (Action action : actions.toList()) {
				names.add(action.name());
			}
			return names;
		}

		@Override
		protected void hookOnNext(Actions actions) {
			this.answers.add(names(actions));
		}

		@Override
		@SuppressWarnings("NonAtomicVolatileUpdate")
		protected void hookOnComplete() {
			this.ends++;
		}

		private MessageOutcome outcome(String message) {
			MessageOutcome found = null;
			for (MockSpopExchange.Outcome outcome : this.exchange.outcomes()) {
				if (message.equals(outcome.message())) {
					check(found == null, "Message '" + message + "' has two outcomes", this);
					found = outcome.outcome();
				}
			}
			check(found != null, "Message '" + message + "' has no outcome", this);
			return Objects.requireNonNull(found);
		}

		void checkAnswered(List<String> answer, MessageOutcome outcome) {
			check(outcome("first") == outcome && outcome("second") == outcome, "Outcomes", this);
			check(this.answers.equals(List.of(answer)) && this.ends == 1, "The answer is not " + answer, this);
			check(this.exchange.lateResults() == 0, "A result counts as late", this);
			checkCancelled(0);
		}

		void checkDeadline(MessageOutcome ofSecond) {
			MessageOutcome first = outcome("first");
			MessageOutcome second = outcome("second");
			check(first == MessageOutcome.SUCCESS || first == MessageOutcome.TIMEOUT, "Outcome of the first", this);
			check(second == ofSecond || second == MessageOutcome.TIMEOUT, "Outcome of the second", this);
			List<String> expected = new ArrayList<>();
			expected.add((first == MessageOutcome.SUCCESS) ? "first" : "failed");
			if (second == MessageOutcome.SUCCESS) {
				expected.add("second");
			}
			else if (first == MessageOutcome.SUCCESS) {
				expected.add("failed");
			}
			check(expected.equals(this.atDeadline), "The answer at the deadline is not " + expected, this);
			int late = (first == MessageOutcome.TIMEOUT) ? 1 : 0;
			if (ofSecond == MessageOutcome.SUCCESS && second == MessageOutcome.TIMEOUT) {
				late++;
			}
			check(this.exchange.lateResults() == late, "Late results", this);
			check(this.answers.equals(List.of(expected)) && this.ends == 1, "All calls have not ended once", this);
			checkCancelled(0);
		}

		void checkEnd() {
			MessageOutcome first = outcome("first");
			MessageOutcome second = outcome("second");
			int late = 0;
			for (MessageOutcome outcome : List.of(first, second)) {
				check(outcome == MessageOutcome.SUCCESS || outcome == MessageOutcome.CLOSED, "Outcomes", this);
				late += (outcome == MessageOutcome.CLOSED) ? 1 : 0;
			}
			boolean signalled = this.first.signalled && this.second.signalled;
			check(this.exchange.lateResults() == (signalled ? late : 0), "Late results", this);
			if (this.answers.isEmpty()) {
				checkCancelled(1);
			}
			else {
				check(this.answers.equals(List.of(List.of("first", "second"))), "Answer", this);
				check(late == 0, "There is an answer although a message was closed", this);
				checkCancelled(0);
			}
		}

		private void checkCancelled(int times) {
			check(this.first.cancelled == times && this.second.cancelled == times, "Not cancelled " + times + " times",
					this);
		}

		@Override
		public String toString() {
			return "outcomes " + this.exchange.outcomes() + ", answers " + this.answers + ", at the deadline "
					+ this.atDeadline + ", late " + this.exchange.lateResults() + ", cancelled " + this.first.cancelled
					+ " and " + this.second.cancelled;
		}

	}

	/**
	 * The result of a message, which can be subscribed to, succeed and fail on any
	 * thread.
	 */
	private static final class Result extends Mono<Object> implements Subscription {

		private final Actions actions;

		private volatile @Nullable CoreSubscriber<? super Object> subscriber;

		private volatile int cancelled;

		private volatile boolean signalled;

		Result(String message) {
			this.actions = Actions.set(VarScope.REQUEST, message, true);
		}

		@Override
		public void subscribe(CoreSubscriber<? super Object> subscriber) {
			this.subscriber = subscriber;
		}

		private CoreSubscriber<? super Object> subscriber() {
			return Objects.requireNonNull(this.subscriber);
		}

		void subscribed() {
			subscriber().onSubscribe(this);
		}

		void succeed() {
			this.signalled = true;
			subscriber().onNext(this.actions);
		}

		void fail() {
			this.signalled = true;
			subscriber().onError(new IllegalStateException("failed on purpose"));
		}

		@Override
		public void request(long n) {
		}

		@Override
		@SuppressWarnings("NonAtomicVolatileUpdate")
		public void cancel() {
			this.cancelled++;
		}

	}

}
