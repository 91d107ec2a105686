package io.spop.haproxy.check;

/**
 * A rule of {@link ConfigurationCheck}.
 *
 * @since 0.1.0
 */
public final class RuleDescription {

	private final String id;

	private final Severity severity;

	private final boolean refused;

	private final String sentence;

	private final String remedy;

	private final String versions;

	private final String page;

	RuleDescription(String id, Severity severity, boolean refused, String sentence, String remedy, String versions,
			String page) {
		this.id = id;
		this.severity = severity;
		this.refused = refused;
		this.sentence = sentence;
		this.remedy = remedy;
		this.versions = versions;
		this.page = page;
	}

	/**
	 * Return the id of the rule.
	 * @return the id, such as {@code spoe-message-without-event}
	 */
	public String id() {
		return this.id;
	}

	/**
	 * Return how bad its findings are.
	 * @return the severity
	 */
	public Severity severity() {
		return this.severity;
	}

	/**
	 * Return whether HAProxy refuses a configuration with such a mistake.
	 * @return whether it does
	 */
	public boolean refused() {
		return this.refused;
	}

	/**
	 * Return what is wrong.
	 * @return one or more sentences
	 */
	public String sentence() {
		return this.sentence;
	}

	/**
	 * Return what to do.
	 * @return a sentence
	 */
	public String remedy() {
		return this.remedy;
	}

	/**
	 * Return for which versions of HAProxy the rule holds.
	 * @return a text, such as {@code up to 3.0}
	 */
	public String versions() {
		return this.versions;
	}

	/**
	 * Return where the documentation has the rule.
	 * @return a page and its section, relative to the folder of the documentation
	 */
	public String page() {
		return this.page;
	}

	/**
	 * Return the id.
	 */
	@Override
	public String toString() {
		return this.id;
	}

}
