package io.spop.agent;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;

import io.spop.agent.ModelAnswer.Kind;
import io.spop.agent.ModelAnswer.Signal;
import io.spop.agent.ModelPeer.Ids;
import io.spop.agent.SpopMetricsRecorder.CloseReason;
import io.spop.agent.SpopMetricsRecorder.NotifyOutcome;
import io.spop.protocol.Actions;
import io.spop.protocol.Argument;
import io.spop.protocol.Frame;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopValue;
import io.spop.protocol.StatusCode;
import org.jspecify.annotations.Nullable;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Runs one sequence of operations against an agent, and checks what the peers got and
 * what the agent has left against what they did.
 */
final class ModelRun {

	/** How often the event loops run what is in their queues before they count. */
	private static final int ROUNDS = 20;

	private static final String[] NAMES = { "known", "also-known", "unknown-1", "unknown\n2" };

	private final ModelAgent agent;

	private final ExecutorService threads;

	private final Duration patience;

	private final Object monitor = new Object();

	private final ModelPeer[] peers = new ModelPeer[ModelOperation.PEERS];

	private final List<ModelPeer> all = new ArrayList<>();

	private final List<ModelAnswer> answers = new ArrayList<>();

	private final List<Future<?>> tasks = new ArrayList<>();

	private final Set<EventLoopIo> ios = new HashSet<>();

	/** The number of NOTIFYs that the agent answers or drops without its handler. */
	private int abortedAtOnce;

	private int abortedLater;

	private int opened;

	private long ids;

	private @Nullable FutureTask<?> stop;

	/**
	 * Create a run.
	 * @param agent the agent
	 * @param threads the threads that complete results
	 * @param patience how long something that has to come may take
	 */
	ModelRun(ModelAgent agent, ExecutorService threads, Duration patience) {
		this.agent = agent;
		this.patience = patience;
		this.threads = threads;
	}

	void run(List<ModelOperation> operations) throws Exception {
		for (ModelOperation operation : operations) {
			run(operation);
		}
		finish();
		check();
	}

	boolean hasStopped() {
		return this.stop != null;
	}

	private void run(ModelOperation operation) throws Exception {
		switch (operation.type()) {
			case AGENT -> {
			}
			case OPEN -> open(operation.peer());
			case ANSWER -> {
				List<ModelAnswer> waiting = this.answers.stream().filter(ModelAnswer::isWaiting).toList();
				if (!waiting.isEmpty()) {
					answer(waiting.get(operation.pick() % waiting.size()), operation.signal());
				}
			}
			case HEALTH_CHECK -> checkHealth();
			case STOP -> stop(operation.pick());
			default -> {
				ModelPeer peer = this.peers[operation.peer()];
				if (peer != null && peer.isReady()) {
					run(operation, peer);
				}
			}
		}
	}

	private void run(ModelOperation operation, ModelPeer peer) throws Exception {
		Random random = new Random(operation.pick());
		switch (operation.type()) {
			case NOTIFY -> peer.send(notify(operation, peer, null));
			case BURST -> {
				List<Frame> frames = new ArrayList<>();
				for (int i = 0; i <= operation.pick() % 12; i++) {
					frames.add(notify(operation, peer, null));
				}
				peer.send(frames);
			}
			case SAME_IDS -> {
				List<Ids> sent = List.copyOf(peer.sent.keySet());
				if (!sent.isEmpty()) {
					peer.send(notify(operation, peer, sent.get(operation.pick() % sent.size())));
				}
			}
			case PIECES -> peer.sendPieces(notify(operation, peer, null), random);
			case HALF -> {
				if (this.agent.settings().cutsFrames) {
					peer.ended = true;
				}
				peer.sendHalf(notify(operation, peer, null));
			}
			case FRAGMENTS -> {
				if (this.agent.settings().fragments) {
					peer.sendFragments(notify(operation, peer, null), 1 + random.nextInt(400), true);
				}
			}
			case ABORT -> {
				if (this.agent.settings().fragments && operation.pick() % 2 == 0) {
					peer.sendAborted(new Frame.Notify(nextId(), 1));
					this.abortedAtOnce++;
				}
				else if (this.agent.settings().fragments) {
					peer.sendFragments(new Frame.Notify(nextId(), 1, filler(operation, 900)), 200, false);
					this.abortedLater++;
				}
			}
			case UNKNOWN -> peer.send(new Frame.Unknown(200, 0, 0));
			case INVALID -> peer.sendInvalid(operation.pick());
			case AWAIT -> {
				peer.reading(true);
				peer.sendRest();
				await(peer, "its answers", () -> peer.inactive || !peer.isUntouched() || this.agent.settings().waits
						|| isAnswered(peer, ModelAnswer::isImmediate));
			}
			// A local channel that closes loses what its peer has not read
			case PAUSE -> peer.reading(this.agent.isInMemory());
			case RESUME -> peer.reading(true);
			case CLOSE -> peer.close(operation.pick());
			case DRAIN -> {
				peer.drained = true;
				onEventLoop(peer, (connection) -> connection.drain(CloseReason.SHUTDOWN));
			}
			case AGENT_CLOSE -> {
				peer.ended = true;
				onEventLoop(peer, (connection) -> connection.close(CloseReason.SHUTDOWN));
			}
			default -> throw new IllegalStateException(operation.toString());
		}
	}

