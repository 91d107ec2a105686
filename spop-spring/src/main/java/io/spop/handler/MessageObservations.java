package io.spop.handler;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.spop.agent.SpopExchange;
import io.spop.protocol.NotifyMessage;
import org.jspecify.annotations.Nullable;

/**
 * Makes an observation for each message.
 *
 * @param registry where to make them
 * @param convention names them
 * @param traceArgument the argument that has the caller's trace, if there is one
 */
record MessageObservations(ObservationRegistry registry, SpopMessageObservationConvention convention,
		@Nullable String traceArgument) {

	Observation start(MessageHandler handler, NotifyMessage message, SpopExchange exchange) {
		boolean registered = !handler.isDefault();
		return Observation
			.createNotStarted(this.convention,
					() -> new SpopMessageObservationContext(message, exchange, registered, this.traceArgument),
					this.registry)
			.start();
	}

}
