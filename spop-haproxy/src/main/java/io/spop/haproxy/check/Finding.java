package io.spop.haproxy.check;

import java.util.Locale;

import io.spop.haproxy.config.Location;

/**
 * Something that is wrong with a configuration.
 *
 * @param rule the id of the rule that found it, such as
 * {@code spoe-message-without-event}
 * @param severity how bad it is
 * @param location where it is
 * @param message what is wrong, in a sentence
 * @param remedy what to do, in a sentence
 * @since 0.1.0
 */
public record Finding(String rule, Severity severity, Location location, String message, String remedy) {

	/**
	 * Return the finding in one line, such as
	 * {@code haproxy.cfg:42: warning: ... [spoe-message-without-event]}.
	 */
	@Override
	public String toString() {
		return this.location + ": " + this.severity.name().toLowerCase(Locale.ROOT) + ": " + this.message + " "
				+ this.remedy + " [" + this.rule + "]";
	}

}
