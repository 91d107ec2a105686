package io.spop.agent;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;

import org.jspecify.annotations.Nullable;

/**
 * Limits how many connections of one listener may carry frames at a time. At the limit,
 * the HELLO of another connection is not answered until a connection closes. It is not
 * refused, because HAProxy up to 3.0 would then open thousands of connections. Health
 * checks do not count and are answered at the limit, too. Safe to use by any thread.
 */
final class SessionLimit {

	private final int max;

	private final AtomicInteger taken = new AtomicInteger();

	private final Queue<Place> waiting = new ConcurrentLinkedQueue<>();

	private final AtomicInteger waitingCount = new AtomicInteger();

	SessionLimit(int max) {
		this.max = max;
	}

	/**
	 * Create the place of a connection. The connection has not taken it yet.
	 * @param executor the event loop of the connection, the only one to use the place
	 */
	Place place(Executor executor) {
		return new Place(executor);
	}

	/**
	 * Return how many connections wait for a place.
	 */
	int waiting() {
		return this.waitingCount.get();
	}

	private boolean acquire() {
		int count;
		do {
			count = this.taken.get();
			if (count >= this.max) {
				return false;
			}
		}
		while (!this.taken.compareAndSet(count, count + 1));
		return true;
	}

	/**
	 * Give a place to the connection that has waited longest. If no connection waits,
	 * free the place.
	 */
	private void release() {
		for (Place next = poll(); next != null; next = poll()) {
			if (next.offer()) {
				return;
			}
		}
		this.taken.decrementAndGet();
		// Another connection may have begun to wait just before
		if (!this.waiting.isEmpty() && acquire()) {
			release();
		}
	}

	private @Nullable Place poll() {
		Place next = this.waiting.poll();
		if (next != null) {
			this.waitingCount.decrementAndGet();
		}
		return next;
	}

	/**
	 * The place of one connection among those that may carry frames. Only the event loop
	 * of the connection uses it.
	 */
	final class Place {

		private final Executor executor;

		private boolean held;

		/** Called when the connection gets the place that it waits for. */
		private @Nullable Runnable admitted;

		private Place(Executor executor) {
			this.executor = executor;
		}

		/**
		 * Take the place, or wait for it.
		 * @param admitted called on the event loop when the connection gets the place, if
		 * it has to wait
		 * @return {@code true} if the connection has the place already
		 */
		boolean take(Runnable admitted) {
			this.held = acquire();
			if (!this.held) {
				this.admitted = admitted;
				SessionLimit.this.waitingCount.incrementAndGet();
				SessionLimit.this.waiting.add(this);
				// A place may have become free since the call of acquire()
				if (acquire()) {
					release();
				}
			}
			return this.held;
		}

		boolean isWaiting() {
			return this.admitted != null;
		}

		private boolean offer() {
			try {
				this.executor.execute(() -> {
					Runnable admitted = this.admitted;
					if (admitted == null) {
						release();
						return;
					}
					this.admitted = null;
					this.held = true;
					admitted.run();
				});
				return true;
			}
			catch (RejectedExecutionException ex) {
				// The event loop has ended
				return false;
			}
		}

		/**
		 * Give the place back, or stop waiting for it.
		 */
		void leave() {
			if (this.held) {
				this.held = false;
				release();
			}
			else if (this.admitted != null) {
				this.admitted = null;
				if (SessionLimit.this.waiting.remove(this)) {
					SessionLimit.this.waitingCount.decrementAndGet();
				}
			}
		}

	}

}