	private long nextId() {
		this.ids++;
		return this.ids;
	}

	private void open(int slot) throws Exception {
		ModelPeer before = this.peers[slot];
		if (this.stop != null || (before != null && !before.closed && !before.inactive)) {
			return;
		}
		ModelPeer peer = connect(false);
		this.peers[slot] = peer;
		await(peer, "a HELLO", () -> peer.isReady() || peer.inactive
				|| (this.agent.settings().limited && this.agent.bound.waitingConnections("main") > 0));
	}

	private ModelPeer connect(boolean healthcheck) throws Exception {
		ModelPeer peer = ModelPeer.open(this.agent.bootstrap(), this.agent.address(), healthcheck, this::changed);
		this.opened++;
		this.all.add(peer);
		peer.drained = this.agent.settings().ends && !healthcheck;
		await(peer, "a connection of the agent", () -> {
			peer.connection = this.agent.find(peer);
			return peer.connection != null || peer.inactive;
		});
		if (peer.connection != null
				&& peer.connection.channel().config().getRecvByteBufAllocator() instanceof EventLoopIo io) {
			this.ios.add(io);
		}
		return peer;
	}

	private void checkHealth() throws Exception {
		if (this.stop == null) {
			ModelPeer peer = connect(true);
			await(peer, "a HELLO", () -> peer.received.size() == 1);
			peer.close(1);
		}
	}

	private void stop(int pick) {
		if (this.stop != null) {
			return;
		}
		boolean graceful = pick % 2 == 0;
		for (ModelPeer peer : this.all) {
			peer.drained |= graceful;
			peer.ended |= !graceful;
		}
		FutureTask<?> stop = new FutureTask<>(() -> this.agent.bound.stop(graceful ? this.patience : Duration.ZERO),
				null);
		this.stop = stop;
		new Thread(stop, "stop").start();
		// Health checks fail from now on, and what comes later is another connection
		while (!this.agent.bound.isStopping()) {
			Thread.onSpinWait();
		}
	}

	private void onEventLoop(ModelPeer peer, Consumer<AgentConnection> action) {
		AgentConnection connection = peer.connection;
		if (connection != null) {
			try {
				connection.execute(() -> action.accept(connection));
			}
			catch (RejectedExecutionException ex) {
				assertThat(hasStopped()).isTrue();
			}
		}
	}

	private Frame.Notify notify(ModelOperation operation, ModelPeer peer, @Nullable Ids same) {
		ModelAnswer answer = new ModelAnswer(nextId(), operation.answer(), operation.quick(), operation.partial());
		this.answers.add(answer);
		// Ids of up to 64 bits
		Ids ids = (same != null) ? same
				: new Ids(answer.id() << (operation.pick() % 57), answer.id() * (operation.pick() % 7));
		peer.sent.computeIfAbsent(ids, (key) -> new ArrayList<>()).add(answer);
		List<NotifyMessage> messages = new ArrayList<>();
		messages.add(this.agent.message(answer));
		int limit = this.agent.isInMemory() ? 250 : 15_000;
		for (int i = 0; i < operation.messages(); i++) {
			messages.add(filler(operation, Math.min(operation.size(), limit) / operation.messages()));
		}
		return new Frame.Notify(ids.stream(), ids.frame(), messages);
	}

