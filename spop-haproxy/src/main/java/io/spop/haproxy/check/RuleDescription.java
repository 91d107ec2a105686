package io.spop.haproxy.check;

/**
 * A rule of {@link ConfigurationCheck}.
 *
 * @param id the id, such as {@code spoe-message-without-event}
 * @param severity how bad it is
 * @param refused whether HAProxy refuses such a configuration
 * @param sentence what is wrong, in a sentence
 * @param remedy what to do, in a sentence
 * @param versions the versions of HAProxy for which the rule holds: {@code all}, or for
 * example {@code up to 3.0}
 * @param page the page and section of the documentation, relative to its folder
 * @since 0.1.0
 */
public record RuleDescription(String id, Severity severity, boolean refused, String sentence, String remedy,
		String versions, String page) {

}
