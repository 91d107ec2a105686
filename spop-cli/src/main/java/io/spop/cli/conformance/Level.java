package io.spop.cli.conformance;

/**
 * How much a case matters.
 */
public enum Level {

	/** With another answer, HAProxy fails requests or closes connections. */
	MUST("must"),

	/** The specification asks for it, and HAProxy lives without it. */
	SHOULD("should");

	private final String text;

	Level(String text) {
		this.text = text;
	}

	@Override
	public String toString() {
		return this.text;
	}

}
