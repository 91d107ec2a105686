package io.spop.agent;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

import org.jspecify.annotations.Nullable;

/**
 * What has come to one listener, as far as nothing at all is worth a finding. It begins
 * anew with each engine of HAProxy that is seen for the first time: HAProxy has been
 * restarted then, perhaps with another configuration. Safe to use by any thread, but for
 * {@link #look}, and what {@link #look} has found.
 */
final class ListenerHistory {

	/** How many engines are known again: up to 3.0, HAProxy has one for each thread. */
	private static final int MAX_ENGINES = 256;

	/** So many NOTIFY frames, at least, should have had each message among them. */
	private static final int MIN_NOTIFIES = 20;

	private final long openedAt;

	private final Set<String> engines = new LinkedHashSet<>();

	/** The NOTIFY frames of connections that have closed. */
	private final AtomicLong closed = new AtomicLong();

	private volatile boolean connected;

	private volatile boolean healthChecked;

	/** When the last health check came. */
	private volatile long healthCheckedAt;

	private volatile boolean greeted;

	/** When the first handshake with the newest engine ended. */
	private volatile long greetedAt;

	/** Whether a NOTIFY has come since then. */
	private volatile boolean notified;

	/** When the first of them came. */
	private volatile long notifiedAt;

	/** How many engines have come after the first. */
	private volatile int changes;

	private int changesSeen;

	/** How many NOTIFY frames there were when the newest engine was noticed. */
	private long notifiesBefore;

	private long notifies;

	/** When a connection was last open that has had a NOTIFY. */
	private long busyAt;

	/** Whether a NOTIFY has ever come. */
	private boolean heard;

	ListenerHistory(long now) {
		this.openedAt = now;
		this.busyAt = now;
	}

	void connected() {
		this.connected = true;
	}

	/**
	 * Note that a handshake has ended.
	 * @param healthcheck whether the connection is a health check
	 * @param engineId the engine of HAProxy, or {@code null} if it names none
	 * @param now the time
	 */
	void greeted(boolean healthcheck, @Nullable String engineId, long now) {
		if (healthcheck) {
			this.healthCheckedAt = now;
			this.healthChecked = true;
			return;
		}
		synchronized (this.engines) {
			boolean other = engineId != null && this.engines.add(engineId);
			if (this.engines.size() > MAX_ENGINES) {
				this.engines.remove(this.engines.iterator().next());
			}
			if (!this.greeted || other) {
				this.greetedAt = now;
				this.notified = false;
				if (this.greeted) {
					this.changes = this.changes + 1;
				}
				this.greeted = true;
			}
		}
	}

	/**
	 * Note the first NOTIFY of a connection.
	 */
	void notified(long now) {
		if (!this.notified) {
			this.notifiedAt = now;
			this.notified = true;
		}
	}

	/**
	 * Note that a connection has closed.
	 * @param frames how many frames have come on it
	 */
	void closed(long frames) {
		this.closed.addAndGet(notifies(frames));
	}

	/**
	 * Return how many of the frames of a connection are no HELLO.
	 */
	private static long notifies(long frames) {
		return Math.max(0, frames - 1);
	}

	/**
	 * Look at the connections. Called by one thread.
	 * @param frames how many frames have come on each connection that is open
	 * @param now the time
	 */
	void look(long[] frames, long now) {
		long sum = this.closed.get();
		boolean busy = false;
		for (long each : frames) {
			sum += notifies(each);
			busy |= notifies(each) > 0;
		}
		int changes = this.changes;
		if (changes != this.changesSeen) {
			this.changesSeen = changes;
			// Those that have come since the last look, too: the engines of HAProxy up to
			// 3.0 are
			// one for each thread, and come one by one
			this.notifiesBefore = this.notifies;
		}
		if (busy || sum != this.notifies) {
			this.busyAt = now;
		}
		this.notifies = sum;
		this.heard |= this.notified;
	}

	boolean isConnected() {
		return this.connected;
	}

	/**
	 * Return whether health checks come, those before the last NOTIFY not counted.
	 */
	boolean isHealthChecked() {
		return this.healthChecked && this.healthCheckedAt - this.busyAt >= 0;
	}

	/**
	 * Return whether HAProxy is or was connected, but for health checks.
	 */
	boolean isGreeted() {
		return this.greeted;
	}

	/**
	 * Return whether a NOTIFY has ever come.
	 */
	boolean isHeard() {
		return this.heard;
	}

	/**
	 * Return whether a NOTIFY has come since the newest engine has.
	 */
	boolean isNotified() {
		return this.notified;
	}

	/**
	 * Return whether NOTIFY frames have been coming for so long, and so many of them,
	 * that each message should have been among them.
	 */
	boolean isSettled(long patience, long now) {
		return this.notified && now - this.notifiedAt >= patience
				&& this.notifies - this.notifiesBefore >= MIN_NOTIFIES;
	}

	/**
	 * Return for how long, in nanoseconds, the listener has been waiting for what comes
	 * next.
	 */
	long nanosSilent(long now) {
		return now - (this.greeted ? this.greetedAt : this.openedAt);
	}

	/**
	 * Return for how long, in nanoseconds, no connection has been open that has had a
	 * NOTIFY.
	 */
	long nanosQuiet(long now) {
		return now - this.busyAt;
	}

}
