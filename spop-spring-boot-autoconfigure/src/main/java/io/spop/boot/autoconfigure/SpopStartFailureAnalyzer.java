package io.spop.boot.autoconfigure;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Says why the application cannot start with an agent.
 */
final class SpopStartFailureAnalyzer extends AbstractFailureAnalyzer<SpopStartException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, SpopStartException cause) {
		return new FailureAnalysis(cause.getMessage(), cause.remedy(), cause);
	}

}
