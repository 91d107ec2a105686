package io.spop.haproxy;

import java.util.List;

/**
 * The meaning of a code that HAProxy puts into the variable of
 * {@code option set-on-error}, and into its log as {@code st=}.
 *
 * @since 0.1.0
 */
public final class SetOnError {

	private static final int SPOP = 256;

	private static final int OWN_CODES = 100;

	private static final String CLOSED = "The connection to the agent failed or was closed, or `timeout server` expired.";

	private static final String NOT_SET = "HAProxy does not set this code.";

	private static final List<SetOnError> CODES = List.of(same(1,
			"The answer did not come within `timeout processing`.",
			"Look at the time of the handlers and at their deadline, which has to be below `timeout processing`, and whether the "
					+ "agent can be reached: connecting counts as well."),
			new SetOnError(2, "HAProxy has no server that is UP, could not connect, or is short of memory.",
					"HAProxy is short of memory.",
					"Look at the state of the backend's servers, and whether the agent runs."),
			same(3, "The message does not fit into a frame, and was not sent.",
					"Send less, for example a part of the body, or raise `tune.bufsize`."),
			new SetOnError(4, "The agent gave up a message in fragments.",
					"HAProxy gave up, as the client went away or the processing ended.",
					"Up to 3.0 set `no option send-frag-payload`. From 3.3 on, `no option abortonclose` in `defaults` makes HAProxy wait for the "
							+ "agent although the client has closed its side."),
			new SetOnError(5, "HAProxy gave up, as the client went away or the processing ended.", NOT_SET,
					"There is nothing to do."),
			same(255, "An error that HAProxy does not know.", "Look at HAProxy's log and at that of the agent."),
			new SetOnError(256,
					"The agent or HAProxy ended the connection in order, with status 0, while the message was on its way.",
					"The agent ended the connection in order, with status 0, which is rare.",
					"Look whether the agent stopped; let it answer what is in flight before it does."),
			new SetOnError(257, CLOSED, CLOSED + " Also when no server is UP.",
					"Look whether the agent runs and the servers are UP, and that `timeout server` is above `timeout processing`."),
			same(258, "The connection ended with status 2, a timeout.",
					"Look at the timeouts of the agent: it is not to close a connection before HAProxy does."),
			new SetOnError(259, "A frame is larger than the size that this connection agreed on.",
					"The message is larger than the size that the agent answered, or the agent's answer is too large.",
					"Raise the agent's maximum frame size to at least `tune.bufsize`, or set fewer and shorter variables."),
			same(260, "A frame was cut, or could not be read.",
					"Look at the log of the agent; with TLS on one side only, every frame is invalid."),
			same(261, "A HELLO had no version.", "Look whether the server is a SPOP agent."),
			same(262, "A HELLO had no maximum frame size.", "Look whether the server is a SPOP agent."),
			same(263, "A HELLO had no capabilities.", "Look whether the server is a SPOP agent."),
			same(264, "HAProxy and the agent have no version of the protocol in common.",
					"Look whether the agent speaks SPOP 2.0."),
			same(265, "The maximum frame size of a HELLO is too small or too large.",
					"Let the agent answer the size that HAProxy offers."),
			same(266, "A message came in fragments, which the receiver does not take.",
					"Set `no option send-frag-payload`, or let the agent take fragments."),
			same(267, "Fragments of two messages were mixed.", "Set `no option send-frag-payload`."),
			same(268, "An answer was to a message that is not waiting.", "Look at the log of the agent."),
			same(269, "The agent or HAProxy is short of memory.", "Look at the memory of both, and at their logs."),
			same(355, "The agent ended the connection with status 99, an error that it does not name.",
					"Look at the log of the agent."));

	private final int code;

	private final String upTo30;

	private final String since31;

	private final String remedy;

	private SetOnError(int code, String upTo30, String since31, String remedy) {
		this.code = code;
		this.upTo30 = upTo30;
		this.since31 = since31;
		this.remedy = remedy;
	}

	private static SetOnError same(int code, String meaning, String remedy) {
		return new SetOnError(code, meaning, meaning, remedy);
	}

	/**
	 * Explain a code.
	 * @param code the code, such as 257; any number
	 * @return the meaning of the code
	 */
	public static SetOnError explain(int code) {
		for (SetOnError known : CODES) {
			if (known.code == code) {
				return known;
			}
		}
		if (code == 0) {
			return same(code, "There was no error.", "There is nothing to do.");
		}
		if (code < SPOP) {
			return same(code, NOT_SET, "Look at what else sets the variable.");
		}
		int status = code - SPOP;
		String meaning = "The connection ended with status " + status
				+ ((status < OWN_CODES) ? ", which SPOP does not define." : ", a code of the agent's own.");
		return same(code, meaning, "Look at the log and at the documentation of the agent.");
	}

	/**
	 * Return the codes that are explained one by one.
	 * @return their explanations, by their number
	 */
	public static List<SetOnError> codes() {
		return CODES;
	}

	/**
	 * Return the code.
	 * @return the code
	 */
	public int code() {
		return this.code;
	}

	/**
	 * Return what the code means.
	 * @param version the version of HAProxy that set the code
	 * @return one or two sentences
	 */
	public String meaning(HaproxyVersion version) {
		return version.isAtLeast(3, 1) ? this.since31 : this.upTo30;
	}

	/**
	 * Return what to look at.
	 * @return a sentence
	 */
	public String remedy() {
		return this.remedy;
	}

	/**
	 * Return the explanation in one line, such as {@code 1: The answer did not come ...}.
	 */
	@Override
	public String toString() {
		String meaning = this.upTo30.equals(this.since31) ? this.since31
				: "HAProxy up to 3.0: " + this.upTo30 + " Since 3.1: " + this.since31;
		return this.code + ": " + meaning + " " + this.remedy;
	}

}
