package io.spop.cli;

import java.util.function.LongConsumer;

/**
 * The NOTIFYs of a connection that have no ACK yet, by their stream identifiers.
 * Allocates nothing after its creation. Open addressing, with an identifier of 0 for an
 * empty slot.
 */
final class InFlightTable {

	/** The result for an identifier that is not in the table. */
	static final long MISSING = Long.MIN_VALUE;

	private final long[] ids;

	private final long[] due;

	private final long[] sent;

	private final int mask;

	private int size;

	/**
	 * Create a table.
	 * @param limit how many identifiers the table can hold
	 */
	InFlightTable(int limit) {
		int length = Integer.highestOneBit(Math.max(2, limit)) * 4;
		this.ids = new long[length];
		this.due = new long[length];
		this.sent = new long[length];
		this.mask = length - 1;
	}

	int size() {
		return this.size;
	}

	void put(long id, long due, long sent) {
		int slot = slot(id);
		while (this.ids[slot] != 0) {
			slot = (slot + 1) & this.mask;
		}
		this.ids[slot] = id;
		this.due[slot] = due;
		this.sent[slot] = sent;
		this.size++;
	}

	/**
	 * Remove an identifier.
	 * @param id the identifier
	 * @return when its NOTIFY was due, or {@link #MISSING}
	 */
	long remove(long id) {
		int slot = slot(id);
		while (this.ids[slot] != id || id == 0) {
			if (this.ids[slot] == 0) {
				return MISSING;
			}
			slot = (slot + 1) & this.mask;
		}
		long result = this.due[slot];
		clear(slot);
		return result;
	}

	/**
	 * Remove all NOTIFYs that were sent before a time.
	 * @param time the time
	 * @param consumer receives when each of these NOTIFYs was due
	 */
	void removeSentBefore(long time, LongConsumer consumer) {
		int slot = 0;
		while (slot <= this.mask && this.size > 0) {
			if (this.ids[slot] != 0 && this.sent[slot] - time < 0) {
				long due = this.due[slot];
				// May move another NOTIFY into the slot
				clear(slot);
				consumer.accept(due);
			}
			else {
				slot++;
			}
		}
	}

	/**
	 * Remove all NOTIFYs.
	 * @param consumer receives when each of these NOTIFYs was due
	 */
	void removeAll(LongConsumer consumer) {
		for (int slot = 0; slot <= this.mask; slot++) {
			if (this.ids[slot] != 0) {
				this.ids[slot] = 0;
				consumer.accept(this.due[slot]);
			}
		}
		this.size = 0;
	}

	/** Empty a slot, and close the gap that it would be for those behind it. */
	private void clear(int slot) {
		this.size--;
		int gap = slot;
		int next = (gap + 1) & this.mask;
		while (this.ids[next] != 0) {
			int home = slot(this.ids[next]);
			if (((next - home) & this.mask) >= ((next - gap) & this.mask)) {
				this.ids[gap] = this.ids[next];
				this.due[gap] = this.due[next];
				this.sent[gap] = this.sent[next];
				gap = next;
			}
			next = (next + 1) & this.mask;
		}
		this.ids[gap] = 0;
	}

	/** Stream identifiers are odd and follow each other. */
	private int slot(long id) {
		return (int) (id >>> 1) & this.mask;
	}

}
