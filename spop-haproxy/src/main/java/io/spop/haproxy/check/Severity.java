package io.spop.haproxy.check;

/**
 * How bad a {@link Finding} is.
 *
 * @since 0.1.0
 */
public enum Severity {

	/** HAProxy refuses the configuration, or what it says cannot work. */
	ERROR,

	/** HAProxy takes the configuration, which works otherwise than it reads. */
	WARNING,

	/** It works, and there is a better way. */
	HINT

}
