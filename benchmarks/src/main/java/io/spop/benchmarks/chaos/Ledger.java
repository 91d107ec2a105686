package io.spop.benchmarks.chaos;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What became of each NOTIFY: what the proxy has seen of it, and what HAProxy told the
 * client. For a NOTIFY that HAProxy was asked for there is one byte.
 */
final class Ledger {

	/** HAProxy has sent the NOTIFY. */
	static final int SENT = 1;

	/** The ACK went to HAProxy. */
	static final int ANSWERED = 1 << 1;

	/** The connection was killed before the ACK. */
	static final int KILLED = 1 << 2;

	/** HAProxy closed the connection before the ACK. */
	static final int GIVEN_UP = 1 << 3;

	/** The connection was killed after the ACK, perhaps before HAProxy read it. */
	static final int CUT = 1 << 4;

	private static final int OUTCOME_SHIFT = 5;

	private static final int CHUNK = 1 << 20;

	private final List<byte[]> chunks = new ArrayList<>();

	private long size;

	/**
	 * Note something of a NOTIFY.
	 * @param index the place of the NOTIFY
	 * @param mark what is noted
	 * @return whether that was noted before
	 */
	boolean mark(long index, int mark) {
		while (index >= (long) this.chunks.size() * CHUNK) {
			this.chunks.add(new byte[CHUNK]);
		}
		this.size = Math.max(this.size, index + 1);
		byte[] chunk = this.chunks.get((int) (index / CHUNK));
		int place = (int) (index % CHUNK);
		boolean marked = (chunk[place] & mark) == mark;
		chunk[place] |= (byte) mark;
		return marked;
	}

	void outcome(long index, Outcome outcome) {
		mark(index, outcome.ordinal() << OUTCOME_SHIFT);
	}

	/**
	 * Return how many NOTIFYs have each outcome and fate.
	 * @return the numbers, by outcome and then by fate
	 */
	Map<Outcome, Map<Fate, Long>> table() {
		Map<Outcome, Map<Fate, Long>> table = new EnumMap<>(Outcome.class);
		for (long index = 0; index < this.size; index++) {
			int marks = Byte.toUnsignedInt(this.chunks.get((int) (index / CHUNK))[(int) (index % CHUNK)]);
			table.computeIfAbsent(Outcome.values()[marks >> OUTCOME_SHIFT], (outcome) -> new EnumMap<>(Fate.class))
				.merge(Fate.of(marks), 1L, Long::sum);
		}
		return table;
	}

	/**
	 * What HAProxy told the client of a NOTIFY.
	 */
	enum Outcome {

		/** The client has no response. */
		NO_RESPONSE,

		/** The value of the handler. */
		VALUE,

		/** The fallback of the agent. */
		FALLBACK,

		/** Error 1: no ACK in time. */
		TIMEOUT,

		/** Error 2, 256, 257 or 258: no server, or no connection, or it broke. */
		BROKEN,

		/** Another error, such as 260 for a frame that is wrong. */
		OTHER_ERROR,

		/** Neither a value nor the fallback nor an error. */
		NOTHING,

		/** The value of another request or engine, or one that there cannot be. */
		WRONG;

		/**
		 * Return whether a NOTIFY that ended like this may have had a fate.
		 * @param fate the fate
		 * @return whether both fit together
		 */
		boolean fits(Fate fate) {
			return switch (this) {
				case VALUE, FALLBACK -> fate == Fate.ANSWERED || fate == Fate.ANSWERED_AND_CUT;
				case TIMEOUT -> fate != Fate.UNANSWERED;
				case BROKEN -> fate == Fate.NOT_SENT || fate == Fate.KILLED || fate == Fate.ANSWERED_AND_CUT;
				default -> false;
			};
		}

		@Override
		public String toString() {
			return name().toLowerCase(Locale.ROOT).replace('_', ' ');
		}

	}

	/**
	 * What the proxy has seen of a NOTIFY.
	 */
	enum Fate {

		/** HAProxy did not send it. */
		NOT_SENT,

		/** The ACK went to HAProxy. */
		ANSWERED,

		/** The ACK went to HAProxy, and the connection was killed soon after. */
		ANSWERED_AND_CUT,

		/** The connection was killed. */
		KILLED,

		/** HAProxy closed the connection. */
		GIVEN_UP,

		/** There was no ACK, although the connection was there. */
		UNANSWERED;

		static Fate of(int marks) {
			if ((marks & Ledger.SENT) == 0) {
				return NOT_SENT;
			}
			if ((marks & Ledger.ANSWERED) != 0) {
				return ((marks & Ledger.CUT) != 0) ? ANSWERED_AND_CUT : ANSWERED;
			}
			if ((marks & Ledger.KILLED) != 0) {
				return KILLED;
			}
			return ((marks & Ledger.GIVEN_UP) != 0) ? GIVEN_UP : UNANSWERED;
		}

		@Override
		public String toString() {
			return name().toLowerCase(Locale.ROOT).replace('_', ' ');
		}

	}

}
