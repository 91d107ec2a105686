package io.spop.agent;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

import org.jspecify.annotations.Nullable;

/**
 * The handshakes and NOTIFY frames of one listener, to find out whether any are missing.
 * The history begins again with each new engine of HAProxy, since a new engine means that
 * HAProxy has been restarted, perhaps with another configuration. Safe to use by any
 * thread, except for {@link #look} and the methods that return its results.
 */
final class ListenerHistory {

	/** The number of engines that are kept. HAProxy up to 3.0 has one for each thread. */
	private static final int MAX_ENGINES = 256;

	/** The number of NOTIFY frames after which each message should have come. */
	private static final int MIN_NOTIFIES = 20;

	private final long openedAt;

	private final Set<String> engines = new LinkedHashSet<>();

	/** The number of NOTIFY frames of closed connections. */
	private final AtomicLong closed = new AtomicLong();

	private volatile boolean connected;

	private volatile boolean healthChecked;

	/** The time of the last health check. */
	private volatile long healthCheckedAt;

	private volatile boolean greeted;

	/** The time of the first handshake with the newest engine. */
	private volatile long greetedAt;

	/** Whether a NOTIFY has come since the newest engine came. */
	private volatile boolean notified;

	/** The time of the first NOTIFY since the newest engine came. */
	private volatile long notifiedAt;

	/** The number of engines after the first one. */
	private volatile int changes;

	private int changesSeen;

	/** The number of NOTIFY frames at the check that noticed the newest engine. */
	private long notifiesBefore;

	private long notifies;

	/** The last time at which a connection with a NOTIFY was open. */
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
	 * @param engineId the engine of HAProxy, or {@code null} if HAProxy names none
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
	 * @param frames the number of frames that have come on the connection
	 */
	void closed(long frames) {
		this.closed.addAndGet(notifies(frames));
	}

	/**
	 * Return the number of frames of a connection without the HELLO.
	 */
	private static long notifies(long frames) {
		return Math.max(0, frames - 1);
	}

	/**
	 * Check the connections. Called by one thread.
	 * @param frames the number of frames that have come on each open connection
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
			// Do not count the frames since the last check either: HAProxy up to 3.0 has
			// one engine for each thread, and these come one by one
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
	 * Return whether a health check has come after the last NOTIFY.
	 */
	boolean isHealthChecked() {
		return this.healthChecked && this.healthCheckedAt - this.busyAt >= 0;
	}

	/**
	 * Return whether HAProxy is or was connected, not counting health checks.
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
	 * Return whether a NOTIFY has come since the newest engine came.
	 */
	boolean isNotified() {
		return this.notified;
	}

	/**
	 * Return whether so many NOTIFY frames have come, for so long, that each message
	 * should have come by now.
	 */
	boolean isSettled(long patience, long now) {
		return this.notified && now - this.notifiedAt >= patience
				&& this.notifies - this.notifiesBefore >= MIN_NOTIFIES;
	}

	/**
	 * Return for how long the listener has been waiting, in nanoseconds: since the
	 * handshake with the newest engine or, without one, since the listener opened.
	 */
	long nanosSilent(long now) {
		return now - (this.greeted ? this.greetedAt : this.openedAt);
	}

	/**
	 * Return for how long no connection with a NOTIFY has been open, in nanoseconds.
	 */
	long nanosQuiet(long now) {
		return now - this.busyAt;
	}

}
