package io.spop.cli.conformance;

/**
 * What came is not what HAProxy needs. The message names what came.
 */
final class WrongAnswer extends RuntimeException {

	private static final long serialVersionUID = 1L;

	private final boolean late;

	WrongAnswer(String came) {
		this(came, false);
	}

	private WrongAnswer(String came, boolean late) {
		super(came, null, false, false);
		this.late = late;
	}

	/** For what did not come in time. */
	static WrongAnswer late(String came) {
		return new WrongAnswer(came, true);
	}

	boolean isLate() {
		return this.late;
	}

	String came() {
		return String.valueOf(getMessage());
	}

}
