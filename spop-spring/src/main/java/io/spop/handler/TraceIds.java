package io.spop.handler;

import io.micrometer.observation.Observation;
import io.micrometer.tracing.Span;
import io.micrometer.tracing.handler.TracingObservationHandler;
import org.jspecify.annotations.Nullable;

import org.springframework.util.ClassUtils;

/**
 * Finds the trace of an observation if the application has a tracer.
 */
final class TraceIds {

	static final String TRACING_OBSERVATION_HANDLER = "io.micrometer.tracing.handler.TracingObservationHandler";

	private static final boolean tracingPresent = ClassUtils.isPresent(TRACING_OBSERVATION_HANDLER,
			TraceIds.class.getClassLoader());

	private TraceIds() {
	}

	/**
	 * Return the id of the trace of an observation.
	 * @param context the context of the observation
	 * @return the id, or {@code null} if there is no trace
	 */
	static @Nullable String of(Observation.Context context) {
		return tracingPresent ? Tracing.traceId(context) : null;
	}

	private static final class Tracing {

		static @Nullable String traceId(Observation.Context context) {
			TracingObservationHandler.TracingContext tracing = context
				.get(TracingObservationHandler.TracingContext.class);
			Span span = (tracing != null) ? tracing.getSpan() : null;
			return (span != null) ? span.context().traceId() : null;
		}

	}

}
