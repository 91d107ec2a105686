package io.spop.cli.conformance;

/**
 * The case does not apply to this agent. The message says why.
 */
final class Skipped extends RuntimeException {

	private static final long serialVersionUID = 1L;

	Skipped(String why) {
		super(why, null, false, false);
	}

}
