package io.spop.cli.conformance;

/**
 * What came is not what HAProxy needs. The message names what came.
 */
final class WrongAnswer extends RuntimeException {

	private static final long serialVersionUID = 1L;

	private final boolean late;

	private final String expected;

	WrongAnswer(String came) {
		this(came, false, "");
	}

	private WrongAnswer(String came, boolean late, String expected) {
		super(came, null, false, false);
		this.late = late;
		this.expected = expected;
	}

	/** For what did not come in time. */
	static WrongAnswer late(String came) {
		return new WrongAnswer(came, true, "");
	}

	boolean isLate() {
		return this.late;
	}

	WrongAnswer insteadOf(String expected) {
		return this.expected.isEmpty() ? new WrongAnswer(came(), this.late, expected) : this;
	}

	String expected() {
		return this.expected;
	}

	String came() {
		return String.valueOf(getMessage());
	}

}
