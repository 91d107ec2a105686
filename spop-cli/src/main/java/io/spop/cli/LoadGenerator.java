package io.spop.cli;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;

import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.spop.cli.LoadResult.End;
import org.jspecify.annotations.Nullable;

/**
 * Sends NOTIFYs to an agent over several connections, and measures its answers.
 *
 * <p>
 * With a rate (open loop), each NOTIFY has a time at which it is due, whatever the agent
 * does, and its latency counts from that time. Without a rate (closed loop), a NOTIFY is
 * sent whenever an ACK comes.
 */
final class LoadGenerator implements AutoCloseable {

	private static final long PROGRESS_INTERVAL = TimeUnit.SECONDS.toNanos(1);

	/** What an event loop may take for a task, on a busy machine. */
	private static final Duration TASK_LIMIT = Duration.ofSeconds(10);

	/** How long NOTIFYs that were due before the end are still sent. */
	private static final Duration BACKLOG_LIMIT = Duration.ofSeconds(1);

	private final LoadSettings settings;

	private final MultiThreadIoEventLoopGroup group;

	private final List<LoadWorker> workers = new ArrayList<>();

	private final CompletableFuture<End> end = new CompletableFuture<>();

	private final CompletableFuture<Void> interrupted = new CompletableFuture<>();

	private final LoadCounts total = new LoadCounts();

	private final long[] threads;

	private int open;

	private int inFlight;

	private long lastAnswer;

	/** The CPU time of the threads when the measurement began. */
	private long cpuBefore;

	/**
	 * Create a generator.
	 * @param settings what to send, and how
	 */
	LoadGenerator(LoadSettings settings) {
		this.settings = settings;
		this.threads = new long[settings.threads()];
		this.group = new MultiThreadIoEventLoopGroup(settings.threads(), new DefaultThreadFactory("spop-bench", true),
				NioIoHandler.newFactory());
		for (int i = 0; i < settings.threads(); i++) {
			this.workers.add(new LoadWorker(settings, i, this.group.next()));
		}
	}

	/**
	 * Send NOTIFYs until the load ends.
	 * @param progress receives what was counted up to now, each second
	 * @return the result
	 * @throws CommandException if no connection can be opened
	 */
	LoadResult run(Consumer<LoadProgress> progress) {
		connect();
		long start = System.nanoTime();
		long measureFrom = start + this.settings.warmUp().toNanos();
		this.workers.forEach((worker) -> worker.start(start));
		CompletableFuture<Void> finished = all(LoadWorker::finished);
		finished.whenComplete((nothing, failure) -> this.end
			.complete((this.settings.requests() < Long.MAX_VALUE) ? End.REQUESTS : End.DURATION));
		End end = observe(start, measureFrom, progress);
		long now = System.nanoTime();
		double busy = (double) (cpuNanos() - this.cpuBefore) / Math.max(1, now - measureFrom) / this.threads.length;
		boolean patient = end == End.DURATION || end == End.REQUESTS;
		if (patient) {
			waitAtMost(finished, BACKLOG_LIMIT);
		}
		this.workers.forEach((worker) -> result(worker.stop(System.nanoTime())));
		if (patient) {
			waitAtMost(finished, this.settings.timeout().plus(TASK_LIMIT));
		}
		update();
		return new LoadResult(end, Duration.ofNanos(elapsed(end, measureFrom, now)), this.total, this.inFlight, busy);
	}

	private void connect() {
		waitAtMost(all(LoadWorker::connect), this.settings.timeout());
		update();
		if (this.open == 0 && !this.interrupted.isDone()) {
			throw new CommandException(ExitStatus.UNAVAILABLE,
					"No connection can be opened: " + this.total.problemText() + ".");
		}
	}

