package io.spop.test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import org.jspecify.annotations.Nullable;

/**
 * Runs a test with random sequences of operations. Each sequence has a seed, and the same
 * seed makes the same sequence. A sequence that fails is shrunk: operations are left out
 * as long as it still fails. These system properties change what {@link #run} does:
 * <ul>
 * <li>{@code spop.model.sequences}: the number of sequences, in place of a time</li>
 * <li>{@code spop.model.seed}: the seed of the only sequence to run</li>
 * <li>{@code spop.model.keep}: the operations of that sequence to run, such as
 * {@code 0,3-5}</li>
 * </ul>
 *
 * @param <O> the type of an operation, whose {@code toString()} describes it
 */
public final class RandomSequences<O> {

	/** How long a test waits, which may run on a busy machine. */
	private static final Duration PATIENCE = Duration.ofSeconds(20);

	/** How long a test waits for what most likely does not come. */
	private static final Duration SHORT_PATIENCE = Duration.ofSeconds(2);

	/** The time after which shrinking ends, whatever has been reached. */
	private static final Duration SHRINK_TIME = Duration.ofSeconds(60);

	/**
	 * How often a sequence runs before it counts as one that does not fail. Its threads
	 * meet in another order each time.
	 */
	private static final int SHRINK_RUNS = 3;

	private static final int REPEATED_RUNS = 50;

	private final String module;

	private final Class<?> test;

	private final Function<Random, List<O>> generator;

	private final Check<O> check;

	/**
	 * Create a runner.
	 * @param module the Maven module of the test
	 * @param test the test class
	 * @param generator makes a sequence
	 * @param check runs a sequence, and throws an exception or an error if it fails
	 */
	public RandomSequences(String module, Class<?> test, Function<Random, List<O>> generator, Check<O> check) {
		this.module = module;
		this.test = test;
		this.generator = generator;
		this.check = check;
	}

	/**
	 * Run sequences, those with the given seeds first and then others.
	 * @param time the time for all of them, unless a property has their number
	 * @param seeds seeds that are always tried
	 * @return the number of sequences that were run
	 * @throws AssertionError if one of them fails
	 */
	public long run(Duration time, long... seeds) {
		Long seed = Long.getLong("spop.model.seed");
		if (seed != null) {
			repeat(seed, System.getProperty("spop.model.keep"));
			return 1;
		}
		long number = Long.getLong("spop.model.sequences", 0);
		long end = System.nanoTime() + time.toNanos();
		Random random = new Random();
		long count = 0;
		while ((number > 0) ? count < number : count < seeds.length || System.nanoTime() - end < 0) {
			runOne((count < seeds.length) ? seeds[(int) count] : random.nextLong());
			count++;
		}
		return count;
	}

	private List<O> operations(long seed) {
		return this.generator.apply(new Random(seed));
	}

	private void runOne(long seed) {
		List<O> operations = operations(seed);
		Throwable failure = fails(operations, 1, PATIENCE);
		if (failure != null) {
			throw shrunk(seed, operations, failure);
		}
	}

	private void repeat(long seed, @Nullable String keep) {
		List<O> operations = operations(seed);
		BitSet kept = (keep != null) ? parse(keep) : all(operations);
		Throwable failure = fails(select(operations, kept), REPEATED_RUNS, PATIENCE);
		if (failure != null) {
			throw (keep != null) ? error(seed, operations, kept, failure, "") : shrunk(seed, operations, failure);
		}
	}

	/**
	 * Run a sequence several times.
	 * @return the first failure, or {@code null} if there is none
	 */
	private @Nullable Throwable fails(List<O> operations, int runs, Duration patience) {
		for (int i = 0; i < runs; i++) {
			try {
				this.check.run(operations, patience);
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
				throw new IllegalStateException(ex);
			}
			catch (Throwable ex) {
				return ex;
			}
		}
		return null;
	}

	/**
	 * Leave out halves, quarters and so on down to single operations, as long as the rest
	 * fails.
	 */
	private AssertionError shrunk(long seed, List<O> operations, Throwable failure) {
		long end = System.nanoTime() + SHRINK_TIME.toNanos();
		BitSet kept = all(operations);
		Throwable last = failure;
		int runs = 0;
		for (int part = Math.max(1, kept.cardinality() / 2); part >= 1; part = smaller(part)) {
			boolean shorter = true;
			while (shorter) {
				shorter = false;
				int[] indices = kept.stream().toArray();
				for (int from = 0; from < indices.length && System.nanoTime() - end < 0; from += part) {
					BitSet rest = (BitSet) kept.clone();
					IntStream.range(from, Math.min(indices.length, from + part)).forEach((i) -> rest.clear(indices[i]));
					Throwable ofRest = fails(select(operations, rest), SHRINK_RUNS, SHORT_PATIENCE);
					runs++;
					if (ofRest != null && isSame(ofRest, failure)) {
						kept = rest;
						last = ofRest;
						shorter = true;
					}
				}
				shorter = shorter && part == 1;
			}
		}
		return error(seed, operations, kept, last, ", the shortest of " + runs + " that were tried");
	}

	/**
	 * Return whether two failures come from the same check.
	 */
	private static boolean isSame(Throwable one, Throwable other) {
		StackTraceElement[] trace = one.getStackTrace();
		StackTraceElement[] otherTrace = other.getStackTrace();
		return trace.length > 0 && otherTrace.length > 0 && trace[0].equals(otherTrace[0]);
	}

	private static int smaller(int part) {
		return (part == 1) ? 0 : (part + 1) / 2;
	}

	private AssertionError error(long seed, List<O> operations, BitSet kept, Throwable failure, String how) {
		String text = kept.stream()
			.mapToObj((i) -> String.format("  %3d  %s", i, operations.get(i)))
			.collect(Collectors.joining("\n"));
		return new AssertionError("The sequence with seed " + seed + " fails: " + failure.getMessage() + "\n"
				+ kept.cardinality() + " of its " + operations.size() + " operations fail" + how + ":\n" + text
				+ "\nRun them again:\nmvn test -pl " + this.module + " -am -Dtest=" + this.test.getSimpleName()
				+ " -Dsurefire.failIfNoSpecifiedTests=false -Dspop.model.seed=" + seed + " -Dspop.model.keep="
				+ format(kept), failure);
	}

	private static <O> BitSet all(List<O> operations) {
		BitSet all = new BitSet();
		all.set(0, operations.size());
		return all;
	}

	private static <O> List<O> select(List<O> operations, BitSet kept) {
		return kept.stream().mapToObj(operations::get).toList();
	}

	private static String format(BitSet kept) {
		List<String> ranges = new ArrayList<>();
		for (int from = kept.nextSetBit(0); from >= 0; from = kept.nextSetBit(kept.nextClearBit(from))) {
			int to = kept.nextClearBit(from) - 1;
			ranges.add((from == to) ? Integer.toString(from) : from + "-" + to);
		}
		return String.join(",", ranges);
	}

	private static BitSet parse(String keep) {
		BitSet kept = new BitSet();
		for (String range : keep.split(",")) {
			String[] ends = range.split("-");
			kept.set(Integer.parseInt(ends[0]), Integer.parseInt(ends[ends.length - 1]) + 1);
		}
		return kept;
	}

	/**
	 * Runs a sequence.
	 *
	 * @param <O> the type of an operation
	 */
	@FunctionalInterface
	public interface Check<O> {

		/**
		 * Run a sequence, and check what came of it.
		 * @param operations the operations in their order
		 * @param patience how long to wait for something that has to come
		 * @throws Exception if it fails
		 */
		void run(List<O> operations, Duration patience) throws Exception;

	}

}
