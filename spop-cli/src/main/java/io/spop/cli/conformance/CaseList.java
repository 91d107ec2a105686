package io.spop.cli.conformance;

import java.util.ArrayList;
import java.util.List;

/**
 * Collects the cases of a category, with the sentences that several of them share.
 */
final class CaseList {

	static final String NO_ACK = "HAProxy holds the request for the whole 'timeout processing', and then goes on with error 1.";

	static final String CLOSED = "The requests whose NOTIFYs wait on the connection fail: with error 256 or 257 in HAProxy up to "
			+ "3.0, with 257 since 3.1.";

	static final String NO_HELLO = "HAProxy up to 3.0 connects again and again until 'timeout processing' ends, and since 3.1 "
			+ "the request fails with error 1 or 257.";

	static final String DEAD = "HAProxy never sends this, but whoever can reach the port stops the agent, and then each "
			+ "request of HAProxy fails.";

	static final String HUNG = "HAProxy never sends this, but each such connection holds resources of the agent, and the "
			+ "peer never learns why.";

	static final String DISCONNECT_UNANSWERED = "HAProxy up to 3.0 waits for the answer for 'timeout idle' and holds the "
			+ "connection, and 3.1 and later wait for it, too.";

	private final Category category;

	private final List<ConformanceCase> cases = new ArrayList<>();

	CaseList(Category category) {
		this.category = category;
	}

	void must(String name, String title, String otherwise, String source, Step... steps) {
		this.cases.add(new ConformanceCase(this.category, Level.MUST, name, title, otherwise, source, List.of(steps)));
	}

	void should(String name, String title, String otherwise, String source, Step... steps) {
		this.cases
			.add(new ConformanceCase(this.category, Level.SHOULD, name, title, otherwise, source, List.of(steps)));
	}

	List<ConformanceCase> cases() {
		return List.copyOf(this.cases);
	}

}
