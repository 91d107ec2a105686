package io.spop.haproxy;

/**
 * What HAProxy is to do with a request when the agent does not answer in time, or not at
 * all. HAProxy by itself lets it pass; to refuse it takes a rule that reads the variable
 * of {@code option set-on-error}.
 *
 * @since 0.1.0
 */
public enum OnError {

	/** Nothing is said. A written configuration has a TODO in its place. */
	UNDECIDED,

	/** The request passes ("fail open"). */
	OPEN,

	/**
	 * The request is refused with status 503 ("fail closed"). The agent's fallback for a
	 * handler that fails or is late is an answer: it has to set a variable that tells.
	 */
	CLOSED

}
