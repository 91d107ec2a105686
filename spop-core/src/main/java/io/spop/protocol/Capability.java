package io.spop.protocol;

/**
 * The capabilities that the two sides of a connection may announce in their HELLO frames
 * (SPOE.txt, section 3.2.4).
 *
 * @since 0.1.0
 */
public enum Capability {

	/** Several NOTIFY frames may wait for their ACKs. The ACKs may come in any order. */
	PIPELINING("pipelining"),

	/**
	 * An ACK may arrive on another connection of the same engine. Only HAProxy up to 3.0
	 * announces this capability. The agent of this project never does.
	 */
	ASYNC("async"),

	/** HAProxy up to 3.0 may split a NOTIFY over several frames. */
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
