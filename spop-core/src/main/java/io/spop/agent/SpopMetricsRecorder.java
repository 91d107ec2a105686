package io.spop.agent;

import io.spop.protocol.Actions;
import io.spop.protocol.FrameType;
import io.spop.protocol.StatusCode;
import org.jspecify.annotations.Nullable;

/**
 * Records the events of one listener's connections on one event loop. The event loop
 * calls all methods except {@link #messageHandled} and {@link #resultDropped()}, which
 * any thread may call. For all other events an implementation may count in plain fields.
 * An implementation must not block and must not throw an exception. By default each
 * method does nothing.
 * <p>
 * A release may add methods, which do nothing by default, and constants of the enums.
 *
 * @since 0.1.0
 * @see SpopAgent#metricsRecorder(java.util.function.Function)
 */
public interface SpopMetricsRecorder {

	/**
	 * Return a recorder that does nothing.
	 * @return the recorder
	 */
	static SpopMetricsRecorder noop() {
		return NoopMetricsRecorder.INSTANCE;
	}

	/**
	 * A connection was accepted. This includes a connection that the agent closes at
	 * once.
	 */
	default void connectionOpened() {
	}

	/**
	 * A connection was closed.
	 * @param reason why
	 */
	default void connectionClosed(CloseReason reason) {
	}

	/**
	 * A handshake ended.
	 * @param healthcheck whether it was a health check of HAProxy; {@code false} if it
	 * ended before the HELLO
	 * @param outcome how it ended
	 */
	default void handshakeEnded(boolean healthcheck, HandshakeOutcome outcome) {
	}

	/**
	 * A complete frame was received.
	 * @param type the type of the frame, or {@code null} for a type that SPOP does not
	 * define
	 * @param size the number of bytes, including the length prefix
	 */
	default void frameReceived(@Nullable FrameType type, int size) {
	}

	/**
	 * A frame was sent.
	 * @param type the type of the frame
	 * @param size the number of bytes, including the length prefix
	 */
	default void frameSent(FrameType type, int size) {
	}

	/**
	 * A NOTIFY frame was received. One call of {@link #notifyEnded} follows for each
	 * NOTIFY.
	 */
	default void notifyStarted() {
	}

	/**
	 * A NOTIFY frame was answered, or dropped without an answer.
	 * @param outcome how the NOTIFY ended
	 * @param nanos the time from the arrival of the frame to its ACK, in nanoseconds
	 */
	default void notifyEnded(NotifyOutcome outcome, long nanos) {
	}

	/**
	 * A handler has run for one message. Called by any thread.
	 * @param message the name of the message, or {@code null} if no handler is registered
	 * for this name
	 * @param outcome how the handling ended
	 * @param nanos the time of the handling, in nanoseconds
	 */
	default void messageHandled(@Nullable String message, MessageOutcome outcome, long nanos) {
	}

	/**
	 * A result was dropped because it came after the fallback had been sent, or after its
	 * connection had closed. Called by any thread.
	 */
	default void resultDropped() {
	}

	/**
	 * Actions were sent in an ACK.
	 * @param actions the actions
	 */
	default void actionsSent(Actions actions) {
	}

	/**
	 * A DISCONNECT frame was received.
	 * @param status the status code that the peer sent
	 */
	default void disconnectReceived(long status) {
	}

	/**
	 * A DISCONNECT frame was sent.
	 * @param status the status code
	 */
	default void disconnectSent(StatusCode status) {
	}

	/**
	 * The peer violated the protocol.
	 * @param status the status code of the DISCONNECT frame for the peer
	 */
	default void protocolError(StatusCode status) {
	}

	/**
	 * A limit was reached. The agent stops accepting or reading, or closes the
	 * connection, see {@link Limit}.
	 * @param limit the limit
	 */
	default void limitReached(Limit limit) {
	}

	/**
	 * A call held the event loop for too long. The event loop read no other frame during
	 * the call.
	 * @param nanos the time of the call, in nanoseconds
	 */
	default void eventLoopBlocked(long nanos) {
	}

