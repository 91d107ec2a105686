package io.spop.protocol;

import org.jspecify.annotations.Nullable;

/**
 * The types of SPOP frames and their codes on the wire (SPOE.txt, section 3.2).
 *
 * @since 0.1.0
 */
public enum FrameType {

	/** Continues a fragmented {@link #NOTIFY}; only HAProxy up to 3.0 sends it. */
	UNSET(0),

	/** Opens a connection; sent by HAProxy. */
	HAPROXY_HELLO(1),

	/** Announces that HAProxy closes the connection. */
	HAPROXY_DISCONNECT(2),

	/** Carries messages to the agent. */
	NOTIFY(3),

	/** Answers {@link #HAPROXY_HELLO}. */
	AGENT_HELLO(101),

	/** Announces that the agent closes the connection. */
	AGENT_DISCONNECT(102),

	/** Answers {@link #NOTIFY} with actions. */
	ACK(103);

	private final int code;

	FrameType(int code) {
		this.code = code;
	}

	/**
	 * Return the code of this type on the wire.
	 * @return the code, 0 to 255
	 */
	public int code() {
		return this.code;
	}

	/**
	 * Return the type with the given code.
	 * @param code the code on the wire, 0 to 255
	 * @return the type, or {@code null} if the code is unassigned
	 */
	public static @Nullable FrameType of(int code) {
		return switch (code) {
			case 0 -> UNSET;
			case 1 -> HAPROXY_HELLO;
			case 2 -> HAPROXY_DISCONNECT;
			case 3 -> NOTIFY;
			case 101 -> AGENT_HELLO;
			case 102 -> AGENT_DISCONNECT;
			case 103 -> ACK;
			default -> null;
		};
	}

}