	/** Wait for the end, and report what happens up to then. */
	private End observe(long start, long measureFrom, Consumer<LoadProgress> progress) {
		long deadline = measureFrom + this.settings.duration().toNanos();
		long nextProgress = start + PROGRESS_INTERVAL;
		long reachable = start;
		End result = waitUntil(Math.min(measureFrom, nextProgress));
		boolean measuring = false;
		while (result == null) {
			long now = System.nanoTime();
			if (!measuring && now - measureFrom >= 0) {
				measuring = true;
				nextProgress = measureFrom + PROGRESS_INTERVAL;
				this.cpuBefore = cpuNanos();
			}
			if (now - deadline >= 0) {
				return End.DURATION;
			}
			if (now - nextProgress >= 0) {
				nextProgress += PROGRESS_INTERVAL;
				long acks = this.total.acks;
				update();
				progress.accept(new LoadProgress(Duration.ofNanos(now - measureFrom), this.total.acks - acks, this.open,
						this.inFlight, this.total.problems()));
				reachable = (this.open > 0) ? now : reachable;
				if (now - reachable > this.settings.timeout().toNanos()) {
					return End.UNREACHABLE;
				}
			}
			result = waitUntil(measuring ? Math.min(deadline, nextProgress) : Math.min(measureFrom, nextProgress));
		}
		return result;
	}

	private @Nullable End waitUntil(long time) {
		try {
			return this.end.get(Math.max(0, time - System.nanoTime()), TimeUnit.NANOSECONDS);
		}
		catch (TimeoutException ex) {
			return null;
		}
		catch (InterruptedException | ExecutionException ex) {
			throw failed(ex);
		}
	}

	private long elapsed(End end, long measureFrom, long now) {
		return switch (end) {
			case DURATION -> this.settings.duration().toNanos();
			case REQUESTS -> ((this.lastAnswer != 0) ? this.lastAnswer : now) - measureFrom;
			case INTERRUPTED, UNREACHABLE -> Math.max(0, now - measureFrom);
		};
	}

	/** Add what the workers have counted since the last time. */
	private void update() {
		this.open = 0;
		this.inFlight = 0;
		for (int i = 0; i < this.threads.length; i++) {
			LoadWorker.Snapshot snapshot = result(this.workers.get(i).snapshot());
			this.total.add(snapshot.counts());
			this.open += snapshot.open();
			this.inFlight += snapshot.inFlight();
			this.lastAnswer = Math.max(this.lastAnswer, snapshot.lastAnswer());
			this.threads[i] = snapshot.threadId();
		}
	}

	private long cpuNanos() {
		ThreadMXBean bean = ManagementFactory.getThreadMXBean();
		long result = 0;
		for (long thread : this.threads) {
			result += bean.isThreadCpuTimeSupported() ? bean.getThreadCpuTime(thread) : 0;
		}
		return result;
	}

	private CompletableFuture<Void> all(Function<LoadWorker, CompletableFuture<Void>> future) {
		return CompletableFuture.allOf(this.workers.stream().map(future).toArray(CompletableFuture[]::new));
	}

	private void waitAtMost(CompletableFuture<Void> future, Duration limit) {
		try {
			CompletableFuture.anyOf(future, this.interrupted).get(limit.toNanos(), TimeUnit.NANOSECONDS);
		}
		catch (TimeoutException ex) {
			// What has not come by now is not waited for
		}
		catch (InterruptedException | ExecutionException ex) {
			throw failed(ex);
		}
	}

	private static <T> T result(Future<T> task) {
		try {
			return task.get(TASK_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
		}
		catch (InterruptedException | ExecutionException | TimeoutException ex) {
			throw failed(ex);
		}
	}

	private static IllegalStateException failed(Exception exception) {
		return new IllegalStateException("The load generator failed: " + exception, exception);
	}

	/**
	 * End the load early. May be called by any thread.
	 */
	void stop() {
		this.interrupted.complete(null);
		this.end.complete(End.INTERRUPTED);
	}

	/**
	 * Close the connections.
	 */
	@Override
	public void close() {
		this.workers.forEach((worker) -> result(worker.close()));
		this.group.shutdownGracefully(0, TASK_LIMIT.toMillis(), TimeUnit.MILLISECONDS).awaitUninterruptibly();
	}

}