	private static NotifyMessage filler(ModelOperation operation, int size) {
		return NotifyMessage.of(NAMES[operation.pick() % NAMES.length],
				new Argument("bytes", SpopValue.of(new byte[size])));
	}

	private void answer(ModelAnswer answer, Signal signal) {
		this.tasks.add(this.threads.submit(() -> {
			answer.signal(signal, (task) -> {
				synchronized (this.tasks) {
					this.tasks.add(this.threads.submit(task));
				}
			});
			changed();
		}));
	}

	private void changed() {
		synchronized (this.monitor) {
			this.monitor.notifyAll();
		}
	}

	private void await(Object subject, String what, Callable<Boolean> condition) throws Exception {
		long end = System.nanoTime() + this.patience.toNanos();
		synchronized (this.monitor) {
			while (!condition.call()) {
				if (System.nanoTime() - end > 0) {
					throw new AssertionError(subject + " did not get " + what + " in time");
				}
				this.monitor.wait(1);
			}
		}
	}

	private static boolean isAnswered(ModelPeer peer, Predicate<ModelAnswer> which) {
		return peer.sent.entrySet()
			.stream()
			.filter((sent) -> which.test(last(sent.getValue())))
			.allMatch((sent) -> peer.acks(sent.getKey()) > 0);
	}

	/**
	 * Return whether the agent has answered all that was sent, also where several NOTIFYs
	 * have the same ids.
	 */
	private static boolean isIdle(ModelPeer peer) {
		return peer.sent.values().stream().flatMap(List::stream).allMatch((answer) -> answer.asked.get() > 0)
				&& (peer.connection == null || peer.connection.inFlight() == 0);
	}

	private static ModelAnswer last(List<ModelAnswer> answers) {
		return answers.get(answers.size() - 1);
	}

	/**
	 * Send the last result of each handler, and close all connections after all that has
	 * to come.
	 */
	private void finish() throws Exception {
		for (ModelPeer peer : this.all) {
			if (peer.isReady()) {
				peer.reading(true);
				peer.sendRest();
			}
		}
		for (ModelPeer peer : this.all) {
			if (peer.isReady() && peer.isUntouched()) {
				answerAll(peer);
			}
			else if (peer.isReady()) {
				if (peer.drained && !peer.invalid) {
					// The connection ends with an ACK, so that nobody waits until it is
					// quiet
					peer.send(notify(new ModelOperation(ModelOperation.Type.NOTIFY, 0, Kind.NOW, Signal.RESULT, false,
							false, 0, 0, 0), peer, null));
				}
				await(peer, "its end", () -> {
					this.answers.forEach((answer) -> answer.signal(Signal.RESULT, this.threads));
					return peer.inactive
							|| (!peer.drained && !peer.invalid && isAnswered(peer, (answer) -> true) && isIdle(peer));
				});
			}
		}
		for (ModelPeer peer : this.all) {
			if (!peer.closed || !peer.inactive) {
				close(peer);
			}
		}
		for (ModelPeer peer : this.all) {
			await(peer, "its end", () -> {
				this.answers.forEach((answer) -> answer.signal(Signal.RESULT, this.threads));
				return peer.inactive;
			});
		}
		for (Future<?> task : copyOfTasks()) {
			task.get();
		}
		if (this.stop != null) {
			this.stop.get();
		}
		await(this.agent.bound.connections(), "closed", () -> this.agent.bound.connections().isEmpty());
	}

	private List<Future<?>> copyOfTasks() {
		synchronized (this.tasks) {
			return List.copyOf(this.tasks);
		}
	}

	private void answerAll(ModelPeer peer) throws Exception {
		for (Map.Entry<Ids, List<ModelAnswer>> sent : peer.sent.entrySet()) {
			ModelAnswer answer = last(sent.getValue());
			if (sent.getValue().size() == 1 && answer.isQuick() && answer.id() % 4 == 0 && answer.isWaiting()) {
				awaitDeadline(peer, sent.getKey(), answer);
			}
		}
		await(peer, "its answers", () -> {
			for (List<ModelAnswer> answers : peer.sent.values()) {
				answers.forEach((answer) -> answer.signal(Signal.RESULT, this.threads));
			}
			return peer.inactive || (isAnswered(peer, (answer) -> true) && isIdle(peer));
		});
		assertThat(peer.inactive).as("%s has ended", peer).isFalse();
	}

