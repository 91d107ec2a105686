package io.spop.cli;

/**
 * What goes wrong under load, by the kinds that are counted.
 */
enum LoadProblem {

	REFUSED("refused", "connection refused", "connections refused"),

	FAILED("failed", "connection that could not be opened", "connections that could not be opened"),

	NO_HELLO("noHello", "connection without an AGENT-HELLO in time", "connections without an AGENT-HELLO in time"),

	CLOSED("closed", "connection closed by the agent", "connections closed by the agent"),

	DISCONNECTED("disconnected", "connection ended by an AGENT-DISCONNECT", "connections ended by an AGENT-DISCONNECT"),

	INVALID("invalid", "connection with bytes that are not SPOP", "connections with bytes that are not SPOP"),

	UNANSWERED("unanswered", "NOTIFY without an ACK in time", "NOTIFYs without an ACK in time"),

	LOST("lost", "NOTIFY lost with its connection", "NOTIFYs lost with their connection"),

	LATE("late", "ACK too late, or a second one", "ACKs too late, or a second one"),

	UNKNOWN("unknown", "ACK for a NOTIFY that was not sent", "ACKs for NOTIFYs that were not sent");

	private final String key;

	private final String one;

	private final String many;

	LoadProblem(String key, String one, String many) {
		this.key = key;
		this.one = one;
		this.many = many;
	}

	/** Return the name in JSON. */
	String key() {
		return this.key;
	}

	String text(long count) {
		return (count == 1) ? this.one : this.many;
	}

}
