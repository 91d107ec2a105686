package io.spop.handler;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.contextpropagation.ObservationThreadLocalAccessor;
import io.spop.agent.SpopExchange;
import io.spop.agent.SpopMetricsRecorder.MessageOutcome;
import io.spop.protocol.NotifyMessage;
import org.jspecify.annotations.Nullable;
import reactor.util.context.Context;

/**
 * Factory of the observations of messages.
 *
 * @param registry the registry of the observations
 * @param convention the convention for their names and keys
 * @param traceArgument the name of the argument with the caller's trace, or {@code null}
 */
record MessageObservations(ObservationRegistry registry, SpopMessageObservationConvention convention,
		@Nullable String traceArgument) {

	/**
	 * Create the observation of a message without starting it.
	 * @param handler the handler of the message
	 * @param message the message
	 * @param exchange the NOTIFY of the message
	 */
	MessageObservation of(MessageHandler handler, NotifyMessage message, SpopExchange exchange) {
		return new Observed(handler, message, exchange);
	}

	private final class Observed implements MessageObservation {

		private final MessageHandler handler;

		private final NotifyMessage message;

		private final SpopExchange exchange;

		private boolean started;

		private @Nullable SpopMessageObservationContext context;

		/**
		 * The observation while it runs, {@code null} before the start and after the
		 * stop.
		 */
		private volatile @Nullable Observation observation;

		private Observed(MessageHandler handler, NotifyMessage message, SpopExchange exchange) {
			this.handler = handler;
			this.message = message;
			this.exchange = exchange;
		}

		@Override
		public synchronized void start() {
			if (!this.started) {
				this.started = true;
				this.observation = Observation
					.createNotStarted(MessageObservations.this.convention, this::createContext,
							MessageObservations.this.registry)
					.start();
			}
		}

		private SpopMessageObservationContext createContext() {
			SpopMessageObservationContext context = new SpopMessageObservationContext(this.message, this.exchange,
					!this.handler.isDefault(), MessageObservations.this.traceArgument);
			this.context = context;
			return context;
		}

		@Override
		public Observation.Scope openScope() {
			Observation observation = this.observation;
			return (observation != null) ? observation.openScope() : Observation.Scope.NOOP;
		}

		@Override
		public Context addTo(Context context) {
			Observation observation = this.observation;
			return (observation != null) ? context.put(ObservationThreadLocalAccessor.KEY, observation) : context;
		}

		@Override
		public synchronized @Nullable String traceId() {
			return (this.context != null) ? TraceIds.of(this.context) : null;
		}

		@Override
		public synchronized void stop(MessageOutcome outcome, @Nullable Throwable failure) {
			start();
			Observation observation = this.observation;
			if (observation != null) {
				this.observation = null;
				if (this.context != null) {
					this.context.setOutcome(outcome);
				}
				if (failure != null) {
					observation.error(failure);
				}
				observation.stop();
			}
		}

	}

}
