package io.spop.boot.autoconfigure.actuate;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.distribution.HistogramSnapshot;
import io.spop.agent.SpopFinding;
import io.spop.agent.SpopMetricsRecorder;
import io.spop.agent.SpopMetricsRecorder.CloseReason;
import io.spop.agent.SpopMetricsRecorder.HandshakeOutcome;
import io.spop.agent.SpopMetricsRecorder.Limit;
import io.spop.agent.SpopMetricsRecorder.MessageOutcome;
import io.spop.agent.SpopMetricsRecorder.NotifyOutcome;
import io.spop.handler.SpopMessageObservationDocumentation;
import io.spop.protocol.FrameType;
import io.spop.protocol.StatusCode;
import io.spop.recording.Recorder;
import org.jspecify.annotations.Nullable;

/**
 * The meters of an agent: functions of the counts of its event loops. All meters are
 * registered before the first frame.
 */
final class SpopMeters {

	private final MeterRegistry registry;

	private final RecentMaximums.Window window = new RecentMaximums.Window();

	private final Map<String, Integer> messages = new LinkedHashMap<>();

	private final Map<String, Listener> listeners = new ConcurrentHashMap<>();

	/** Meters have only weak references to what they count. */
	private Supplier<@Nullable Recorder> recorder = () -> null;

	private boolean registered;

	/**
	 * Create meters.
	 * @param registry where to register them
	 */
	SpopMeters(MeterRegistry registry) {
		this.registry = registry;
	}

	static String value(Enum<?> constant) {
		return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
	}

	/**
	 * Register the meters. The meters stay when the agent stops, and a second call does
	 * nothing.
	 * @param listeners the names of the listeners
	 * @param messages the names of the messages that have a handler
	 * @param messageTimers whether to register timers for messages
	 */
	synchronized void register(Iterable<String> listeners, Iterable<String> messages, boolean messageTimers) {
		if (this.registered) {
			return;
		}
		this.registered = true;
		for (String message : messages) {
			this.messages.putIfAbsent(message, this.messages.size());
		}
		for (String listener : listeners) {
			Listener counted = this.listeners.computeIfAbsent(listener, Listener::new);
			if (messageTimers) {
				counted.registerMessages();
			}
		}
	}

	/**
	 * Register the meters of the recording.
	 * @param recorder returns the recorder, or {@code null} before the agent has started
	 */
	void registerRecording(Supplier<@Nullable Recorder> recorder) {
		this.recorder = recorder;
		counter(SpopMetersDocumentation.RECORD_ENTRIES, Tags.of(outcome("written")), Recorder::written);
		counter(SpopMetersDocumentation.RECORD_ENTRIES, Tags.of(outcome("dropped")), Recorder::dropped);
		counter(SpopMetersDocumentation.RECORD_ENTRIES, Tags.of(outcome("unreadable")), Recorder::unreadable);
		counter(SpopMetersDocumentation.RECORD_SIZE, Tags.empty(), Recorder::bytes);
	}

	private static Tag outcome(String outcome) {
		return Tag.of(SpopMetersDocumentation.Tag.OUTCOME.asString(), outcome);
	}

	private void counter(SpopMetersDocumentation meter, Tags tags, ToLongFunction<Recorder> count) {
		FunctionCounter.builder(meter.getName(), this.recorder, (supplier) -> {
			Recorder current = supplier.get();
			return (current != null) ? count.applyAsLong(current) : 0;
		}).baseUnit(meter.getBaseUnit()).description(meter.getDescription()).tags(tags).register(this.registry);
	}

	/**
	 * Return a recorder for the event loop that calls this.
	 * @param listener the name of the listener
	 * @return the recorder
	 */
	SpopMetricsRecorder recorder(String listener) {
		return this.listeners.computeIfAbsent(listener, Listener::new).recorder();
	}

