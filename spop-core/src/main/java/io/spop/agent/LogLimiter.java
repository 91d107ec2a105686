package io.spop.agent;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

import org.jspecify.annotations.Nullable;

/**
 * Limits log lines that a peer or a handler can cause at any rate to one line a minute of
 * each kind. Peers can invent names, so the number of kinds with a name has its own
 * limit. A new kind replaces one that has not been seen for long. Safe to use by any
 * thread.
 */
final class LogLimiter {

	private static final long INTERVAL = TimeUnit.MINUTES.toNanos(1);

	private final LongSupplier clock;

	private final Kinds kinds = new Kinds(200);

	private final Kinds named = new Kinds(50);

	/** The kind of all lines beyond the limit of kinds. */
	private final Kind others = new Kind();

	LogLimiter() {
		this(System::nanoTime);
	}

	/**
	 * Create a limiter that has not seen a line.
	 * @param clock returns the time, in nanoseconds
	 */
	LogLimiter(LongSupplier clock) {
		this.clock = clock;
	}

	/**
	 * Ask whether to log a line.
	 * @param kind the kind of the line; there are only few kinds
	 * @return a text to append to the line, which says how many lines were dropped since
	 * the last one, or {@code null} if the line has to be dropped
	 */
	@Nullable String permit(Object kind) {
		long now = this.clock.getAsLong();
		Kind known = this.kinds.find(kind, now);
		return ((known != null) ? known : this.others).permit(now);
	}

	/**
	 * Ask whether to log a line with a name that a peer may have invented.
	 * @param kind the kind of the line, including the name
	 * @param general the kind to use when there are too many names
	 * @return as {@link #permit(Object)}
	 */
	@Nullable String permit(Object kind, Object general) {
		long now = this.clock.getAsLong();
		Kind known = this.named.find(kind, now);
		return (known != null) ? known.permit(now) : permit(general);
	}

	private static final class Kinds {

		/** The kinds in the order in which they were seen, the last one at the end. */
		private final Map<Object, Kind> kinds = new LinkedHashMap<>(16, 0.75F, true);

		private final int max;

		Kinds(int max) {
			this.max = max;
		}

		/**
		 * Return the kind, or {@code null} if there are too many.
		 */
		synchronized @Nullable Kind find(Object key, long now) {
			Kind kind = this.kinds.get(key);
			if (kind == null && (this.kinds.size() < this.max || removeOldest(now))) {
				kind = new Kind();
				this.kinds.put(key, kind);
			}
			return kind;
		}

		/**
		 * Make room by removing a kind whose next line may be logged anyway.
		 */
		private boolean removeOldest(long now) {
			Iterator<Kind> oldest = this.kinds.values().iterator();
			if (!oldest.next().isDue(now)) {
				return false;
			}
			oldest.remove();
			return true;
		}

	}

	private static final class Kind {

		private boolean logged;

		private long loggedAt;

		private long swallowed;

		synchronized boolean isDue(long now) {
			return !this.logged || now - this.loggedAt >= INTERVAL;
		}

		synchronized @Nullable String permit(long now) {
			if (!isDue(now)) {
				this.swallowed++;
				return null;
			}
			this.logged = true;
			this.loggedAt = now;
			long count = this.swallowed;
			this.swallowed = 0;
			return (count == 0) ? "" : " (and " + count + " more like this since the last such line)";
		}

	}

}
