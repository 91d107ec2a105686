package io.spop.boot.autoconfigure;

import io.spop.agent.SpopBindException;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Says why a listener cannot be opened.
 */
final class SpopBindFailureAnalyzer extends AbstractFailureAnalyzer<SpopBindException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, SpopBindException cause) {
		return new FailureAnalysis("SPOP listener '" + cause.listener() + "' cannot be opened: " + cause.reason(),
				cause.remedy(), cause);
	}

}
