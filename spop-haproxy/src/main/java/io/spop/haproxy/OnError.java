package io.spop.haproxy;

/**
 * What HAProxy is to do with a request when the agent does not answer in time, or not at
 * all. By itself, HAProxy lets the request pass. A rule that reads the variable of
 * {@code option set-on-error} can refuse the request.
 *
 * @since 0.1.0
 */
public enum OnError {

	/**
	 * Nothing is declared. A written configuration has a TODO comment in place of a rule.
	 */
	UNDECIDED,

	/** The request passes ("fail open"). */
	OPEN,

	/**
	 * The request is refused with status 503 ("fail closed"). HAProxy takes the agent's
	 * fallback for an answer. To refuse requests whose handler fails or is late, too, the
	 * fallback has to set a variable that a rule can read.
	 */
	CLOSED

}
