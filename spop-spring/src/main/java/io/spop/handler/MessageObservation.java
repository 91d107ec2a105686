package io.spop.handler;

import io.micrometer.observation.Observation;
import io.spop.agent.SpopMetricsRecorder.MessageOutcome;
import org.jspecify.annotations.Nullable;
import reactor.util.context.Context;

/**
 * Observation of one message. It starts with the first call for the message, and stops
 * when the message has its result.
 */
interface MessageObservation {

	/**
	 * The observation that does nothing.
	 */
	MessageObservation NONE = new MessageObservation() {
	};

	/**
	 * Start the observation, unless it has been started.
	 */
	default void start() {
	}

	/**
	 * Make the observation the current one of this thread.
	 * @return the scope, which restores the previous observation when it is closed
	 */
	default Observation.Scope openScope() {
		return Observation.Scope.NOOP;
	}

	/**
	 * Return a context with the observation.
	 * @param context the context without the observation
	 */
	default Context addTo(Context context) {
		return context;
	}

	/**
	 * Return the trace of the observation.
	 * @return the id of the trace, or {@code null} if there is none
	 */
	default @Nullable String traceId() {
		return null;
	}

	/**
	 * Stop the observation. If it has not been started, start it first.
	 * @param outcome how the handling of the message ended
	 * @param failure the exception if the handling failed, or {@code null}
	 */
	default void stop(MessageOutcome outcome, @Nullable Throwable failure) {
	}

}
