package io.spop.handler;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationConvention;

/**
 * Names the observations of messages and their keys. A bean of this type replaces the
 * {@linkplain DefaultSpopMessageObservationConvention default}.
 *
 * @since 0.1.0
 */
public interface SpopMessageObservationConvention extends ObservationConvention<SpopMessageObservationContext> {

	@Override
	default boolean supportsContext(Observation.Context context) {
		return context instanceof SpopMessageObservationContext;
	}

}
