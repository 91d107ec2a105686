package io.spop.agent;

import java.util.Objects;

import org.jspecify.annotations.Nullable;

/**
 * A problem that the agent has found and that most likely has its cause in HAProxy's
 * configuration. HAProxy itself does not report most of the problems that keep messages
 * from coming. Immutable.
 *
 * @since 0.1.0
 * @see BoundSpopAgent#findings()
 */
public final class SpopFinding {

	private final Kind kind;

	private final String listener;

	private final @Nullable String subject;

	private final long count;

	private final String text;

	private SpopFinding(Kind kind, String listener, @Nullable String subject, long count, String text) {
		this.kind = Objects.requireNonNull(kind, "kind");
		this.listener = Objects.requireNonNull(listener, "listener");
		this.subject = subject;
		this.count = count;
		this.text = Objects.requireNonNull(text, "text");
	}

	/**
	 * Create a finding about a listener that has occurred once.
	 * @param kind the kind of the finding
	 * @param listener the name of the listener with the problem
	 * @param text one line for operators: what was seen, what it likely means, and what
	 * to look at. It must have no values of clients, and control characters must be
	 * escaped
	 * @return the finding
	 */
	public static SpopFinding of(Kind kind, String listener, String text) {
		return new SpopFinding(kind, listener, null, 1, text);
	}

	/**
	 * Return this finding with a message or an argument that has the problem.
	 * @param subject the name of the message or argument, escaped and shortened, or
	 * {@code null} if the problem concerns the whole listener
	 * @return a new finding
	 */
	public SpopFinding subject(@Nullable String subject) {
		return new SpopFinding(this.kind, this.listener, subject, this.count, this.text);
	}

	/**
	 * Return this finding with a number of occurrences.
	 * @param count the number, 1 for a lasting state
	 * @return a new finding
	 */
	public SpopFinding count(long count) {
		return new SpopFinding(this.kind, this.listener, this.subject, count, this.text);
	}

	/**
	 * Return the kind of the finding.
	 * @return the kind
	 */
	public Kind kind() {
		return this.kind;
	}

	/**
	 * Return the name of the listener with the problem.
	 * @return the name
	 */
	public String listener() {
		return this.listener;
	}

	/**
	 * Return the message or the argument with the problem.
	 * @return the name, escaped and shortened, or {@code null} if the problem concerns
	 * the whole listener
	 */
	public @Nullable String subject() {
		return this.subject;
	}

	/**
	 * Return the number of occurrences. An event is a finding until ten minutes after the
	 * last occurrence.
	 * @return the number, 1 for a lasting state
	 */
	public long count() {
		return this.count;
	}

	/**
	 * Return what was seen, what it likely means, and what to look at.
	 * @return one line for operators, without values of clients
	 */
	public String text() {
		return this.text;
	}

	@Override
	public boolean equals(@Nullable Object other) {
		return other instanceof SpopFinding that && this.kind == that.kind && this.listener.equals(that.listener)
				&& Objects.equals(this.subject, that.subject) && this.count == that.count
				&& this.text.equals(that.text);
	}

	@Override
	public int hashCode() {
		return Objects.hash(this.kind, this.listener, this.subject, this.count, this.text);
	}

	/**
	 * Return kind, listener and text in one line.
	 */
	@Override
	public String toString() {
		return this.kind + " of listener '" + this.listener + "': " + this.text;
	}

	/**
	 * The kinds of findings. A release may add kinds.
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
