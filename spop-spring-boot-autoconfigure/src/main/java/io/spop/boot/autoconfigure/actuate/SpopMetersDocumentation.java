package io.spop.boot.autoconfigure.actuate;

import io.micrometer.common.docs.KeyName;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.docs.MeterDocumentation;
import io.spop.handler.SpopMessageObservationDocumentation;

/**
 * The meters of an agent.
 *
 * @since 0.1.0
 */
public enum SpopMetersDocumentation implements MeterDocumentation {

	/** Connections that are open. */
	CONNECTIONS_ACTIVE("spop.connections.active", Meter.Type.GAUGE, Tag.LISTENER),

	/** NOTIFY frames that wait for their ACK. */
	NOTIFY_IN_FLIGHT("spop.notify.in.flight", Meter.Type.GAUGE, Tag.LISTENER),

	/** Connections that were accepted. */
	CONNECTIONS_OPENED("spop.connections.opened", Meter.Type.COUNTER, Tag.LISTENER),

	/** Connections that were closed. */
	CONNECTIONS_CLOSED("spop.connections.closed", Meter.Type.COUNTER, Tag.LISTENER, Tag.REASON),

	/**
	 * How often the agent reached a limit, at which it accepts no more connections or
	 * stops reading.
	 */
	LIMITS_REACHED("spop.limits.reached", Meter.Type.COUNTER, Tag.LISTENER, Tag.LIMIT),

	/** Handshakes that ended. */
	HANDSHAKES("spop.handshakes", Meter.Type.COUNTER, Tag.LISTENER, Tag.KIND, Tag.OUTCOME),

	/** Whole frames. */
	FRAMES("spop.frames", Meter.Type.COUNTER, Tag.LISTENER, Tag.DIRECTION, Tag.TYPE),

	/** The number of bytes of a frame, with its length prefix. */
	FRAME_SIZE("spop.frame.size", Meter.Type.DISTRIBUTION_SUMMARY, Tag.LISTENER, Tag.DIRECTION) {

		@Override
		public String getBaseUnit() {
			return "bytes";
		}

	},

	/**
	 * The time from a NOTIFY frame to its ACK. The sum of all outcomes is the number of
	 * NOTIFYs.
	 */
	NOTIFY("spop.notify", Meter.Type.TIMER, Tag.LISTENER, Tag.OUTCOME),

	/** The longest time from a NOTIFY frame to its ACK in the last one to two minutes. */
	NOTIFY_MAX("spop.notify.max", Meter.Type.GAUGE, Tag.LISTENER, Tag.OUTCOME),

	/**
	 * The time that the handler of one message takes. If
	 * {@code spop.observations.enabled} is true, an Observation of the same name replaces
	 * this timer.
	 */
	MESSAGE("spop.message", Meter.Type.TIMER, Tag.MESSAGE, Tag.LISTENER, Tag.OUTCOME),

	/** The longest time of a handler in the last one to two minutes. */
	MESSAGE_MAX("spop.message.max", Meter.Type.GAUGE, Tag.MESSAGE, Tag.LISTENER, Tag.OUTCOME),

	/**
	 * The time of handlers that blocked an event loop for too long. All other connections
	 * of that event loop waited meanwhile.
	 */
	EVENT_LOOP_BLOCKED("spop.event-loop.blocked", Meter.Type.TIMER, Tag.LISTENER),

	/**
	 * The longest time for which a handler blocked an event loop in the last one to two
	 * minutes.
	 */
	EVENT_LOOP_BLOCKED_MAX("spop.event-loop.blocked.max", Meter.Type.GAUGE, Tag.LISTENER),

	/** Actions in ACKs. */
	ACTIONS("spop.actions", Meter.Type.COUNTER, Tag.LISTENER, Tag.ACTION),

	/** DISCONNECT frames. */
	DISCONNECTS("spop.disconnects", Meter.Type.COUNTER, Tag.LISTENER, Tag.DIRECTION, Tag.STATUS),

	/** Connections whose peer did not keep to the protocol. */
	PROTOCOL_ERRORS("spop.protocol.errors", Meter.Type.COUNTER, Tag.LISTENER, Tag.STATUS),

	/**
	 * Results of handlers that came too late: the agent had answered with the fallback,
	 * or the connection had closed.
	 */
	RESULTS_DROPPED("spop.results.dropped", Meter.Type.COUNTER, Tag.LISTENER),

	/**
	 * How often the agent saw a problem that HAProxy's configuration most likely causes.
	 */
	FINDINGS("spop.findings", Meter.Type.COUNTER, Tag.LISTENER, Tag.FINDING);

	private final String name;

	private final Meter.Type type;

	@SuppressWarnings("ImmutableEnumChecker")
	private final Tag[] tags;

	SpopMetersDocumentation(String name, Meter.Type type, Tag... tags) {
		this.name = name;
		this.type = type;
		this.tags = tags;
	}

	@Override
	public String getName() {
		return this.name;
	}

	@Override
	public Meter.Type getType() {
		return this.type;
	}

	@Override
	public KeyName[] getKeyNames() {
		return this.tags.clone();
	}

	/**
	 * The tags of the meters.
	 */
	public enum Tag implements KeyName {

		/** The name of the listener. */
		LISTENER,

		/** Why a connection was closed, a {@code CloseReason} such as {@code peer}. */
		REASON,

		/** The property of a limit, such as {@code max-in-flight}. */
		LIMIT,

		/** {@code session} or {@code health-check}. */
		KIND,

		/** How something ended, such as {@code success}. */
		OUTCOME,

		/** {@code in} from HAProxy, {@code out} to it. */
		DIRECTION,

		/** The type of a frame, such as {@code notify}, or {@code unknown}. */
		TYPE,

		/**
		 * The name of a message that has a handler, or
		 * {@link SpopMessageObservationDocumentation#UNKNOWN_MESSAGE}.
		 */
		MESSAGE,

		/** {@code set-var} or {@code unset-var}. */
		ACTION,

		/**
		 * The kind of a finding, a {@code SpopFinding.Kind} such as
		 * {@code message-never-seen}.
		 */
		FINDING,

		/** The name of a status code, such as {@code invalid-frame}. */
		STATUS;

		@Override
		public String asString() {
			return SpopMeters.value(this);
		}

	}

}
