package io.spop.agent;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.EventExecutorGroup;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.SingleThreadEventExecutor;

/**
 * Watches event loops with a thread of its own. When memory runs out, an event loop may
 * end without a callback, because the code that Netty runs at the end of an event loop
 * needs memory, too. The thread tries again each second what fails. Safe to use by any
 * thread.
 */
final class EventLoopWatch {

	private static final long PERIOD_NANOS = TimeUnit.SECONDS.toNanos(1);

	private final BooleanSupplier stopping;

	private final Runnable ended;

	private final Map<EventExecutor, Thread> threads = new ConcurrentHashMap<>();

	private final Thread watcher = new Thread(this::run, "spop-watch");

	/** Set when an event loop has ended although nobody stopped it. */
	private volatile boolean failed;

	/**
	 * Create a watch, and start its thread.
	 * @param stopping returns whether event loops may end
	 * @param ended called when an event loop ends, by itself if it can, and each second
	 * afterwards
	 */
	EventLoopWatch(BooleanSupplier stopping, Runnable ended) {
		this.stopping = stopping;
		this.ended = ended;
		this.watcher.setDaemon(true);
		this.watcher.start();
	}

	/**
	 * Watch event loops, unless they are watched already.
	 */
	void add(EventExecutorGroup loops) {
		for (EventExecutor loop : loops) {
			if (this.threads.putIfAbsent(loop, this.watcher) == null) {
				loop.execute(() -> this.threads.put(loop, Thread.currentThread()));
				if (loop instanceof SingleThreadEventExecutor executor) {
					executor.addShutdownHook(this::endedInOrder);
				}
			}
		}
	}

	private void endedInOrder() {
		if (!this.stopping.getAsBoolean()) {
			this.failed = true;
			// On the event loop, which can still close what it has
			this.ended.run();
			LockSupport.unpark(this.watcher);
		}
	}

	/**
	 * Return whether an event loop has ended although nobody stopped it.
	 */
	boolean isFailed() {
		if (!this.failed && !this.stopping.getAsBoolean()) {
			this.failed = this.threads.keySet().stream().anyMatch(this::hasEnded) && !this.stopping.getAsBoolean();
		}
		return this.failed;
	}

	/**
	 * Return whether the thread of an event loop has ended.
	 */
	boolean hasEnded(EventExecutor loop) {
		Thread thread = this.threads.get(loop);
		return thread != null && !thread.isAlive();
	}

	/**
	 * Wait until each event loop has run the tasks that are in its queue now.
	 * @param deadline the time at which to give up, in the time of
	 * {@link System#nanoTime()}
	 */
	void await(long deadline) {
		List<Future<?>> done = new ArrayList<>();
		for (EventExecutor loop : this.threads.keySet()) {
			try {
				done.add(loop.submit(() -> {
				}));
			}
			catch (RejectedExecutionException ex) {
				// The event loop has ended
			}
		}
		done.forEach((future) -> future.awaitUninterruptibly(Math.max(0, deadline - System.nanoTime()),
				TimeUnit.NANOSECONDS));
	}

	/**
	 * Return whether the current thread is one of the event loops.
	 */
	boolean isEventLoop() {
		return this.threads.keySet().stream().anyMatch(EventExecutor::inEventLoop);
	}

	/**
	 * End the thread of this watch, after the stop has begun.
	 */
	void end() {
		LockSupport.unpark(this.watcher);
	}

	private void run() {
		while (!this.stopping.getAsBoolean()) {
			try {
				if (isFailed()) {
					this.ended.run();
				}
			}
			catch (Throwable ex) {
				// There may be no memory, not even for a log line
			}
			LockSupport.parkNanos(this, PERIOD_NANOS);
		}
	}

}
