package io.spop.benchmarks.chaos;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The counts of the proxy and of the client, and what must not have happened. Belongs to
 * the event loop.
 */
final class Account {

	/** More of them in the report would not help. */
	private static final int MAX_FAILURES = 20;

	final Ledger ledger = new Ledger();

	/** The NOTIFYs that HAProxy has sent. */
	long notifies;

	/** Of these, those that HAProxy had sent before. */
	long repeated;

	/** The ACKs that went to HAProxy. */
	long acks;

	/** NOTIFYs without an ACK, by what ended their connection. */
	final Map<String, Long> killed = new TreeMap<>();

	/** NOTIFYs without an ACK whose connection HAProxy closed. */
	long givenUp;

	/** NOTIFYs that HAProxy sent while the agent closed the connection in order. */
	long crossed;

	/** NOTIFYs without an ACK and without a reason. */
	long unanswered;

	/** The errors of HAProxy, by number. */
	final Map<Integer, Long> errors = new TreeMap<>();

	private final List<String> failures = new ArrayList<>();

	private long failed;

	void killed(String fault) {
		this.killed.merge(fault, 1L, Long::sum);
	}

	long killed() {
		return this.killed.values().stream().mapToLong(Long::longValue).sum();
	}

	/**
	 * Note what must not happen.
	 * @param failure what has happened
	 */
	void fail(String failure) {
		this.failed++;
		if (this.failures.size() < MAX_FAILURES) {
			this.failures.add(failure);
			System.out.println("FAILED: " + failure);
		}
	}

	long failed() {
		return this.failed;
	}

}
