package io.spop.agent;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;

import io.spop.agent.SpopFinding.Kind;
import org.jspecify.annotations.Nullable;

/**
 * Checks every few seconds for findings, and logs a line for each finding. Findings are
 * events since the last check, connections and messages that have not come, and findings
 * of the handler. A NOTIFY without a problem costs nothing here. Safe to use by any
 * thread, except for {@link #examine}.
 */
final class Findings {

	/**
	 * The largest number of subjects of one kind and listener with their own findings.
	 */
	private static final int MAX_SUBJECTS = 20;

	private static final String OTHERS = "others";

	/** The time after which a finding that occurs again is logged again. */
	private static final long LOG_NANOS = TimeUnit.MINUTES.toNanos(10);

	/** The time after which an event that does not occur again is no longer a finding. */
	private static final long END_NANOS = TimeUnit.MINUTES.toNanos(10);

	/**
	 * The factor by which a silence after messages has to last longer than the patience,
	 * since there may be no traffic.
	 */
	private static final int QUIET = 12;

	/** The time after which a silence that comes back is logged again. */
	private static final long SILENCE_LOG_NANOS = TimeUnit.DAYS.toNanos(1);

	private final AgentSettings settings;

	private final Collection<? extends SpopConnection> connections;

	private final Function<String, SpopMetricsRecorder> recorders;

	private final Map<String, ListenerHistory> histories = new ConcurrentHashMap<>();

	/** The events that are findings. */
	private final Map<Key, Event> events = new LinkedHashMap<>();

	private final Map<Key, Told> told = new HashMap<>();

	private final Map<String, SpopMetricsRecorder> ownRecorders = new HashMap<>();

	private volatile List<SpopFinding> findings = List.of();

	/**
	 * Create an instance without findings.
	 * @param settings the settings of the agent
	 * @param connections the open connections
	 * @param recorders creates a recorder for a listener, for the thread that calls
	 * {@link #examine}
	 */
	Findings(AgentSettings settings, Collection<? extends SpopConnection> connections,
			Function<String, SpopMetricsRecorder> recorders) {
		this.settings = settings;
		this.connections = connections;
		this.recorders = recorders;
	}

	/**
	 * Return the history of a listener.
	 */
	ListenerHistory history(String listener) {
		return this.histories.computeIfAbsent(listener, (name) -> new ListenerHistory(System.nanoTime()));
	}

	/**
	 * Note an event.
	 * @param kind the kind of the finding
	 * @param listener the name of the listener
	 * @param subject the message or argument of the finding, escaped, or {@code null}
	 * @param text returns the line for the log, called once for each subject
	 */
	void add(Kind kind, String listener, @Nullable String subject, Supplier<String> text) {
		Key key = new Key(kind, listener, subject);
		synchronized (this.events) {
			Event event = this.events.get(key);
			if (event == null) {
				boolean full = subject != null
						&& this.events.keySet().stream().filter(key::isAlike).count() >= MAX_SUBJECTS;
				event = full ? this.events.computeIfAbsent(new Key(kind, listener, OTHERS),
						(others) -> new Event(text.get())) : new Event(text.get());
				if (!full) {
					this.events.put(key, event);
				}
			}
			event.count++;
		}
	}

	/**
	 * Return the findings of the last check.
	 */
	List<SpopFinding> list() {
		return this.findings;
	}

	/**
	 * Check for findings, and log the new ones. Called by one thread, which must not
	 * block.
	 * @param now the time
	 */
	void examine(long now) {
		List<SpopFinding> found = new ArrayList<>();
		this.settings.listeners.values().forEach((listener) -> examine(listener, now, found));
		synchronized (this.events) {
			this.events.values().removeIf((event) -> event.hasEnded(now));
			this.events.forEach((key, event) -> found
				.add(SpopFinding.of(key.kind(), key.listener(), event.text).subject(key.subject()).count(event.count)));
		}
		Set<Key> keys = found.stream().map(Key::of).collect(Collectors.toSet());
		this.told.keySet().removeIf((key) -> !key.isSilence() && !keys.contains(key));
		this.told.forEach((key, told) -> {
			if (!keys.contains(key)) {
				told.count = 0;
			}
		});
		found.forEach((finding) -> tell(finding, now));
		this.findings = List.copyOf(found);
	}

	private void examine(SpopListener listener, long now, List<SpopFinding> found) {
		String name = listener.name();
		ListenerHistory history = history(name);
		long patience = this.settings.patience.toNanos();
		history.look(this.connections.stream()
			.filter((connection) -> connection.listener().equals(name))
			.mapToLong(SpopConnection::framesReceived)
			.toArray(), now);
		if (history.isHeard()) {
			try {
				found.addAll(this.settings.handler.findings(name, history.isSettled(patience, now)));
			}
			catch (RuntimeException ex) {
				ConnectionLog.logger.debug("The findings of the handler are not known", ex);
			}
		}
		if (!history.isNotified() && history.nanosSilent(now) >= patience) {
			found.add(silence(name, history));
		}
		else if (history.isHeard() && history.nanosQuiet(now) >= QUIET * patience) {
			found.add(quiet(name, history));
		}
	}