	/**
	 * A finding occurred that most likely has its cause in HAProxy's configuration.
	 * @param kind the kind of the finding
	 * @param times the number of occurrences since the last call, at least 1
	 * @see BoundSpopAgent#findings()
	 */
	default void found(SpopFinding.Kind kind, long times) {
	}

	/**
	 * A limit at which the agent stops accepting or reading.
	 */
	enum Limit {

		/**
		 * The connections of a listener. Further connections wait for their handshake
		 * until one closes. Health checks are still answered.
		 */
		MAX_CONNECTIONS,

		/** The file descriptors of the process. No connection can be accepted. */
		OPEN_FILES,

		/** The bytes of incomplete frames of all connections. The connection closes. */
		MAX_BUFFERED,

		/**
		 * The NOTIFY frames in flight of a connection, or the messages in them. The agent
		 * stops reading from it.
		 */
		MAX_IN_FLIGHT,

		/** The unread ACKs of a connection. The agent stops reading from it. */
		HIGH_WATER_MARK

	}

	/**
	 * Why a connection was closed.
	 */
	enum CloseReason {

		/**
		 * The peer closed it without a DISCONNECT, as HAProxy does with health checks and
		 * idle connections.
		 */
		PEER,

		/** The peer closed it with a DISCONNECT. */
		PEER_DISCONNECT,

		/** The peer violated the protocol. */
		PROTOCOL_ERROR,

		/** The listener does not allow the address of the peer. */
		NOT_ALLOWED,

		/**
		 * TLS failed: the peer has no certificate or a wrong one, does not trust the
		 * certificate of the agent, shares no TLS version with the agent, or does not
		 * speak TLS at all.
		 */
		TLS_ERROR,

		/** The handshakes of TLS and SPOP were not done in time. */
		HANDSHAKE_TIMEOUT,

		/** The rest of a frame did not come in time. */
		FRAME_TIMEOUT,

		/** The peer did not read its ACKs. */
		WRITE_TIMEOUT,

		/** No frame came for {@link SpopAgent#idleTimeout}. */
		IDLE_TIMEOUT,

		/** The connection reached {@link SpopAgent#maxConnectionAge}. */
		MAX_AGE,

		/** The agent stopped. */
		SHUTDOWN,

		/** An unexpected failure occurred. */
		FAILURE

	}

	/**
	 * How a handshake ended.
	 */
	enum HandshakeOutcome {

		/** Both sides agreed. */
		SUCCESS,

		/** The agent refused it with a DISCONNECT, or TLS failed. */
		REFUSED,

		/** The handshake was not done in time. */
		TIMEOUT,

		/** The connection was closed before the handshake was done. */
		CLOSED

	}

	/**
	 * How a NOTIFY ended. The agent sent an ACK, except with {@link #SUPERSEDED} and
	 * {@link #CLOSED}.
	 */
	enum NotifyOutcome {

		/** Answered with the handler's result. */
		SUCCESS,

		/** The handler failed; answered with the fallback. */
		ERROR,

		/** The handler missed its deadline; answered with the fallback. */
		TIMEOUT,

		/** No thread took the handler; answered with the fallback. */
		REJECTED,

		/** The result did not fit into a frame; answered with the fallback. */
		OVERSIZE,

		/** Another NOTIFY with the same ids came. */
		SUPERSEDED,

		/** The connection was closed before the result. */
		CLOSED

	}

	/**
	 * How the handling of one message ended.
	 */
	enum MessageOutcome {

		/** The handler returned a result. */
		SUCCESS,

		/** The handler failed, also if a method for exceptions answered in its place. */
		ERROR,

		/** The handler missed the deadline. */
		TIMEOUT,

		/** No thread was free for the handler. */
		REJECTED,

		/** The connection was closed, or another NOTIFY with the same ids came. */
		CLOSED,

		/** The message has no handler. */
		UNHANDLED

	}

}
