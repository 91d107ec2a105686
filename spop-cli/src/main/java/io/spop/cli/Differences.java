package io.spop.cli;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.spop.protocol.Actions;
import io.spop.protocol.SpopValue;
import io.spop.recording.VariableDifference;
import org.jspecify.annotations.Nullable;

/**
 * The differences between recorded ACKs and those of a replay, as HAProxy's variables.
 * Equal differences are counted.
 */
final class Differences {

	/** So many variables have their differences kept. */
	private static final int MAX_VARIABLES = 1000;

	/** So many pairs of values of a variable are kept; the others are counted. */
	private static final int MAX_PAIRS = 100;

	private final String prefix;

	private final Set<String> ignored;

	private final Map<String, OfVariable> variables = new LinkedHashMap<>();

	/**
	 * Create an object without differences.
	 * @param prefix the {@code var-prefix}, or nothing
	 * @param ignored the full names of the variables that are not compared
	 */
	Differences(String prefix, Set<String> ignored) {
		this.prefix = prefix;
		this.ignored = ignored;
	}

	/**
	 * Compare the two answers to a NOTIFY.
	 * @param notify the NOTIFY
	 * @param recorded the recorded answer
	 * @param now the answer of the replay
	 * @return whether HAProxy's variables would be the same
	 */
	boolean add(ReplayedNotify notify, Actions recorded, Actions now) {
		boolean equal = true;
		for (VariableDifference difference : VariableDifference.between(recorded, now)) {
			String name = FrameText.variable(difference.scope(), this.prefix, difference.name());
			if (!this.ignored.contains(name)) {
				equal = false;
				add(notify, name, new Pair(copy(difference.recorded()), copy(difference.replayed())));
			}
		}
		return equal;
	}

	/** A value that does not keep its whole frame in memory. */
	private static @Nullable SpopValue copy(@Nullable SpopValue value) {
		return (value != null) ? value.copy() : null;
	}

	private void add(ReplayedNotify notify, String name, Pair pair) {
		OfVariable differences = this.variables.get(name);
		if (differences == null && this.variables.size() < MAX_VARIABLES) {
			differences = new OfVariable(name);
			this.variables.put(name, differences);
		}
		if (differences != null) {
			differences.add(notify, pair);
		}
	}

	/**
	 * Return the variables that differ.
	 * @return the variables, sorted by the number of their differences
	 */
	List<OfVariable> variables() {
		return this.variables.values().stream().sorted(Comparator.comparingLong(OfVariable::count).reversed()).toList();
	}

	/**
	 * What happened to a variable.
	 *
	 * @param recorded the recorded value, NULL if the ACK unset the variable, or
	 * {@code null} if the ACK had no action on it
	 * @param now the value of the replay
	 */
	record Pair(@Nullable SpopValue recorded, @Nullable SpopValue now) {
	}

	/**
	 * How often values differ, and where for the first time.
	 */
	static final class Occurrences {

		private final ReplayedNotify first;

		private long count;

		private Occurrences(ReplayedNotify first) {
			this.first = first;
		}

		ReplayedNotify first() {
			return this.first;
		}

		long count() {
			return this.count;
		}

	}

	/**
	 * The differences of a variable.
	 */
	static final class OfVariable {

		private final String name;

		private final Map<Pair, Occurrences> pairs = new LinkedHashMap<>();

		private long count;

		private OfVariable(String name) {
			this.name = name;
		}

		private void add(ReplayedNotify notify, Pair pair) {
			this.count++;
			Occurrences occurrences = this.pairs.get(pair);
			if (occurrences == null && this.pairs.size() < MAX_PAIRS) {
				occurrences = new Occurrences(notify);
				this.pairs.put(pair, occurrences);
			}
			if (occurrences != null) {
				occurrences.count++;
			}
		}

		/**
		 * Return the name of the variable.
		 * @return the name, as HAProxy's rules name it
		 */
		String name() {
			return this.name;
		}

		/**
		 * Return the number of differences of the variable.
		 * @return the number
		 */
		long count() {
			return this.count;
		}

		/**
		 * Return the most frequent differences.
		 * @param limit how many at most
		 * @return the differences, sorted by how often they occur
		 */
		List<Map.Entry<Pair, Occurrences>> mostFrequent(int limit) {
			Comparator<Map.Entry<Pair, Occurrences>> byCount = Comparator
				.comparingLong((entry) -> entry.getValue().count());
			return this.pairs.entrySet().stream().sorted(byCount.reversed()).limit(limit).toList();
		}

	}

}