	/**
	 * Return how often handlers ran for a message.
	 * @param message the name of the message, or {@code null} for all messages that no
	 * handler names
	 * @param listeners the names of the listeners to count for, empty for all
	 * @return the counts by outcome, without those that are zero
	 */
	Map<String, Long> counts(@Nullable String message, Set<String> listeners) {
		Map<String, Long> counts = new LinkedHashMap<>();
		Integer known = (message != null) ? this.messages.get(message) : null;
		int place = EventLoopMeters.message((known != null) ? known : this.messages.size());
		for (MessageOutcome outcome : MessageOutcome.values()) {
			long count = 0;
			for (Map.Entry<String, Listener> listener : this.listeners.entrySet()) {
				if (listeners.isEmpty() || listeners.contains(listener.getKey())) {
					count += listener.getValue().sum(place + outcome.ordinal());
				}
			}
			if (count > 0) {
				counts.put(value(outcome), count);
			}
		}
		return counts;
	}

	/**
	 * The counts of one listener.
	 */
	private final class Listener {

		private final Tags tags;

		private final Map<String, Integer> messages = new HashMap<>(SpopMeters.this.messages);

		private final @Nullable Timer[] notifyTimers = new Timer[NotifyOutcome.values().length];

		private final EventLoopMeters others = new EventLoopMeters(this.messages, this.notifyTimers,
				SpopMeters.this.window, null);

		/**
		 * The counts of event loops that run. {@code others} has the counts of event
		 * loops that have ended.
		 */
		private final List<EventLoopMeters> running = new ArrayList<>();

		Listener(String name) {
			this.tags = Tags.of(SpopMetersDocumentation.Tag.LISTENER.asString(), name);
			registerConnections();
			registerFrames();
			registerNotify();
			registerEventLoops();
			for (SpopFinding.Kind kind : SpopFinding.Kind.values()) {
				counter(SpopMetersDocumentation.FINDINGS, and(SpopMetersDocumentation.Tag.FINDING, value(kind)),
						EventLoopMeters.FINDINGS + kind.ordinal());
			}
		}

		synchronized SpopMetricsRecorder recorder() {
			foldEnded();
			EventLoopMeters meters = new EventLoopMeters(this.messages, this.notifyTimers, SpopMeters.this.window,
					this.others);
			this.running.add(meters);
			return meters;
		}

		/**
		 * Move the counts of event loops that have ended. An agent that is started again
		 * has new event loops.
		 */
		private void foldEnded() {
			this.running.removeIf((meters) -> {
				boolean ended = meters.hasEnded();
				if (ended) {
					this.others.addAll(meters);
				}
				return ended;
			});
		}

		private void registerConnections() {
			gauge(SpopMetersDocumentation.CONNECTIONS_ACTIVE, EventLoopMeters.OPENED, EventLoopMeters.CLOSED,
					CloseReason.values().length);
			counter(SpopMetersDocumentation.CONNECTIONS_OPENED, this.tags, EventLoopMeters.OPENED);
			for (CloseReason reason : CloseReason.values()) {
				counter(SpopMetersDocumentation.CONNECTIONS_CLOSED,
						and(SpopMetersDocumentation.Tag.REASON, value(reason)),
						EventLoopMeters.CLOSED + reason.ordinal());
			}
			for (Limit limit : Limit.values()) {
				counter(SpopMetersDocumentation.LIMITS_REACHED, and(SpopMetersDocumentation.Tag.LIMIT, value(limit)),
						EventLoopMeters.LIMITS + limit.ordinal());
			}
			for (HandshakeOutcome outcome : HandshakeOutcome.values()) {
				Tags tags = and(SpopMetersDocumentation.Tag.OUTCOME, value(outcome));
				counter(SpopMetersDocumentation.HANDSHAKES,
						tags.and(SpopMetersDocumentation.Tag.KIND.asString(), "session"),
						EventLoopMeters.SESSIONS + outcome.ordinal());
				counter(SpopMetersDocumentation.HANDSHAKES,
						tags.and(SpopMetersDocumentation.Tag.KIND.asString(), "health-check"),
						EventLoopMeters.HEALTH_CHECKS + outcome.ordinal());
			}
			for (StatusCode status : StatusCode.values()) {
				Tags tags = and(SpopMetersDocumentation.Tag.STATUS, value(status));
				counter(SpopMetersDocumentation.DISCONNECTS,
						tags.and(SpopMetersDocumentation.Tag.DIRECTION.asString(), "in"),
						EventLoopMeters.DISCONNECTS_RECEIVED + status.ordinal());
				counter(SpopMetersDocumentation.DISCONNECTS,
						tags.and(SpopMetersDocumentation.Tag.DIRECTION.asString(), "out"),
						EventLoopMeters.DISCONNECTS_SENT + status.ordinal());
				counter(SpopMetersDocumentation.PROTOCOL_ERRORS, tags,
						EventLoopMeters.PROTOCOL_ERRORS + status.ordinal());
			}
		}

