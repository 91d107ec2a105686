package io.spop.protocol;

/**
 * What the two sides of a connection can do beyond one frame at a time (SPOE.txt, section
 * 3.2.4).
 *
 * @since 0.1.0
 */
public enum Capability {

	/** Several NOTIFY frames may wait for their ACK, which may come in any order. */
	PIPELINING("pipelining"),

	/**
	 * An ACK may arrive on another connection of the same engine. Announced by HAProxy up
	 * to 3.0 only, and never by this project's agent.
	 */
	ASYNC("async"),

	/** A NOTIFY may be split over several frames. HAProxy up to 3.0 only. */
	FRAGMENTATION("fragmentation");

	private final String token;

	Capability(String token) {
		this.token = token;
	}

	/**
	 * Return the name of this capability in a HELLO frame.
	 * @return the name on the wire
	 */
	public String token() {
		return this.token;
	}

}
