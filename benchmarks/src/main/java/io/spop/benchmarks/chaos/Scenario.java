package io.spop.benchmarks.chaos;

import java.time.Duration;

/**
 * What HAProxy, the agents and the client of a run have in common.
 */
final class Scenario {

	/**
	 * The engines of SPOE in HAProxy. Each sends one NOTIFY for each request.
	 */
	static final int ENGINES = 6;

	/** The message whose handler runs on the event loop. */
	static final String QUICK = "quick";

	/** The message whose handler may block. */
	static final String POOL = "pool";

	/** The message whose handler returns a {@code Mono}. */
	static final String MONO = "mono";

	/** The variable with the result of a handler. */
	static final String VALUE = "value";

	/** The variable of the fallback. */
	static final String FALLBACK = "fallback";

	/** How long a handler may take. */
	static final Duration DEADLINE = Duration.ofMillis(300);

	/** How long HAProxy waits for an answer. */
	static final Duration PROCESSING = Duration.ofSeconds(1);

	/**
	 * How long a request may take: all engines, one after the other, and a margin for a
	 * machine that is busy.
	 */
	static final Duration REQUEST = PROCESSING.multipliedBy(ENGINES).plusSeconds(9);

	/** The lines of the list of the agents, which all have the same content. */
	static final int LIST_LINES = 1000;

	private Scenario() {
	}

	static String message(int engine) {
		return switch (engine % 3) {
			case 0 -> QUICK;
			case 1 -> POOL;
			default -> MONO;
		};
	}

}