	/**
	 * Wait for the ACK at the deadline, and for the cancellation behind it.
	 */
	private void awaitDeadline(ModelPeer peer, Ids ids, ModelAnswer answer) throws Exception {
		await(answer, "its ACK", () -> peer.acks(ids) > 0 || peer.inactive);
		// A signal that comes after this ACK does not prevent the cancellation
		if (peer.acks(ids) > 0 && answer.isWaiting()) {
			await(answer, "its cancellation", () -> answer.cancelled.get() > 0);
		}
	}

	private void close(ModelPeer peer) throws Exception {
		if (this.agent.settings().limited && peer.received.isEmpty() && !peer.closed) {
			// The others are closed, so it is its turn
			await(peer, "its HELLO", () -> !peer.received.isEmpty() || peer.inactive);
		}
		if (peer.closed || !peer.isReady()) {
			peer.reading(true);
			if (peer.connection != null && peer.closed) {
				await(peer, "its end", () -> {
					this.answers.forEach((answer) -> answer.signal(Signal.RESULT, this.threads));
					return peer.inactive;
				});
			}
		}
		peer.close();
	}

	private void check() throws Exception {
		Map<NotifyOutcome, Integer> least = new EnumMap<>(NotifyOutcome.class);
		Map<NotifyOutcome, Integer> most = new EnumMap<>(NotifyOutcome.class);
		most.put(NotifyOutcome.SUCCESS, this.abortedAtOnce);
		most.put(NotifyOutcome.CLOSED, this.abortedLater);
		for (ModelPeer peer : this.all) {
			check(peer);
			for (List<ModelAnswer> answers : peer.sent.values()) {
				for (ModelAnswer answer : answers) {
					Set<NotifyOutcome> outcomes = EnumSet.copyOf(answer.outcomes());
					if (!peer.isUntouched()) {
						outcomes.add(NotifyOutcome.CLOSED);
					}
					if (answer != last(answers)) {
						outcomes.add(NotifyOutcome.SUPERSEDED);
					}
					if (answer.asked.get() > 0) {
						outcomes.forEach((outcome) -> most.merge(outcome, 1, Integer::sum));
						if (outcomes.size() == 1) {
							least.merge(outcomes.iterator().next(), 1, Integer::sum);
						}
					}
				}
			}
		}
		this.answers.forEach(ModelRun::check);
		int answered = 0;
		int ended = 0;
		for (NotifyOutcome outcome : NotifyOutcome.values()) {
			int count = this.agent.ended(outcome);
			assertThat(count).as("outcomes %s", outcome)
				.isBetween(least.getOrDefault(outcome, 0), most.getOrDefault(outcome, 0));
			ended += count;
			boolean ack = outcome != NotifyOutcome.CLOSED && outcome != NotifyOutcome.SUPERSEDED;
			answered += ack ? count : 0;
		}
		int asked = this.answers.stream().mapToInt((answer) -> answer.asked.get()).sum();
		assertThat(ended).as("outcomes of NOTIFYs").isEqualTo(this.agent.started.get());
		assertThat(ended).as("outcomes of NOTIFYs").isBetween(asked, asked + this.abortedAtOnce + this.abortedLater);
		assertThat(this.agent.acks.get()).as("ACKs, compared with the outcomes that have one").isEqualTo(answered);
		assertThat(this.agent.opened.get()).as("opened connections").isEqualTo(this.opened);
		assertThat(this.agent.closed.get()).as("closed connections").isEqualTo(this.opened);
		assertThat(this.agent.handshakes.get()).as("handshakes").isEqualTo(this.opened);
		assertThat(this.agent.failed.get()).as("connections closed by an unexpected failure").isZero();
		assertThat(this.agent.bound.bufferedBytes()).as("bytes of incomplete frames").isZero();
		assertThat(this.agent.bound.waitingConnections("main")).as("connections that wait").isZero();
		if (this.stop == null) {
			checkEventLoops();
		}
		assertThat(this.agent.usedMemory()).as("bytes of buffers that are not released").isZero();
	}

