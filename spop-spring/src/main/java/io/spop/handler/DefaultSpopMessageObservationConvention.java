package io.spop.handler;

import java.util.Locale;

import io.micrometer.common.KeyValues;
import io.spop.agent.SpopExchange;
import io.spop.agent.SpopMetricsRecorder.MessageOutcome;
import io.spop.handler.SpopMessageObservationDocumentation.HighCardinality;
import io.spop.handler.SpopMessageObservationDocumentation.LowCardinality;
import io.spop.protocol.LogText;

/**
 * The default {@link SpopMessageObservationConvention}.
 *
 * @since 0.1.0
 */
public class DefaultSpopMessageObservationConvention implements SpopMessageObservationConvention {

	@Override
	public String getName() {
		return "spop.message";
	}

	@Override
	public String getContextualName(SpopMessageObservationContext context) {
		return "spop " + LogText.name(context.getMessage().name());
	}

	@Override
	public KeyValues getLowCardinalityKeyValues(SpopMessageObservationContext context) {
		MessageOutcome outcome = context.getOutcome();
		return KeyValues.of(
				LowCardinality.MESSAGE.withValue(context.isRegistered() ? context.getMessage().name()
						: SpopMessageObservationDocumentation.UNKNOWN_MESSAGE),
				LowCardinality.LISTENER.withValue(context.getExchange().connection().listener()), LowCardinality.OUTCOME
					.withValue((outcome != null) ? outcome.name().toLowerCase(Locale.ROOT) : "unknown"));
	}

	@Override
	public KeyValues getHighCardinalityKeyValues(SpopMessageObservationContext context) {
		SpopExchange exchange = context.getExchange();
		String engine = exchange.connection().engineId();
		String requestId = exchange.requestId();
		KeyValues values = KeyValues.of(HighCardinality.STREAM_ID.withValue(Long.toUnsignedString(exchange.streamId())),
				HighCardinality.FRAME_ID.withValue(Long.toUnsignedString(exchange.frameId())),
				HighCardinality.ENGINE_ID.withValue((engine != null) ? LogText.name(engine) : "none"));
		return (requestId != null) ? values.and(HighCardinality.REQUEST_ID.withValue(requestId)) : values;
	}

}
