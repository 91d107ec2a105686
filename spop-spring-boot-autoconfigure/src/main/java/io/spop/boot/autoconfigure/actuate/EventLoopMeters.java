package io.spop.boot.autoconfigure.actuate;

import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;

import io.micrometer.core.instrument.Timer;
import io.spop.agent.SpopFinding;
import io.spop.agent.SpopMetricsRecorder;
import io.spop.protocol.Action;
import io.spop.protocol.Actions;
import io.spop.protocol.FrameType;
import io.spop.protocol.StatusCode;
import org.jspecify.annotations.Nullable;

/**
 * Counts what happens on the connections of one listener that one event loop serves. Only
 * that event loop writes, without a lock or an atomic operation, because all counts of a
 * NOTIFY together may cost some ten nanoseconds. A scrape reads on another thread.
 */
final class EventLoopMeters implements SpopMetricsRecorder {

	private static final int FRAME_TYPES = FrameType.values().length + 1;

	private static final int STATUSES = StatusCode.values().length;

	private static final int MESSAGE_OUTCOMES = MessageOutcome.values().length;

	/** For each message a count and a time of each outcome. */
	private static final int MESSAGE_SIZE = 2 * MESSAGE_OUTCOMES;

	private static final Layout COUNTS = new Layout();

	static final int OPENED = COUNTS.next(1);

	static final int NOTIFY_STARTED = COUNTS.next(1);

	static final int SET_VARS = COUNTS.next(1);

	static final int UNSET_VARS = COUNTS.next(1);

	static final int DROPPED = COUNTS.next(1);

	static final int BLOCKED = COUNTS.next(1);

	static final int BLOCKED_NANOS = COUNTS.next(1);

	static final int LIMITS = COUNTS.next(Limit.values().length);

	static final int CLOSED = COUNTS.next(CloseReason.values().length);

	static final int SESSIONS = COUNTS.next(HandshakeOutcome.values().length);

	static final int HEALTH_CHECKS = COUNTS.next(HandshakeOutcome.values().length);

	static final int FRAMES_RECEIVED = COUNTS.next(FRAME_TYPES);

	static final int FRAMES_SENT = COUNTS.next(FRAME_TYPES);

	static final int BYTES_RECEIVED = COUNTS.next(1);

	static final int BYTES_SENT = COUNTS.next(1);

	static final int NOTIFY = COUNTS.next(NotifyOutcome.values().length);

	static final int NOTIFY_NANOS = COUNTS.next(NotifyOutcome.values().length);

	static final int DISCONNECTS_RECEIVED = COUNTS.next(STATUSES);

	static final int DISCONNECTS_SENT = COUNTS.next(STATUSES);

	static final int PROTOCOL_ERRORS = COUNTS.next(STATUSES);

	static final int FINDINGS = COUNTS.next(SpopFinding.Kind.values().length);

	/** The last range, because its length depends on the handlers. */
	private static final int MESSAGES = COUNTS.next(0);

	private static final Layout MAXIMUMS = new Layout();

	static final int MAX_RECEIVED = MAXIMUMS.next(1);

	static final int MAX_SENT = MAXIMUMS.next(1);

	static final int MAX_BLOCKED = MAXIMUMS.next(1);

	static final int MAX_NOTIFY = MAXIMUMS.next(NotifyOutcome.values().length);

	private static final int MAX_MESSAGES = MAXIMUMS.next(0);

	private final AtomicLongArray counts;

	private final RecentMaximums maximums;

	private final Map<String, Integer> messages;

	private final @Nullable Timer[] notifyTimers;

	/** Counts for other threads. */
	private final EventLoopMeters others;

	private final Thread eventLoop = Thread.currentThread();

	/**
	 * Create meters for the event loop that calls this.
	 * @param messages the index of each message; the index of all other messages is the
	 * size of the map
	 * @param notifyTimers timers by outcome, {@code null} where sums are enough
	 * @param window the number of the time window for maximums
	 * @param others counts for other threads, or {@code null} if this object counts for
	 * them
	 */
	EventLoopMeters(Map<String, Integer> messages, @Nullable Timer[] notifyTimers, RecentMaximums.Window window,
			@Nullable EventLoopMeters others) {
		this.messages = messages;
		this.notifyTimers = notifyTimers;
		this.counts = new AtomicLongArray(message(messages.size() + 1));
		this.maximums = new RecentMaximums(MAX_MESSAGES + (messages.size() + 1) * MESSAGE_OUTCOMES, window);
		this.others = (others != null) ? others : this;
	}

	static int message(int place) {
		return MESSAGES + place * MESSAGE_SIZE;
	}

	static int nanos(int messageCount) {
		return messageCount + MESSAGE_OUTCOMES;
	}

	static int maxMessage(int place) {
		return MAX_MESSAGES + place * MESSAGE_OUTCOMES;
	}

