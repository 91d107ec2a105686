package io.spop.haproxy.check;

/**
 * How bad a {@link Finding} is.
 *
 * @since 0.1.0
 */
public enum Severity {

	/** HAProxy refuses the configuration, or a part of the configuration cannot work. */
	ERROR,

	/**
	 * HAProxy accepts the configuration, but does something else than one would expect.
	 */
	WARNING,

	/** The configuration works, but there is a better way. */
	HINT

}