	private void checkEventLoops() throws Exception {
		List<String> timers = this.agent.moreTimers();
		boolean free = this.agent.hasFreeBuffers(this.ios);
		for (int i = 0; i < ROUNDS && (!timers.isEmpty() || !free); i++) {
			timers = this.agent.moreTimers();
			free = this.agent.hasFreeBuffers(this.ios);
		}
		assertThat(timers).as("timers that are left").isEmpty();
		assertThat(free).as("the buffers that connections share are free").isTrue();
	}

	private static void check(ModelAnswer answer) {
		int subscribed = answer.subscribed.get();
		assertThat(answer.asked.get()).as("%s was started", answer).isLessThanOrEqualTo(1);
		assertThat(answer.handled.get()).as("%s was handled", answer).isLessThanOrEqualTo(answer.asked.get());
		assertThat(subscribed).as("subscriptions to the result of %s", answer).isLessThanOrEqualTo(1);
		assertThat(answer.cancelled.get()).as("cancellations of %s", answer).isLessThanOrEqualTo(subscribed);
		if (subscribed == 1 && !answer.isImmediate() && answer.signalled.get() == null) {
			assertThat(answer.cancelled.get()).as("cancellations of %s, which has no result", answer).isEqualTo(1);
		}
	}

	private void check(ModelPeer peer) {
		assertThat(peer.unreadable()).as("what cannot be read of %s", peer).isNull();
		int hellos = 0;
		for (int i = 0; i < peer.received.size(); i++) {
			Frame frame = peer.received.get(i);
			if (frame instanceof Frame.AgentHello) {
				hellos++;
				assertThat(i).as("position of the HELLO in %s", peer).isZero();
			}
			else if (frame instanceof Frame.AgentDisconnect disconnect) {
				assertThat(i).as("position of the DISCONNECT in %s", peer).isEqualTo(peer.received.size() - 1);
				assertThat(isAllowed(peer, disconnect)).as("status in %s", peer).isTrue();
			}
			else {
				check(peer, (Frame.Ack) frame);
			}
		}
		assertThat(hellos).as("HELLOs to %s", peer).isLessThanOrEqualTo(1);
		peer.sent.forEach((ids, answers) -> check(peer, ids, answers));
	}

	private boolean isAllowed(ModelPeer peer, Frame.AgentDisconnect disconnect) {
		if (disconnect.statusCode() != StatusCode.NORMAL.code()) {
			return peer.invalid || this.agent.settings().cutsFrames;
		}
		// A drain may have ended before the invalid bytes came
		return !peer.isUntouched() && (!peer.invalid || peer.drained);
	}

	private static void check(ModelPeer peer, Frame.Ack ack) {
		Ids ids = new Ids(ack.streamId(), ack.frameId());
		Actions actions = ack.actions().equals(ModelAnswer.FILL) ? Actions.none() : ack.actions();
		if (peer.aborted.contains(ids)) {
			assertThat(actions).as("ACK of an aborted NOTIFY").isEqualTo(Actions.none());
			return;
		}
		List<ModelAnswer> answers = peer.sent.get(ids);
		assertThat(answers).as("the NOTIFYs of %s", ack).isNotNull();
		assertThat(answers.stream().map(ModelAnswer::allowed).flatMap(List::stream)).as("answers of %s", answers)
			.contains(actions);
	}

	private void check(ModelPeer peer, Ids ids, Collection<ModelAnswer> answers) {
		int acks = peer.acks(ids);
		long handled = answers.stream().filter((answer) -> answer.asked.get() > 0).count();
		assertThat(acks).as("ACKs of %s %s to %s", answers, ids, peer).isLessThanOrEqualTo((int) handled);
		ModelAnswer last = last(List.copyOf(answers));
		boolean immediate = Stream.of(last).allMatch((answer) -> answer.isImmediate() && answer.asked.get() > 0);
		boolean graceful = !peer.closed && !peer.invalid && !peer.ended && last.asked.get() > 0;
		if (peer.isUntouched()) {
			assertThat(handled).as("%s were handled", answers).isEqualTo(answers.size());
		}
		if (peer.isUntouched() || graceful || (immediate && peer.isDisconnected())) {
			assertThat(acks).as("ACKs of %s %s to %s", answers, ids, peer).isPositive();
		}
		if (peer.isUntouched() && answers.size() == 1 && !last.isQuick() && !last.isImmediate()) {
			assertThat(last.cancelled.get()).as("cancellations of %s, which was in time", last).isZero();
		}
	}

}
