package io.spop.agent;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

import org.jspecify.annotations.Nullable;

/**
 * The connections of one listener that may carry frames at a time. One that says HELLO
 * when there are as many as may be waits, unanswered, until another closes: a refusal
 * would make HAProxy up to 3.0 open thousands. Health checks do not count, so that they
 * are answered at the limit, too. Safe to use by any thread.
 */
final class SessionLimit {

	private final int max;

	private final AtomicInteger sessions = new AtomicInteger();

	private final Queue<AgentConnection> waiting = new ConcurrentLinkedQueue<>();

	private final AtomicInteger waitingCount = new AtomicInteger();

	SessionLimit(int max) {
		this.max = max;
	}

	/**
	 * Take a place, unless there is none.
	 */
	boolean acquire() {
		int count;
		do {
			count = this.sessions.get();
			if (count >= this.max) {
				return false;
			}
		}
		while (!this.sessions.compareAndSet(count, count + 1));
		return true;
	}

	/**
	 * Have a connection wait for a place. It is told by {@link AgentConnection#admit()}.
	 */
	void await(AgentConnection connection) {
		this.waitingCount.incrementAndGet();
		this.waiting.add(connection);
		// A place may have become free since it was asked for
		if (acquire()) {
			release();
		}
	}

	/**
	 * Wait no longer.
	 */
	void leave(AgentConnection connection) {
		if (this.waiting.remove(connection)) {
			this.waitingCount.decrementAndGet();
		}
	}

	/**
	 * Give a place to the connection that has waited longest, or back.
	 */
	void release() {
		AgentConnection next = poll();
		while (next != null) {
			if (next.admit()) {
				return;
			}
			next = poll();
		}
		this.sessions.decrementAndGet();
		// Another may have come to wait just before
		next = this.waiting.peek();
		if (next != null && acquire()) {
			release();
		}
	}

	private @Nullable AgentConnection poll() {
		AgentConnection next = this.waiting.poll();
		if (next != null) {
			this.waitingCount.decrementAndGet();
		}
		return next;
	}

	int waiting() {
		return this.waitingCount.get();
	}

}