		private void registerFrames() {
			Tags in = and(SpopMetersDocumentation.Tag.DIRECTION, "in");
			Tags out = and(SpopMetersDocumentation.Tag.DIRECTION, "out");
			int types = FrameType.values().length;
			for (FrameType type : FrameType.values()) {
				boolean ofAgent = type.code() >= FrameType.AGENT_HELLO.code();
				int position = (ofAgent ? EventLoopMeters.FRAMES_SENT : EventLoopMeters.FRAMES_RECEIVED)
						+ type.ordinal();
				counter(SpopMetersDocumentation.FRAMES,
						(ofAgent ? out : in).and(SpopMetersDocumentation.Tag.TYPE.asString(), value(type)), position);
			}
			FunctionCounter
				.builder(SpopMetersDocumentation.FRAMES.getName(), this,
						(listener) -> listener.sum(EventLoopMeters.FRAMES_RECEIVED + types)
								+ listener.sum(EventLoopMeters.FRAMES_RECEIVED + FrameType.AGENT_HELLO.ordinal(),
										types - FrameType.AGENT_HELLO.ordinal()))
				.description(SpopMetersDocumentation.FRAMES.getDescription())
				.tags(in.and(SpopMetersDocumentation.Tag.TYPE.asString(), "unknown"))
				.register(SpopMeters.this.registry);
			size(in, EventLoopMeters.BYTES_RECEIVED, EventLoopMeters.MAX_RECEIVED);
			size(out, EventLoopMeters.BYTES_SENT, EventLoopMeters.MAX_SENT);
			counter(SpopMetersDocumentation.RESULTS_DROPPED, this.tags, EventLoopMeters.DROPPED);
			counter(SpopMetersDocumentation.ACTIONS, and(SpopMetersDocumentation.Tag.ACTION, "set-var"),
					EventLoopMeters.SET_VARS);
			counter(SpopMetersDocumentation.ACTIONS, and(SpopMetersDocumentation.Tag.ACTION, "unset-var"),
					EventLoopMeters.UNSET_VARS);
		}

		private void size(Tags tags, int bytes, int maximum) {
			FunctionCounter
				.builder(SpopMetersDocumentation.FRAME_SIZE.getName(), this, (listener) -> listener.sum(bytes))
				.baseUnit(SpopMetersDocumentation.FRAME_SIZE.getBaseUnit())
				.description(SpopMetersDocumentation.FRAME_SIZE.getDescription())
				.tags(tags)
				.register(SpopMeters.this.registry);
			Gauge
				.builder(SpopMetersDocumentation.FRAME_SIZE_MAX.getName(), this,
						(listener) -> listener.maximum(maximum))
				.baseUnit(SpopMetersDocumentation.FRAME_SIZE_MAX.getBaseUnit())
				.description(SpopMetersDocumentation.FRAME_SIZE_MAX.getDescription())
				.tags(tags)
				.register(SpopMeters.this.registry);
		}

		private void registerNotify() {
			gauge(SpopMetersDocumentation.NOTIFY_IN_FLIGHT, EventLoopMeters.NOTIFY_STARTED, EventLoopMeters.NOTIFY,
					NotifyOutcome.values().length);
			for (NotifyOutcome outcome : NotifyOutcome.values()) {
				Tags tags = and(SpopMetersDocumentation.Tag.OUTCOME, value(outcome));
				int count = EventLoopMeters.NOTIFY + outcome.ordinal();
				Timer timer = distribution(SpopMetersDocumentation.NOTIFY, tags);
				this.notifyTimers[outcome.ordinal()] = timer;
				if (timer == null) {
					timer(SpopMetersDocumentation.NOTIFY, tags, count,
							EventLoopMeters.NOTIFY_NANOS + outcome.ordinal());
				}
				maximum(SpopMetersDocumentation.NOTIFY_MAX, tags, EventLoopMeters.MAX_NOTIFY + outcome.ordinal());
			}
		}

