package io.spop.cli;

import java.util.Collection;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

import io.spop.protocol.Actions;
import org.HdrHistogram.Histogram;

/**
 * What came out of a replay so far. The thread that sends and the event loops report to
 * this object.
 */
final class ReplayResults {

	/** So many reasons are kept; others are counted together. */
	private static final int MAX_REASONS = 20;

	private static final String OTHER_REASONS = "Other reasons";

	private static final int SIGNIFICANT_DIGITS = 3;

	private final Differences differences;

	private final Histogram recorded = new Histogram(SIGNIFICANT_DIGITS);

	private final Histogram now = new Histogram(SIGNIFICANT_DIGITS);

	private final Map<Outcome, Long> outcomes = new EnumMap<>(Outcome.class);

	private final Map<LeftOut, Long> leftOut = new EnumMap<>(LeftOut.class);

	private final Map<String, Long> reasons = new LinkedHashMap<>();

	private final Set<String> redacted = new TreeSet<>();

	private long sent;

	private long damages;

	private long damagedBytes;

	private long missingEntries;

	private long maxLateNanos;

	ReplayResults(Differences differences) {
		this.differences = differences;
	}

	synchronized void sent(long lateNanos) {
		this.sent++;
		this.maxLateNanos = Math.max(this.maxLateNanos, lateNanos);
	}

	synchronized void leftOut(LeftOut reason) {
		this.leftOut.merge(reason, 1L, Long::sum);
	}

	synchronized void damaged(long bytes) {
		this.damages++;
		this.damagedBytes += bytes;
	}

	synchronized void missing(long entries) {
		this.missingEntries += entries;
	}

	synchronized void redacted(Collection<String> arguments) {
		this.redacted.addAll(arguments);
	}

	synchronized void recorded(ReplayedNotify notify, Actions actions, long micros) {
		this.recorded.recordValue(Math.max(0, micros));
		notify.recorded(actions);
		completed(notify);
	}

	synchronized void notRecorded(ReplayedNotify notify) {
		notify.recorded(null);
		completed(notify);
	}

	synchronized void answered(ReplayedNotify notify, Actions actions, long micros) {
		this.now.recordValue(micros);
		notify.answered(actions);
		completed(notify);
	}

	synchronized void failed(ReplayedNotify notify, ReplayedNotify.Failure failure) {
		notify.failed(failure);
		completed(notify);
	}

	private void completed(ReplayedNotify notify) {
		if (notify.isComplete()) {
			this.outcomes.merge(outcome(notify), 1L, Long::sum);
		}
	}

	private Outcome outcome(ReplayedNotify notify) {
		Actions recorded = notify.recorded();
		if (recorded == null) {
			return Outcome.NOT_RECORDED;
		}
		ReplayedNotify.Failure failure = notify.failure();
		if (failure != null) {
			boolean isKept = this.reasons.size() < MAX_REASONS || this.reasons.containsKey(failure.reason());
			this.reasons.merge(isKept ? failure.reason() : OTHER_REASONS, 1L, Long::sum);
			return failure.isRefused() ? Outcome.REFUSED : Outcome.NOT_ANSWERED;
		}
		Actions answer = Objects.requireNonNull(notify.answer());
		return this.differences.add(notify, recorded, answer) ? Outcome.EQUAL : Outcome.DIFFERENT;
	}

	/**
	 * Return the results so far.
	 * @return a copy
	 */
	synchronized Snapshot snapshot() {
		Map<Outcome, Long> all = new EnumMap<>(Outcome.class);
		long open = this.sent;
		for (Outcome outcome : Outcome.values()) {
			long count = this.outcomes.getOrDefault(outcome, 0L);
			all.put(outcome, count);
			open -= count;
		}
		all.put(Outcome.OPEN, open);
		return new Snapshot(this.sent, all, Map.copyOf(this.leftOut), new LinkedHashMap<>(this.reasons),
				new TreeSet<>(this.redacted), this.damages, this.damagedBytes, this.missingEntries, this.maxLateNanos,
				this.recorded.copy(), this.now.copy(), this.differences.variables());
	}

	/** The outcomes of a NOTIFY that was sent. */
	enum Outcome {

		/** HAProxy's variables would be the same. */
		EQUAL("equal"),

		/** HAProxy's variables would not be the same. */
		DIFFERENT("different"),

		/** There is no ACK now, but there is one in the recording. */
		NOT_ANSWERED("not answered"),

		/** The agent sent an AGENT-DISCONNECT. */
		REFUSED("refused"),

		/** The recording has no ACK to compare with. */
		NOT_RECORDED("without a recorded ACK"),

		/** The replay was interrupted before the outcome was known. */
		OPEN("interrupted");

		private final String text;

		Outcome(String text) {
			this.text = text;
		}

		@Override
		public String toString() {
			return this.text;
		}

	}

	/**
	 * The results at some time.
	 *
	 * @param sent the number of NOTIFYs that were sent
	 * @param outcomes what became of them
	 * @param leftOut the NOTIFYs that were not sent
	 * @param reasons the reasons why NOTIFYs were not answered
	 * @param redacted the names of the arguments that the recorder left out
	 * @param damages the number of places where the recording is damaged
	 * @param damagedBytes the bytes there
	 * @param missingEntries the entries that the recorder could not write
	 * @param maxLateNanos how much later than recorded a NOTIFY was sent
	 * @param recorded the recorded times in microseconds
	 * @param now the times of the replay in microseconds
	 * @param differences the variables that differ
	 */
	record Snapshot(long sent, Map<Outcome, Long> outcomes, Map<LeftOut, Long> leftOut, Map<String, Long> reasons,
			Set<String> redacted, long damages, long damagedBytes, long missingEntries, long maxLateNanos,
			Histogram recorded, Histogram now, List<Differences.OfVariable> differences) {

		long count(Outcome outcome) {
			return this.outcomes.getOrDefault(outcome, 0L);
		}

		boolean isEqual() {
			return count(Outcome.DIFFERENT) + count(Outcome.NOT_ANSWERED) + count(Outcome.REFUSED) == 0;
		}

	}

}
