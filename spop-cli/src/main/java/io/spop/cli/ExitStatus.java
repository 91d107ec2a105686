package io.spop.cli;

/**
 * The exit statuses of the command, those above 1 as in sysexits.h.
 */
final class ExitStatus {

	static final int GOOD = 0;

	/** The command worked, and its answer is no: findings, differences, failures. */
	static final int NO = 1;

	/** The command line is wrong. */
	static final int USAGE = 64;

	/** A file is not what it has to be. */
	static final int DATA = 65;

	/** A file is missing or cannot be read. */
	static final int NO_INPUT = 66;

	/** The agent cannot be reached, or refuses. */
	static final int UNAVAILABLE = 69;

	/** A fault of this command. */
	static final int SOFTWARE = 70;

	/** A file cannot be written. */
	static final int CANNOT_CREATE = 73;

	/** Input or output failed. */
	static final int IO_ERROR = 74;

	/** The agent did not answer in time. */
	static final int TIMEOUT = 75;

	/** Who reads the output has closed it, such as head. A shell says so of SIGPIPE. */
	static final int BROKEN_PIPE = 141;

	private ExitStatus() {
	}

}