	long sum(int position, int length) {
		long sum = 0;
		for (int i = 0; i < length; i++) {
			sum += this.counts.get(position + i);
		}
		return sum;
	}

	long maximum(int position) {
		return this.maximums.get(position);
	}

	/**
	 * Return whether the event loop has ended, after which it counts nothing more.
	 */
	boolean hasEnded() {
		return !this.eventLoop.isAlive();
	}

	/**
	 * Add what an event loop that has ended counted.
	 */
	synchronized void addAll(EventLoopMeters ended) {
		for (int i = 0; i < this.counts.length(); i++) {
			add(i, ended.counts.get(i));
		}
		this.maximums.addAll(ended.maximums);
	}

	private void add(int position, long number) {
		this.counts.lazySet(position, this.counts.getPlain(position) + number);
	}

	@Override
	public void connectionOpened() {
		add(OPENED, 1);
	}

	@Override
	public void connectionClosed(CloseReason reason) {
		add(CLOSED + reason.ordinal(), 1);
	}

	@Override
	public void limitReached(Limit limit) {
		add(LIMITS + limit.ordinal(), 1);
	}

	@Override
	public void found(SpopFinding.Kind kind, long times) {
		add(FINDINGS + kind.ordinal(), times);
	}

	@Override
	public void eventLoopBlocked(long nanos) {
		add(BLOCKED, 1);
		add(BLOCKED_NANOS, nanos);
		this.maximums.record(MAX_BLOCKED, nanos);
	}

	@Override
	public void handshakeEnded(boolean healthcheck, HandshakeOutcome outcome) {
		add((healthcheck ? HEALTH_CHECKS : SESSIONS) + outcome.ordinal(), 1);
	}

	@Override
	public void frameReceived(@Nullable FrameType type, int size) {
		add(FRAMES_RECEIVED + ((type != null) ? type.ordinal() : FRAME_TYPES - 1), 1);
		add(BYTES_RECEIVED, size);
		this.maximums.record(MAX_RECEIVED, size);
	}

	@Override
	public void frameSent(FrameType type, int size) {
		add(FRAMES_SENT + type.ordinal(), 1);
		add(BYTES_SENT, size);
		this.maximums.record(MAX_SENT, size);
	}

	@Override
	public void notifyStarted() {
		add(NOTIFY_STARTED, 1);
	}

	@Override
	public void notifyEnded(NotifyOutcome outcome, long nanos) {
		add(NOTIFY + outcome.ordinal(), 1);
		add(NOTIFY_NANOS + outcome.ordinal(), nanos);
		this.maximums.record(MAX_NOTIFY + outcome.ordinal(), nanos);
		Timer timer = this.notifyTimers[outcome.ordinal()];
		if (timer != null) {
			timer.record(nanos, TimeUnit.NANOSECONDS);
		}
	}

	@Override
	public void messageHandled(@Nullable String message, MessageOutcome outcome, long nanos) {
		if (Thread.currentThread() == this.eventLoop) {
			countMessage(message, outcome, nanos);
		}
		else {
			synchronized (this.others) {
				this.others.countMessage(message, outcome, nanos);
			}
		}
	}

	@Override
	public void resultDropped() {
		synchronized (this.others) {
			this.others.add(DROPPED, 1);
		}
	}

	private void countMessage(@Nullable String message, MessageOutcome outcome, long nanos) {
		Integer known = (message != null) ? this.messages.get(message) : null;
		int place = (known != null) ? known : this.messages.size();
		int position = message(place) + outcome.ordinal();
		add(position, 1);
		add(nanos(position), nanos);
		this.maximums.record(maxMessage(place) + outcome.ordinal(), nanos);
	}

	@Override
	public void actionsSent(Actions actions) {
		int setVars = 0;
		int size = actions.size();
		for (int i = 0; i < size; i++) {
			if (actions.get(i) instanceof Action.SetVar) {
				setVars++;
			}
		}
		add(SET_VARS, setVars);
		add(UNSET_VARS, size - setVars);
	}

	@Override
	public void disconnectReceived(long status) {
		StatusCode known = StatusCode.UNKNOWN;
		for (StatusCode code : StatusCode.values()) {
			if (code.code() == status) {
				known = code;
			}
		}
		add(DISCONNECTS_RECEIVED + known.ordinal(), 1);
	}

	@Override
	public void disconnectSent(StatusCode status) {
		add(DISCONNECTS_SENT + status.ordinal(), 1);
	}

	@Override
	public void protocolError(StatusCode status) {
		add(PROTOCOL_ERRORS + status.ordinal(), 1);
	}

	/**
	 * Hands out ranges of an array, one after the other.
	 */
	private static final class Layout {

		private int size;

		/**
		 * Return where the next range begins.
		 * @param length its length
		 */
		int next(int length) {
			int begin = this.size;
			this.size += length;
			return begin;
		}

	}

}
