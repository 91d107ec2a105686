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
	 * None at all.
	 */
	MessageObservation NONE = new MessageObservation() {
	};

	/**
	 * Start the observation, unless that is done.
	 */
	default void start() {
	}

	/**
	 * Make the observation the current one of this thread.
	 * @return what restores the current one of before
	 */
	default Observation.Scope openScope() {
		return Observation.Scope.NOOP;
	}

	/**
	 * Return a context that has the observation.
	 * @param context the context without it
	 */
	default Context addTo(Context context) {
		return context;
	}

	/**
	 * Return the trace that the observation belongs to.
	 * @return the id of the trace, or {@code null} if there is none
	 */
	default @Nullable String traceId() {
		return null;
	}

	/**
	 * Stop the observation, after it was started if it has not been.
	 * @param outcome how the handling of the message ended
	 * @param failure why it failed, or {@code null} if it did not
	 */
	default void stop(MessageOutcome outcome, @Nullable Throwable failure) {
	}

}
