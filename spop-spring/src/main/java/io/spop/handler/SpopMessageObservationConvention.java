package io.spop.handler;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationConvention;

/**
 * Convention for the names and the keys of observations of messages. A bean of this type
 * replaces the {@linkplain DefaultSpopMessageObservationConvention default}.
 *
 * @since 0.1.0
 */
public interface SpopMessageObservationConvention extends ObservationConvention<SpopMessageObservationContext> {

	@Override
	default boolean supportsContext(Observation.Context context) {
		return context instanceof SpopMessageObservationContext;
	}

}
