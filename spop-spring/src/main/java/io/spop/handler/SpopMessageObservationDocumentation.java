package io.spop.handler;

import io.micrometer.common.docs.KeyName;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationConvention;
import io.micrometer.observation.docs.ObservationDocumentation;

/**
 * The observations of messages. They are created if {@code spop.observations.enabled} is
 * set.
 *
 * @since 0.1.0
 */
public enum SpopMessageObservationDocumentation implements ObservationDocumentation {

	/** The handling of one message. */
	MESSAGE {

		@Override
		public Class<? extends ObservationConvention<? extends Observation.Context>> getDefaultConvention() {
			return DefaultSpopMessageObservationConvention.class;
		}

		@Override
		public KeyName[] getLowCardinalityKeyNames() {
			return LowCardinality.values();
		}

		@Override
		public KeyName[] getHighCardinalityKeyNames() {
			return HighCardinality.values();
		}

	};

	/**
	 * The value of {@link LowCardinality#MESSAGE} for all messages without a handler
	 * registered for their name. These names are not used as tags, since a peer could
	 * send any number of them.
	 */
	public static final String UNKNOWN_MESSAGE = "UNKNOWN";

	/**
	 * Keys with few values, which are also tags of the timer.
	 */
	public enum LowCardinality implements KeyName {

		/**
		 * The name of the message, or {@link #UNKNOWN_MESSAGE} if no handler is
		 * registered for it.
		 */
		MESSAGE("message"),

		/** The name of the listener. */
		LISTENER("listener"),

		/** How the handling of the message ended, such as {@code success}. */
		OUTCOME("outcome");

		private final String key;

		LowCardinality(String key) {
			this.key = key;
		}

		@Override
		public String asString() {
			return this.key;
		}

	}

	/**
	 * Keys with many values, which are only attributes of the span.
	 */
	public enum HighCardinality implements KeyName {

		/** The id of the stream. */
		STREAM_ID("spop.stream.id"),

		/** The id of the frame. */
		FRAME_ID("spop.frame.id"),

		/** The id of HAProxy's engine, or {@code none} if there is none. */
		ENGINE_ID("spop.engine.id"),

		/**
		 * The id of the request, from the argument of {@code spop.correlation-argument},
		 * if there is one.
		 */
		REQUEST_ID("spop.request.id");

		private final String key;

		HighCardinality(String key) {
			this.key = key;
		}

		@Override
		public String asString() {
			return this.key;
		}

	}

}
