package io.spop.boot.autoconfigure;

import io.spop.handler.InvalidSpopHandlerException;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Says which handler method cannot work.
 */
final class InvalidSpopHandlerFailureAnalyzer extends AbstractFailureAnalyzer<InvalidSpopHandlerException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, InvalidSpopHandlerException cause) {
		return new FailureAnalysis(cause.reason(), cause.remedy(), cause);
	}

}
