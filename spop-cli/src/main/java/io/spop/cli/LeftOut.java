package io.spop.cli;

/**
 * Why a replay leaves out a NOTIFY of the recording.
 */
enum LeftOut {

	/** The frame is not valid. */
	INVALID("not a valid frame"),

	/** Some of its fragments are missing. */
	INCOMPLETE("fragments are missing"),

	/** HAProxy aborted a NOTIFY in fragments. */
	ABORTED("aborted by HAProxy"),

	/** It does not fit into a frame of the agent. */
	TOO_BIG("larger than the agent's max-frame-size");

	private final String text;

	LeftOut(String text) {
		this.text = text;
	}

	@Override
	public String toString() {
		return this.text;
	}

}