		private void registerEventLoops() {
			timer(SpopMetersDocumentation.EVENT_LOOP_BLOCKED, this.tags, EventLoopMeters.BLOCKED,
					EventLoopMeters.BLOCKED_NANOS);
			maximum(SpopMetersDocumentation.EVENT_LOOP_BLOCKED_MAX, this.tags, EventLoopMeters.MAX_BLOCKED);
		}

		private void registerMessages() {
			Map<String, Integer> places = new LinkedHashMap<>(SpopMeters.this.messages);
			places.put(SpopMessageObservationDocumentation.UNKNOWN_MESSAGE, places.size());
			places.forEach((message, place) -> {
				for (MessageOutcome outcome : MessageOutcome.values()) {
					if (outcome == MessageOutcome.UNHANDLED
							&& !message.equals(SpopMessageObservationDocumentation.UNKNOWN_MESSAGE)) {
						continue;
					}
					Tags tags = and(SpopMetersDocumentation.Tag.MESSAGE, message)
						.and(SpopMetersDocumentation.Tag.OUTCOME.asString(), value(outcome));
					int count = EventLoopMeters.message(place) + outcome.ordinal();
					timer(SpopMetersDocumentation.MESSAGE, tags, count, EventLoopMeters.nanos(count));
					maximum(SpopMetersDocumentation.MESSAGE_MAX, tags,
							EventLoopMeters.maxMessage(place) + outcome.ordinal());
				}
			});
		}

		private Tags and(SpopMetersDocumentation.Tag tag, String value) {
			return this.tags.and(tag.asString(), value);
		}

		private void counter(SpopMetersDocumentation meter, Tags tags, int position) {
			FunctionCounter.builder(meter.getName(), this, (listener) -> listener.sum(position))
				.description(meter.getDescription())
				.tags(tags)
				.register(SpopMeters.this.registry);
		}

		private void gauge(SpopMetersDocumentation meter, int begun, int ended, int endings) {
			Gauge.builder(meter.getName(), this, (listener) -> Math.max(0, listener.difference(begun, ended, endings)))
				.description(meter.getDescription())
				.tags(this.tags)
				.register(SpopMeters.this.registry);
		}

		/**
		 * Return a timer if the application wants a histogram or percentiles, for which
		 * each NOTIFY is recorded. Returns {@code null} if sums are enough.
		 */
		private @Nullable Timer distribution(SpopMetersDocumentation meter, Tags tags) {
			Timer timer = Timer.builder(meter.getName())
				.description(meter.getDescription())
				.tags(tags)
				.register(SpopMeters.this.registry);
			HistogramSnapshot snapshot = timer.takeSnapshot();
			if (snapshot.histogramCounts().length > 0 || snapshot.percentileValues().length > 0) {
				return timer;
			}
			SpopMeters.this.registry.remove(timer);
			return null;
		}

		private void timer(SpopMetersDocumentation meter, Tags tags, int count, int nanos) {
			FunctionTimer
				.builder(meter.getName(), this, (listener) -> listener.sum(count), (listener) -> listener.sum(nanos),
						TimeUnit.NANOSECONDS)
				.description(meter.getDescription())
				.tags(tags)
				.register(SpopMeters.this.registry);
		}

		private void maximum(SpopMetersDocumentation meter, Tags tags, int position) {
			TimeGauge.builder(meter.getName(), this, TimeUnit.NANOSECONDS, (listener) -> listener.maximum(position))
				.description(meter.getDescription())
				.tags(tags)
				.register(SpopMeters.this.registry);
		}

		private long sum(int position) {
			return sum(position, 1);
		}

		private synchronized long difference(int begun, int ended, int endings) {
			// The beginnings are read last, so that the difference is never negative
			long sum = sum(ended, endings);
			return sum(begun) - sum;
		}

		private synchronized long sum(int position, int length) {
			long sum = this.others.sum(position, length);
			for (EventLoopMeters meters : this.running) {
				sum += meters.sum(position, length);
			}
			return sum;
		}

		private synchronized long maximum(int position) {
			long maximum = this.others.maximum(position);
			for (EventLoopMeters meters : this.running) {
				maximum = Math.max(maximum, meters.maximum(position));
			}
			return maximum;
		}

	}

}
