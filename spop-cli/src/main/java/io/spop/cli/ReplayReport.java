package io.spop.cli;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import io.spop.cli.Differences.Occurrences;
import io.spop.cli.Differences.OfVariable;
import io.spop.cli.Differences.Pair;
import io.spop.cli.ReplayResults.Outcome;
import io.spop.cli.ReplayResults.Snapshot;
import io.spop.protocol.LogText;
import org.HdrHistogram.Histogram;

/**
 * Writes the results of a replay for people.
 */
final class ReplayReport {

	private static final double[] PERCENTILES = { 50, 90, 99, 99.9, 100 };

	/** A delay that the latency of a timer does not explain. */
	private static final long LATE_NANOS = Duration.ofMillis(50).toNanos();

	private final PrintWriter out;

	private final Snapshot results;

	ReplayReport(PrintWriter out, Snapshot results) {
		this.out = out;
		this.results = results;
	}

	/**
	 * Write the results.
	 * @param limit how many lines there are at most of the differences of a variable
	 * @param duration how long the replay took
	 */
	void print(int limit, Duration duration) {
		this.results.differences().forEach((variable) -> print(variable, limit));
		if (!this.results.differences().isEmpty()) {
			this.out.println();
		}
		printOutcomes(duration);
		this.results.reasons().forEach((reason, count) -> this.out.println("Not answered: " + reason + times(count)));
		printLatency();
		printRecording();
	}

	private void print(OfVariable variable, int limit) {
		long more = variable.count();
		for (Map.Entry<Pair, Occurrences> entry : variable.mostFrequent(limit)) {
			Occurrences occurrences = entry.getValue();
			ReplayedNotify first = occurrences.first();
			this.out
				.println(variable.name() + ": " + ValueText.difference(entry.getKey().recorded(), entry.getKey().now())
						+ ((occurrences.count() == 1) ? " (" : " (" + number(occurrences.count()) + " times, first ")
						+ "in " + LogText.name(String.join(" ", first.messages())) + " at " + first.time()
						+ ", connection " + first.connection() + ", stream " + Long.toUnsignedString(first.streamId())
						+ ", frame " + Long.toUnsignedString(first.frameId()) + ")");
			more -= occurrences.count();
		}
		if (more > 0) {
			this.out.println(variable.name() + ": " + number(more) + " more with other values, "
					+ number(variable.count()) + " in total");
		}
	}

	private void printOutcomes(Duration duration) {
		List<String> outcomes = new ArrayList<>();
		for (Outcome outcome : Outcome.values()) {
			long count = this.results.count(outcome);
			if (count > 0 || outcome == Outcome.EQUAL || outcome == Outcome.DIFFERENT) {
				outcomes.add(number(count) + " " + outcome);
			}
		}
		this.out.println(counted(this.results.sent(), "NOTIFY", "NOTIFYs") + " sent in "
				+ String.format(Locale.ROOT, "%.1f s: ", duration.toMillis() / 1e3) + String.join(", ", outcomes));
	}

	private void printLatency() {
		if (this.results.recorded().getTotalCount() + this.results.now().getTotalCount() == 0) {
			return;
		}
		this.out.println("Time to the ACK in ms   p50      p90      p99    p99.9      max");
		this.out.println("  recorded      " + latencies(this.results.recorded()));
		this.out.println("  now           " + latencies(this.results.now()));
		if (this.results.maxLateNanos() > LATE_NANOS) {
			this.out.printf(Locale.ROOT,
					"NOTIFYs were sent up to %.1f s later than at their time, because the agent or "
							+ "this machine is too slow%n",
					this.results.maxLateNanos() / 1e9);
		}
	}

	private static String latencies(Histogram micros) {
		StringBuilder line = new StringBuilder();
		for (double percentile : PERCENTILES) {
			line.append((micros.getTotalCount() == 0) ? "        -"
					: String.format(Locale.ROOT, "%9.2f", micros.getValueAtPercentile(percentile) / 1e3));
		}
		return line.toString();
	}

	private void printRecording() {
		leftOut(this.results).forEach((reason) -> this.out.println("Not sent: " + reason));
		if (this.results.damages() > 0) {
			this.out.println("The recording is damaged at " + counted(this.results.damages(), "place", "places") + ", "
					+ counted(this.results.damagedBytes(), "byte", "bytes"));
		}
		if (this.results.missingEntries() > 0) {
			this.out.println("The recording lacks " + counted(this.results.missingEntries(), "entry", "entries")
					+ " that its recorder could not write");
		}
		if (!this.results.redacted().isEmpty()) {
			this.out.println("Sent as NULL, because the recorder left out the values: "
					+ FrameText.redacted(this.results.redacted()));
		}
	}

	/**
	 * Return why NOTIFYs were not sent.
	 * @param results the results
	 * @return a text for each reason
	 */
	static List<String> leftOut(Snapshot results) {
		return results.leftOut()
			.entrySet()
			.stream()
			.sorted(Map.Entry.comparingByKey())
			.map((entry) -> entry.getKey() + times(entry.getValue()))
			.toList();
	}

	private static String times(long count) {
		return (count == 1) ? "" : " (" + number(count) + " times)";
	}

	private static String counted(long count, String one, String many) {
		return number(count) + " " + ((count == 1) ? one : many);
	}

	private static String number(long number) {
		return String.format(Locale.ROOT, "%,d", number);
	}

}
