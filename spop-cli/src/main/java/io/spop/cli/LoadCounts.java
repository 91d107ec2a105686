package io.spop.cli;

import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

import io.spop.protocol.LogText;
import org.HdrHistogram.Histogram;

/**
 * What was counted under load. NOTIFYs, ACKs, bytes and latencies are those of the
 * measurement, connections and their problems those of the whole run.
 */
final class LoadCounts {

	/** The longest time that a latency is recorded as, an hour in nanoseconds. */
	private static final long MAX_LATENCY = 3_600_000_000_000L;

	/** How long NOTIFYs took, in nanoseconds. */
	final Histogram latencies = new Histogram(MAX_LATENCY, 3);

	/**
	 * How long after they were due NOTIFYs were sent although a connection was free, in
	 * nanoseconds.
	 */
	final Histogram delays = new Histogram(MAX_LATENCY, 2);

	/** NOTIFYs that were sent. */
	long sent;

	/** NOTIFYs that got their ACK, whenever it came. */
	long answered;

	/** ACKs that came before the end of the measurement. */
	long acks;

	/** ACKs without an action, of those that were answered. */
	long withoutActions;

	/** NOTIFYs that were due, but never sent, because no connection was free. */
	long notSent;

	long bytesSent;

	long bytesReceived;

	final Map<LoadProblem, Long> problems = new EnumMap<>(LoadProblem.class);

	/** What the first problem of a kind was. */
	final Map<LoadProblem, String> details = new EnumMap<>(LoadProblem.class);

	/** AGENT-DISCONNECTs by their status code. */
	final Map<Long, Long> disconnects = new TreeMap<>();

	void record(long latency) {
		record(this.latencies, latency);
	}

	void delayed(long delay) {
		record(this.delays, delay);
	}

	private static void record(Histogram histogram, long time) {
		histogram.recordValue(Math.max(0, Math.min(time, MAX_LATENCY)));
	}

	void problem(LoadProblem problem) {
		this.problems.merge(problem, 1L, Long::sum);
	}

	void problem(LoadProblem problem, String detail) {
		problem(problem);
		this.details.putIfAbsent(problem, detail);
	}

	long count(LoadProblem problem) {
		return this.problems.getOrDefault(problem, 0L);
	}

	long problems() {
		return this.problems.values().stream().mapToLong(Long::longValue).sum();
	}

	/** Return the problems with their counts, or an empty text. */
	String problemText() {
		return this.problems.entrySet().stream().map((entry) -> text(entry.getKey())).collect(Collectors.joining(", "));
	}

	private String disconnectText() {
		return this.disconnects.entrySet()
			.stream()
			.map((entry) -> String.format(Locale.ROOT, "status %d: %,d", entry.getKey(), entry.getValue()))
			.collect(Collectors.joining(", "));
	}

	private String text(LoadProblem problem) {
		long count = count(problem);
		String detail = (problem == LoadProblem.DISCONNECTED) ? disconnectText() : this.details.get(problem);
		return String.format(Locale.ROOT, "%,d %s%s", count, problem.text(count),
				(detail != null) ? " (" + LogText.message(detail) + ")" : "");
	}

	/** Return the sum of the NOTIFYs that were due in the measurement. */
	void add(LoadCounts other) {
		this.latencies.add(other.latencies);
		this.delays.add(other.delays);
		this.sent += other.sent;
		this.answered += other.answered;
		this.acks += other.acks;
		this.withoutActions += other.withoutActions;
		this.notSent += other.notSent;
		this.bytesSent += other.bytesSent;
		this.bytesReceived += other.bytesReceived;
		other.problems.forEach((problem, count) -> this.problems.merge(problem, count, Long::sum));
		other.details.forEach(this.details::putIfAbsent);
		other.disconnects.forEach((status, count) -> this.disconnects.merge(status, count, Long::sum));
	}

}