	/**
	 * Return the finding for a listener whose connections with messages have all been
	 * closed by HAProxy. HAProxy also closes them when there is no traffic.
	 */
	private SpopFinding quiet(String listener, ListenerHistory history) {
		String before = "Messages came, and for " + text(QUIET * this.settings.patience.toMillis())
				+ " HAProxy has had no connection for them";
		String cause = ": if there is traffic, and HAProxy has been restarted or reloaded, look at what has changed in its"
				+ " configuration, at 'filter spoe' in the frontend that has the traffic, and at the 'event' line of each"
				+ " spoe-message, which HAProxy never sends without one";
		return history.isHealthChecked()
				? SpopFinding.of(Kind.ONLY_HEALTH_CHECKS, listener, before + ", only health checks" + cause)
				: SpopFinding.of(Kind.NOBODY_CONNECTS, listener,
						before + ", not even a health check" + cause + ". Look whether HAProxy runs, too");
	}

	private SpopFinding silence(String listener, ListenerHistory history) {
		String time = text(this.settings.patience.toMillis());
		if (history.isGreeted()) {
			return SpopFinding.of(Kind.NO_NOTIFY, listener, "HAProxy has been connected for " + time
					+ " without a NOTIFY. It connects when it has a message to"
					+ " send: either it gave up on that message before the handshake had ended ('set-on-error' has"
					+ " code 1 then: look at 'timeout processing'), or a client connects that is not HAProxy");
		}
		if (history.isHealthChecked()) {
			return SpopFinding.of(Kind.ONLY_HEALTH_CHECKS, listener, "For " + time
					+ " only health checks have come: HAProxy reaches the agent, and has no message to send. If"
					+ " there is traffic, look at 'filter spoe' in the frontend that has it, at 'messages' and 'groups'"
					+ " in the spoe-agent section, at the 'event' line of each spoe-message, which HAProxy never sends"
					+ " without one, and at the rule send-spoe-group, without which it sends no group. Where"
					+ " 'set-on-error' has code 3, the message does not fit into a frame: look at 'max-frame-size',"
					+ " 'tune.bufsize' and arguments such as req.body");
		}
		if (history.isConnected()) {
			return SpopFinding.of(Kind.NOBODY_CONNECTS, listener, "For " + time
					+ " no connection has completed the handshake of SPOP: either a client connects that is not HAProxy,"
					+ " or the TLS settings of HAProxy differ from those of the agent. Look at the lines above, and at"
					+ " 'ssl' on the server line of HAProxy");
		}
		return SpopFinding.of(Kind.NOBODY_CONNECTS, listener, "For " + time
				+ " nobody has connected, not even a health check: HAProxy does not reach the agent, or has no message to"
				+ " send. Look at the address on the server line of HAProxy and add 'check' to it, at 'use-backend' in the"
				+ " spoe-agent section, at 'filter spoe' in the frontend that has the traffic, and at the 'event' line of"
				+ " each spoe-message, which HAProxy never sends without one");
	}

	private static String text(long millis) {
		return (millis % 1000 == 0) ? millis / 1000 + " s" : millis + " ms";
	}

	private void tell(SpopFinding finding, long now) {
		Told told = this.told.computeIfAbsent(Key.of(finding), (key) -> new Told());
		long more = finding.count() - told.count;
		if (more <= 0) {
			return;
		}
		told.count = finding.count();
		this.ownRecorders.computeIfAbsent(finding.listener(), this.recorders).found(finding.kind(), more);
		// A message without a handler has been logged when it came
		if (finding.kind() != Kind.MESSAGE_UNHANDLED
				&& (!told.logged || now - told.loggedAt >= logNanos(finding.kind()))) {
			told.logged = true;
			told.loggedAt = now;
			String count = (finding.count() > 1) ? " (" + finding.count() + " times so far)" : "";
			LogQueue.write(() -> ConnectionLog.logger.warn("[{}] On listener '{}': {}{}", name(finding.kind()),
					finding.listener(), finding.text(), count));
		}
	}

	private static long logNanos(Kind kind) {
		return switch (kind) {
			// A listener may have no HAProxy on purpose
			case NOBODY_CONNECTS -> Long.MAX_VALUE;
			case ONLY_HEALTH_CHECKS -> SILENCE_LOG_NANOS;
			default -> LOG_NANOS;
		};
	}

	static String name(Kind kind) {
		return kind.name().toLowerCase(Locale.ROOT).replace('_', '-');
	}

	/**
	 * The key of a finding.
	 */
	private record Key(Kind kind, String listener, @Nullable String subject) {

		static Key of(SpopFinding finding) {
			return new Key(finding.kind(), finding.listener(), finding.subject());
		}

		/**
		 * Return whether the finding is logged seldom, even if it has ended in the
		 * meantime.
		 */
		boolean isSilence() {
			return this.kind == Kind.NOBODY_CONNECTS || this.kind == Kind.ONLY_HEALTH_CHECKS;
		}

		boolean isAlike(Key other) {
			return this.kind == other.kind && this.listener.equals(other.listener);
		}

	}

	/**
	 * An event that is a finding, and its number of occurrences.
	 */
	private static final class Event {

		private final String text;

		private long count;

		/** The count at the last check. */
		private long looked;

		/** The time at which a check first saw this count. */
		private long lookedAt;

		Event(String text) {
			this.text = text;
		}

		boolean hasEnded(long now) {
			if (this.count != this.looked) {
				this.looked = this.count;
				this.lookedAt = now;
			}
			return now - this.lookedAt >= END_NANOS;
		}

	}

	/**
	 * The part of a finding that has been counted and logged.
	 */
	private static final class Told {

		private long count;

		private boolean logged;

		private long loggedAt;

	}

}
