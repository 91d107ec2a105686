package io.spop.benchmarks.chaos;

/**
 * What a handler does with a message. The seed, the request and the engine decide, so
 * that the client knows it as well.
 */
enum Behaviour {

	/** Answers at once. */
	WELL,

	/** Throws an exception or an error. */
	THROWS,

	/** Never answers. */
	HANGS,

	/** Answers after the deadline, and ignores that it was interrupted or cancelled. */
	LATE,

	/** Answers with more than a frame can have. */
	TOO_MUCH;

	/**
	 * Return the behaviour of a handler.
	 * @param seed the seed of the run
	 * @param id the request
	 * @param engine the engine
	 * @return the behaviour; of a handler that must not block, one without waiting
	 */
	static Behaviour of(long seed, long id, int engine) {
		long bits = (seed * 31 + id) * Scenario.ENGINES + engine;
		bits = (bits ^ (bits >>> 30)) * 0xBF58476D1CE4E5B9L;
		bits = (bits ^ (bits >>> 27)) * 0x94D049BB133111EBL;
		int draw = (int) Long.remainderUnsigned(bits ^ (bits >>> 31), 2000);
		boolean mayWait = !Scenario.message(engine).equals(Scenario.QUICK);
		if (draw < 10) {
			return THROWS;
		}
		if (draw < 12) {
			return mayWait ? HANGS : THROWS;
		}
		if (draw < 14) {
			return mayWait ? LATE : THROWS;
		}
		return (draw < 18) ? TOO_MUCH : WELL;
	}

}
