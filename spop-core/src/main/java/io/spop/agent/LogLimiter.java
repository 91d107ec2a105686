package io.spop.agent;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;

/**
 * Limit of one line a minute for each kind of log line that a peer or a handler can cause
 * at any rate. Peers can make up names, so that kinds with a name have places of their
 * own; a kind that has not been seen for long makes room for another. Safe to use by any
 * thread.
 */
final class LogLimiter {

	private static final long INTERVAL = TimeUnit.MINUTES.toNanos(1);

	private final Kinds kinds = new Kinds(200);

	private final Kinds named = new Kinds(50);

	/** All that have no place. */
	private final Kind others = new Kind();

	/**
	 * Ask to log a line.
	 * @param kind what tells lines apart, of which there are few
	 * @return a text to put behind the line, which says how many were swallowed since the
	 * last one, or {@code null} if the line is to be swallowed
	 */
	@Nullable String permit(Object kind) {
		Kind known = this.kinds.find(kind);
		return ((known != null) ? known : this.others).permit(System.nanoTime());
	}

	/**
	 * Ask to log a line that has a name in it, which a peer may have made up.
	 * @param kind what tells lines apart, the name included
	 * @param general what tells lines apart once there are too many names
	 * @return as {@link #permit} does
	 */
	@Nullable String permit(Object kind, Object general) {
		Kind known = this.named.find(kind);
		return (known != null) ? known.permit(System.nanoTime()) : permit(general);
	}

	private static final class Kinds {

		/** In the order in which they were seen, the last one at the end. */
		private final Map<Object, Kind> kinds = new LinkedHashMap<>(16, 0.75F, true);

		private final int max;

		Kinds(int max) {
			this.max = max;
		}

		/**
		 * Return the kind, or {@code null} if there are too many.
		 */
		synchronized @Nullable Kind find(Object key) {
			long now = System.nanoTime();
			Kind kind = this.kinds.get(key);
			if (kind == null && (this.kinds.size() < this.max || removeOldest(now))) {
				kind = new Kind();
				this.kinds.put(key, kind);
			}
			return kind;
		}

		/**
		 * Make room by forgetting a kind that may be logged again anyway.
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
