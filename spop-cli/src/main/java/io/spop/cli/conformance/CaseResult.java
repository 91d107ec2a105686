package io.spop.cli.conformance;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What became of a case.
 *
 * @param conformanceCase the case
 * @param verdict the verdict
 * @param expected what had to come, for a case that failed
 * @param reason what came, or why the case has no result
 * @param steps the number of steps that were begun
 * @param time how long the case took
 */
public record CaseResult(ConformanceCase conformanceCase, Verdict verdict, String expected, String reason, int steps,
		Duration time) {

	/**
	 * Return what was sent, and what was expected, up to the end of the case.
	 * @return the lines
	 */
	public List<String> script() {
		List<String> lines = new ArrayList<>();
		this.conformanceCase.steps().subList(0, this.steps).forEach((step) -> lines.addAll(step.lines()));
		return lines;
	}

	/**
	 * The verdict.
	 */
	public enum Verdict {

		/** HAProxy works with what came. */
		PASSED,

		/** HAProxy does not work with what came. */
		FAILED,

		/** The case does not apply to this agent. */
		SKIPPED,

		/** The agent died. */
		ERROR,

		/** The run ended before this case. */
		NOT_RUN

	}

}
