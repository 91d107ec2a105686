package io.spop.agent;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

import org.jspecify.annotations.Nullable;

/**
 * Keeps log lines that a peer or a handler can cause at any rate to one a minute for each
 * kind. Safe to use by any thread.
 */
final class LogLimiter {

	private static final long INTERVAL = TimeUnit.MINUTES.toNanos(1);

	/** A peer can make up kinds: beyond so many they are not told apart. */
	private static final int MAX_KINDS = 50;

	private static final Object OTHERS = "others";

	private final Map<Object, Kind> kinds = new ConcurrentHashMap<>();

	/**
	 * Ask to log a line.
	 * @param kind what tells lines apart
	 * @return a text to put behind the line, which says how many were swallowed since the
	 * last one, or {@code null} if the line is to be swallowed
	 */
	@Nullable String permit(Object kind) {
		Object known = (this.kinds.size() < MAX_KINDS || this.kinds.containsKey(kind)) ? kind : OTHERS;
		return this.kinds.computeIfAbsent(known, (key) -> new Kind()).permit(System.nanoTime());
	}

	private static final class Kind {

		private final AtomicLong next = new AtomicLong(System.nanoTime());

		private final AtomicLong swallowed = new AtomicLong();

		@Nullable String permit(long now) {
			long due = this.next.get();
			if (now - due < 0 || !this.next.compareAndSet(due, now + INTERVAL)) {
				this.swallowed.incrementAndGet();
				return null;
			}
			long count = this.swallowed.getAndSet(0);
			return (count == 0) ? "" : " (and " + count + " more like this since the last such line)";
		}

	}

}
