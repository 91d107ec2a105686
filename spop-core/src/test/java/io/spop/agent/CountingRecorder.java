package io.spop.agent;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

import io.spop.protocol.FrameType;
import org.jspecify.annotations.Nullable;

/**
 * Recorder that counts what an agent tells it.
 */
final class CountingRecorder implements SpopMetricsRecorder {

	/** The sizes of frames. */
	final List<Integer> received = new CopyOnWriteArrayList<>();

	final List<Integer> sent = new CopyOnWriteArrayList<>();

	final AtomicInteger started = new AtomicInteger();

	final Map<NotifyOutcome, Integer> ended = new ConcurrentHashMap<>(new EnumMap<>(NotifyOutcome.class));

	final Map<Limit, Integer> limits = new ConcurrentHashMap<>();

	final Map<SpopFinding.Kind, Long> found = new ConcurrentHashMap<>();

	final List<Long> blocked = new CopyOnWriteArrayList<>();

	@Override
	public void frameReceived(@Nullable FrameType type, int size) {
		this.received.add(size);
	}

	@Override
	public void frameSent(FrameType type, int size) {
		this.sent.add(size);
	}

	@Override
	public void notifyStarted() {
		this.started.incrementAndGet();
	}

	@Override
	public void notifyEnded(NotifyOutcome outcome, long nanos) {
		this.ended.merge(outcome, 1, Integer::sum);
	}

	@Override
	public void limitReached(Limit limit) {
		this.limits.merge(limit, 1, Integer::sum);
	}

	@Override
	public void found(SpopFinding.Kind kind, long times) {
		this.found.merge(kind, times, Long::sum);
	}

	@Override
	public void eventLoopBlocked(long nanos) {
		this.blocked.add(nanos);
	}

	int inFlight() {
		return this.started.get() - this.ended.values().stream().mapToInt(Integer::intValue).sum();
	}

}
