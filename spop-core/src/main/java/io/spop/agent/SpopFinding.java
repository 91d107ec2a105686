package io.spop.agent;

import java.util.Objects;

import org.jspecify.annotations.Nullable;

/**
 * Something that an agent has seen of its HAProxy, and that most likely has its cause in
 * HAProxy's configuration: HAProxy itself is silent about most of what keeps messages
 * from coming.
 *
 * @param kind what it is
 * @param listener the name of the listener where it was seen
 * @param subject the message or the argument that it is about, escaped and shortened, or
 * {@code null} if it is about the listener as a whole
 * @param count how often it was seen, 1 for a state that lasts. Something that happens is
 * a finding until ten minutes after the last time
 * @param text one line for operators: what was seen, what it likely means, and what to
 * look at; without values of clients, with control characters escaped
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
	 * What can be found.
	 */
	public enum Kind {

		/**
		 * Nobody has had a handshake with the listener, not even a health check, or not
		 * for long.
		 */
		NOBODY_CONNECTS,

		/** Health checks come, and no connection that carries messages. */
		ONLY_HEALTH_CHECKS,

		/** HAProxy is connected, or another one is, and has sent no NOTIFY. */
		NO_NOTIFY,

		/** A message that has a handler has never come, while others do. */
		MESSAGE_NEVER_SEEN,

		/** A message came that no handler is there for. */
		MESSAGE_UNHANDLED,

		/** An argument that a handler needs has been missing or NULL each time. */
		ARGUMENT_MISSING,

		/** The value of an argument did not convert to the type that a handler wants. */
		ARGUMENT_NOT_CONVERTED,

		/**
		 * HAProxy closed a connection, or used the ids of a NOTIFY again, while the agent
		 * had not answered yet.
		 */
		HAPROXY_GAVE_UP,

		/** An answer took more than nine tenths of the time until its deadline. */
		LATE_ANSWER,

		/** HAProxy sent the beginning of a body, and not the rest. */
		BODY_CUT

	}

}
