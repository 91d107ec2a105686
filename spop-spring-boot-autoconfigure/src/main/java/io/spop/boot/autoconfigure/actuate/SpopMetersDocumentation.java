package io.spop.boot.autoconfigure.actuate;

import io.micrometer.common.docs.KeyName;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.binder.BaseUnits;
import io.micrometer.core.instrument.docs.MeterDocumentation;
import io.spop.handler.SpopMessageObservationDocumentation;

/**
 * The meters of an agent.
 *
 * @since 0.1.0
 */
public enum SpopMetersDocumentation implements MeterDocumentation {

	/** Connections that are open. */
	CONNECTIONS_ACTIVE("spop.connections.active", "Open connections", Meter.Type.GAUGE, Tag.LISTENER),

	/** NOTIFY frames that wait for their ACK. */
	NOTIFY_IN_FLIGHT("spop.notify.in.flight", "NOTIFY frames that wait for their ACK", Meter.Type.GAUGE, Tag.LISTENER),

	/** Connections that were accepted. */
	CONNECTIONS_OPENED("spop.connections.opened", "Accepted connections", Meter.Type.COUNTER, Tag.LISTENER),

	/** Connections that were closed. */
	CONNECTIONS_CLOSED("spop.connections.closed", "Closed connections, by reason", Meter.Type.COUNTER, Tag.LISTENER,
			Tag.REASON),

	/**
	 * How often the agent reached a limit, at which it accepts no more connections or
	 * stops reading.
	 */
	LIMITS_REACHED("spop.limits.reached", "How often the agent reached a limit", Meter.Type.COUNTER, Tag.LISTENER,
			Tag.LIMIT),

	/** Handshakes that ended. */
	HANDSHAKES("spop.handshakes", "Ended handshakes, by outcome", Meter.Type.COUNTER, Tag.LISTENER, Tag.KIND,
			Tag.OUTCOME),

	/** Whole frames. */
	FRAMES("spop.frames", "Whole frames", Meter.Type.COUNTER, Tag.LISTENER, Tag.DIRECTION, Tag.TYPE),

	/** The bytes of whole frames, with their length prefixes. */
	FRAME_SIZE("spop.frame.size", "Bytes of whole frames, with their length prefixes", Meter.Type.COUNTER, Tag.LISTENER,
			Tag.DIRECTION) {

		@Override
		public String getBaseUnit() {
			return BaseUnits.BYTES;
		}

	},

	/**
	 * The largest frame in the last one to two minutes, in bytes with its length prefix.
	 */
	FRAME_SIZE_MAX("spop.frame.size.max", "Largest frame in the last one to two minutes", Meter.Type.GAUGE,
			Tag.LISTENER, Tag.DIRECTION) {

		@Override
		public String getBaseUnit() {
			return BaseUnits.BYTES;
		}

	},

	/**
	 * The time from a NOTIFY frame to its ACK. The sum of all outcomes is the number of
	 * NOTIFYs.
	 */
	NOTIFY("spop.notify", "Time from a NOTIFY frame to its ACK", Meter.Type.TIMER, Tag.LISTENER, Tag.OUTCOME),

	/** The longest time from a NOTIFY frame to its ACK in the last one to two minutes. */
	NOTIFY_MAX("spop.notify.max", "Longest time from a NOTIFY frame to its ACK in the last one to two minutes",
			Meter.Type.GAUGE, Tag.LISTENER, Tag.OUTCOME),

	/**
	 * The time that the handler of one message takes. If
	 * {@code spop.observations.enabled} is true, an Observation of the same name replaces
	 * this timer.
	 */
	MESSAGE("spop.message", "Time of one message with its handler", Meter.Type.TIMER, Tag.MESSAGE, Tag.LISTENER,
			Tag.OUTCOME),

	/** The longest time of a handler in the last one to two minutes. */
	MESSAGE_MAX("spop.message.max", "Longest time of a handler in the last one to two minutes", Meter.Type.GAUGE,
			Tag.MESSAGE, Tag.LISTENER, Tag.OUTCOME),

	/**
	 * The time of handlers that blocked an event loop for too long. All other connections
	 * of that event loop waited meanwhile.
	 */
	EVENT_LOOP_BLOCKED("spop.event.loop.blocked", "Time of calls that blocked an event loop", Meter.Type.TIMER,
			Tag.LISTENER),

	/**
	 * The longest time for which a handler blocked an event loop in the last one to two
	 * minutes.
	 */
	EVENT_LOOP_BLOCKED_MAX("spop.event.loop.blocked.max",
			"Longest time for which a call blocked an event loop in the last one to two minutes", Meter.Type.GAUGE,
			Tag.LISTENER),

	/** Actions in ACKs. */
	ACTIONS("spop.actions", "Actions in ACKs", Meter.Type.COUNTER, Tag.LISTENER, Tag.ACTION),

	/** DISCONNECT frames. */
	DISCONNECTS("spop.disconnects", "DISCONNECT frames, by the name of their status code", Meter.Type.COUNTER,
			Tag.LISTENER, Tag.DIRECTION, Tag.STATUS),

	/** Connections whose peer did not keep to the protocol. */
	PROTOCOL_ERRORS("spop.protocol.errors", "Connections whose client broke the protocol", Meter.Type.COUNTER,
			Tag.LISTENER, Tag.STATUS),

	/**
	 * Results of handlers that came too late: the agent had answered with the fallback,
	 * or the connection had closed.
	 */
	RESULTS_DROPPED("spop.results.dropped",
			"Results of handlers that came after the fallback, or after the end of their connection",
			Meter.Type.COUNTER, Tag.LISTENER),

	/**
	 * How often the agent saw a problem that HAProxy's configuration most likely causes.
	 */
	FINDINGS("spop.findings", "How often the agent saw a problem that HAProxy's configuration most likely causes",
			Meter.Type.COUNTER, Tag.LISTENER, Tag.FINDING),

	/**
	 * Entries of the recording, if {@code spop.record.file} is set: those that were
	 * written, those that were dropped because the disk was too slow or full, and frames
	 * that could not be read to redact them.
	 */
	RECORD_ENTRIES("spop.record.entries", "Entries of the recording, by outcome", Meter.Type.COUNTER, Tag.OUTCOME),

	/** The bytes that were written to the recording. */
	RECORD_SIZE("spop.record.size", "Bytes that were written to the recording", Meter.Type.COUNTER) {

		@Override
		public String getBaseUnit() {
			return BaseUnits.BYTES;
		}

	};

	private final String name;

	private final String description;

	private final Meter.Type type;

	@SuppressWarnings("ImmutableEnumChecker")
	private final Tag[] tags;

	SpopMetersDocumentation(String name, String description, Meter.Type type, Tag... tags) {
		this.name = name;
		this.description = description;
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

	String getDescription() {
		return this.description;
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
