package io.spop.agent;

/**
 * What has come to one listener since it was opened, as far as nothing at all is worth a
 * finding. Safe to use by any thread.
 */
final class ListenerHistory {

	private final long openedAt;

	private volatile boolean connected;

	private volatile boolean healthChecked;

	private volatile boolean greeted;

	/** When the first handshake that was no health check ended. */
	private volatile long greetedAt;

	private volatile boolean notified;

	/** When the first NOTIFY came. */
	private volatile long notifiedAt;

	ListenerHistory(long now) {
		this.openedAt = now;
	}

	void connected() {
		this.connected = true;
	}

	void greeted(boolean healthcheck, long now) {
		if (healthcheck) {
			this.healthChecked = true;
		}
		else if (!this.greeted) {
			this.greetedAt = now;
			this.greeted = true;
		}
	}

	void notified(long now) {
		if (!this.notified) {
			this.notifiedAt = now;
			this.notified = true;
		}
	}

	boolean isConnected() {
		return this.connected;
	}

	boolean isHealthChecked() {
		return this.healthChecked;
	}

	boolean isGreeted() {
		return this.greeted;
	}

	boolean isNotified() {
		return this.notified;
	}

	/**
	 * Return for how long, in nanoseconds, the listener has been waiting for what comes
	 * next, or has had NOTIFY frames.
	 */
	long nanosSince(long now) {
		if (this.notified) {
			return now - this.notifiedAt;
		}
		return now - (this.greeted ? this.greetedAt : this.openedAt);
	}

}
