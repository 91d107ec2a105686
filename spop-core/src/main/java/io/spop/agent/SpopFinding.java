package io.spop.agent;

import java.util.Objects;

import org.jspecify.annotations.Nullable;

/**
 * A problem that the agent has found and that most likely has its cause in HAProxy's
 * configuration. HAProxy itself does not report most of the problems that keep messages
 * from coming.
 *
 * @param kind the kind of the finding
 * @param listener the name of the listener with the problem
 * @param subject the message or the argument with the problem, escaped and shortened, or
 * {@code null} if the problem concerns the whole listener
 * @param count the number of occurrences, 1 for a lasting state. An event is a finding
 * until ten minutes after the last occurrence
 * @param text one line for operators: what was seen, what it likely means, and what to
 * look at. It has no values of clients, and control characters are escaped
 * @since 0.1.0
 * @see BoundSpopAgent#findings()
 */
public record SpopFinding(Kind kind, String listener, @Nullable String subject, long count, String text) {

	/**
	 * Create a finding.
	 */
	public SpopFinding {
		Objects.requireNonNull(kind, "kind");
		Objects.requireNonNull(listener, "listener");
		Objects.requireNonNull(text, "text");
	}

	/**
	 * The kinds of findings.
	 */
	public enum Kind {

		/**
		 * For some time, the listener has had no handshake, not even that of a health
		 * check.
		 */
		NOBODY_CONNECTS,

		/** Health checks come, but no connection with messages. */
		ONLY_HEALTH_CHECKS,

		/** HAProxy, or another peer, has connected but has sent no NOTIFY. */
		NO_NOTIFY,

		/** A message with a handler has never come, while other messages come. */
		MESSAGE_NEVER_SEEN,

		/** A message without a handler came. */
		MESSAGE_UNHANDLED,

		/** An argument that a handler needs has been missing or NULL each time. */
		ARGUMENT_MISSING,

		/**
		 * The value of an argument could not be converted to the type of the parameter.
		 */
		ARGUMENT_NOT_CONVERTED,

		/**
		 * Before the agent answered a NOTIFY, HAProxy closed the connection or used the
		 * ids of the NOTIFY again.
		 */
		HAPROXY_GAVE_UP,

		/** An answer took more than nine tenths of the time until its deadline. */
		LATE_ANSWER,

		/** HAProxy sent only the beginning of a body. */
		BODY_CUT

	}

}
