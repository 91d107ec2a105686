package io.spop.agent;

import io.spop.protocol.Actions;
import io.spop.protocol.FrameType;
import io.spop.protocol.StatusCode;
import org.jspecify.annotations.Nullable;

/**
 * Callback for what happens on the connections of one listener that one event loop
 * serves. All methods are called on that event loop, so that an implementation may count
 * in plain fields, with the exception of {@link #messageHandled} and
 * {@link #resultDropped()}. An implementation must not block and must not throw. By
 * default each method does nothing.
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
	 * A connection was accepted, if only to be closed.
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
	 * @param healthcheck whether it was a health check of HAProxy; {@code false} if the
	 * peer did not come to say so
	 * @param outcome how it ended
	 */
	default void handshakeEnded(boolean healthcheck, HandshakeOutcome outcome) {
	}

	/**
	 * A whole frame was received.
	 * @param type its type, or {@code null} for one that is not assigned
	 * @param size its number of bytes, with the length prefix
	 */
	default void frameReceived(@Nullable FrameType type, int size) {
	}

	/**
	 * A frame was sent.
	 * @param type its type
	 * @param size its number of bytes, with the length prefix
	 */
	default void frameSent(FrameType type, int size) {
	}

	/**
	 * A NOTIFY frame was received. One call of {@link #notifyEnded} follows for each.
	 */
	default void notifyStarted() {
	}

	/**
	 * A NOTIFY frame was answered, or it will never be.
	 * @param outcome how it ended
	 * @param nanos the time from the frame to its ACK, in nanoseconds
	 */
	default void notifyEnded(NotifyOutcome outcome, long nanos) {
	}

	/**
	 * A handler has run for one message. Called by any thread.
	 * @param message the name of the message as its handler was registered for it, or
	 * {@code null} for one that no handler is registered for by name
	 * @param outcome how it ended
	 * @param nanos how long it ran, in nanoseconds
	 */
	default void messageHandled(@Nullable String message, MessageOutcome outcome, long nanos) {
	}

	/**
	 * A handler's result came after the fallback had been answered in its place, or after
	 * its connection had closed. Called by any thread.
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
	 * @param status its code as the peer sent it
	 */
	default void disconnectReceived(long status) {
	}

	/**
	 * A DISCONNECT frame was sent.
	 * @param status its code
	 */
	default void disconnectSent(StatusCode status) {
	}

	/**
	 * The peer did not keep to the protocol.
	 * @param status the code of the DISCONNECT frame that it gets
	 */
	default void protocolError(StatusCode status) {
	}

	/**
	 * A limit was reached, and nothing more is accepted or read until there is less.
	 * @param limit the limit
	 */
	default void limitReached(Limit limit) {
	}

	/**
	 * A call held the event loop for longer than it should: no other frame of its
	 * connections was read meanwhile.
	 * @param nanos how long, in nanoseconds
	 */
	default void eventLoopBlocked(long nanos) {
	}

	/**
	 * Something was found that most likely has its cause in HAProxy's configuration.
	 * @param kind what it is
	 * @param times how often it was seen since this was called last, at least 1
	 * @see BoundSpopAgent#findings()
	 */
	default void found(SpopFinding.Kind kind, long times) {
	}

	/**
	 * A limit at which the agent stops to accept or to read.
	 */
	enum Limit {

		/**
		 * The connections of a listener: those that come wait for their handshake until
		 * one closes, but for health checks, which are answered.
		 */
		MAX_CONNECTIONS,

		/** The file descriptors of the process: no connection can be accepted. */
		OPEN_FILES,

		/** The bytes of incomplete frames of all connections: the connection closes. */
		MAX_BUFFERED,

		/** The NOTIFY frames in flight of a connection: nothing is read from it. */
		MAX_IN_FLIGHT,

		/** The unread ACKs of a connection: nothing is read from it. */
		HIGH_WATER_MARK

	}

	/**
	 * Why a connection was closed.
	 */
	enum CloseReason {

		/**
		 * By the peer, without a DISCONNECT: for health checks and for idle connections
		 * HAProxy does so.
		 */
		PEER,

		/** By the peer, with a DISCONNECT. */
		PEER_DISCONNECT,

		/** The peer did not keep to the protocol. */
		PROTOCOL_ERROR,

		/** It came from an address that the listener does not allow. */
		NOT_ALLOWED,

		/**
		 * TLS failed: the peer has no certificate or a wrong one, does not trust that of
		 * the agent, has no protocol that the agent has, or does not speak TLS at all.
		 */
		TLS_ERROR,

		/** There was no handshake in time, that of TLS included. */
		HANDSHAKE_TIMEOUT,

		/** The rest of a frame did not come in time. */
		FRAME_TIMEOUT,

		/** The peer did not read its ACKs. */
		WRITE_TIMEOUT,

		/** Nothing came for some time. */
		IDLE_TIMEOUT,

		/** It had been open for as long as it may. */
		MAX_AGE,

		/** The agent stopped. */
		SHUTDOWN,

		/** Something failed that should not. */
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

		/** It did not come in time. */
		TIMEOUT,

		/** The connection was closed before it. */
		CLOSED

	}

	/**
	 * How a NOTIFY ended. Each but the last two has an ACK.
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

		/** The same ids came again. */
		SUPERSEDED,

		/** The connection was closed before the result. */
		CLOSED

	}

	/**
	 * How the handling of one message ended.
	 */
	enum MessageOutcome {

		/** With a result. */
		SUCCESS,

		/** With an exception, also where a method for exceptions made actions of it. */
		ERROR,

		/** It missed its deadline. */
		TIMEOUT,

		/** No thread took it. */
		REJECTED,

		/** The connection was closed, or the same ids came again. */
		CLOSED,

		/** There is no handler for it. */
		UNHANDLED

	}

}
