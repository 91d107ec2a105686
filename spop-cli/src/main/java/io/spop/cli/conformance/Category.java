package io.spop.cli.conformance;

import java.util.Arrays;

/**
 * What a case is about.
 */
public enum Category {

	/** How a connection begins. */
	HANDSHAKE("handshake"),

	/** Frames, and how they arrive. */
	FRAMES("frames"),

	/** Numbers of variable length. */
	VARINTS("varints"),

	/** Values, arguments and messages. */
	TYPES("types"),

	/** Several NOTIFYs at once. */
	PIPELINING("pipelining"),

	/** How a connection ends. */
	DISCONNECTS("disconnects"),

	/** What HAProxy never sends. */
	MALFORMED("malformed"),

	/** Sizes and numbers of connections. */
	LIMITS("limits"),

	/** Health checks of HAProxy. */
	HEALTH_CHECKS("health-checks"),

	/** Ids that come again, and answers that nobody waits for. */
	LATE_AND_DUPLICATE("late-and-duplicate"),

	/** NOTIFYs in several frames. */
	FRAGMENTS("fragments"),

	/** The answers of an agent that scores addresses. */
	IP_REPUTATION("ip-reputation");

	private final String text;

	Category(String text) {
		this.text = text;
	}

	/**
	 * Find a category.
	 * @param text its name
	 * @return the category
	 */
	public static Category of(String text) {
		return Arrays.stream(values())
			.filter((category) -> category.text.equals(text))
			.findFirst()
			.orElseThrow(() -> new IllegalArgumentException("There is no category '" + text + "'. There are "
					+ String.join(", ", Arrays.stream(values()).map(Category::toString).toList()) + "."));
	}

	@Override
	public String toString() {
		return this.text;
	}

}
