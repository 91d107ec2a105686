package io.spop.agent;

import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.RejectedExecutionException;

import javax.net.ssl.SSLException;

import io.netty.handler.ssl.NotSslRecordException;
import io.spop.protocol.LogText;
import io.spop.protocol.StatusCode;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Exceptions;

/**
 * The log of one connection, which also keeps the last error of the connection. The rate
 * of lines that a peer or a handler can cause is limited, and a thread of the log writes
 * them. Text from outside is escaped. Values of clients are not logged, except in the
 * text of an exception that a handler threw. Safe to use by any thread.
 */
final class ConnectionLog {

	/** The logger of all classes of the agent, with the name that users know. */
	static final Logger logger = LoggerFactory.getLogger(SpopAgent.class);

	private final SpopConnection connection;

	private final LogLimiter limiter;

	private volatile @Nullable String lastError;

	ConnectionLog(SpopConnection connection, LogLimiter limiter) {
		this.connection = connection;
		this.limiter = limiter;
	}

	@Nullable String lastError() {
		return this.lastError;
	}

	/**
	 * Log something at DEBUG.
	 * @param text the line, with a {@code {}} for each argument
	 * @param arguments immutable objects
	 */
	void debug(String text, @Nullable Object... arguments) {
		if (logger.isDebugEnabled()) {
			String id = this.connection.id();
			LogQueue.write(() -> logger.debug("[" + id + "] " + text, arguments));
		}
	}

	/**
	 * Log that the agent closes the connection because the peer violated the protocol.
	 * @param status the code in the DISCONNECT for the peer
	 * @param message what is wrong
	 * @param guess a text about what the bytes look like, or an empty text
	 */
	void refused(StatusCode status, String message, String guess) {
		String text = LogText.message(message);
		this.lastError = text;
		warn(this.limiter.permit(List.of(status, this.connection.listener())),
				"Closed by the agent, on listener '" + this.connection.listener() + "': " + text + guess, null);
	}

	/**
	 * Return whether TLS ended because the peer closed the connection.
	 */
	static boolean isReset(SSLException ex) {
		return ex.getCause() instanceof IOException cause && !(cause instanceof SSLException);
	}

	/**
	 * Log that TLS failed.
	 * @param ex the exception of the TLS engine
	 */
	void tlsFailed(SSLException ex) {
		if (isReset(ex)) {
			debug("{}", LogText.message(ex.toString()));
			return;
		}
		// The text of this exception has all bytes of the peer
		String text = (ex instanceof NotSslRecordException)
				? "The peer does not speak TLS: add ssl to HAProxy's server line" : LogText.message(ex.toString());
		this.lastError = text;
		warn(this.limiter.permit(List.of("TLS", this.connection.listener(), text),
				List.of("TLS", this.connection.listener())),
				"Closed because TLS failed, by " + LogText.name(String.valueOf(this.connection.remoteAddress()))
						+ " on listener '" + this.connection.listener() + "': " + text,
				null);
	}

	/**
	 * Log an unexpected failure.
	 */
	void unexpected(Throwable error) {
		this.lastError = error.getClass().getName();
		try {
			String more = this.limiter.permit(error.getClass());
			if (more != null) {
				String id = this.connection.id();
				LogQueue.write(() -> logger.error("[{}] Closed because of an unexpected failure{}", id, more,
						AbridgedException.of(error)));
			}
		}
		catch (OutOfMemoryError ex) {
			// There is no memory for a line, and the exception would end the event loop
		}
	}

	/**
	 * Log the reason why messages are answered with the fallback.
	 * @param names the names of the messages
	 * @param requestId the id of the request, or {@code null} if it is not known
	 * @param traceId the id of the trace, or {@code null} if it is not known
	 * @param error the failure; its methods may do anything
	 * @param handler what failed, or {@code null} if it is not known
	 */
	void failed(List<String> names, @Nullable String requestId, @Nullable String traceId, Throwable error,
			@Nullable Object handler) {
		String messages = LogText.message(names.toString());
		Class<?> type = error.getClass();
		boolean own = error instanceof SpopTimeoutException || error instanceof SpopOversizeException;
		this.lastError = messages + ": " + (own ? LogText.message(error.getMessage()) : type.getName());
		String more;
		if (handler != null) {
			more = this.limiter.permit(List.of(type, handler));
		}
		else {
			more = (names.size() == 1) ? this.limiter.permit(List.of(messages, type), type) : this.limiter.permit(type);
		}
		if (more != null) {
			String id = this.connection.id();
			LogQueue.write(() -> {
				boolean told = own || error instanceof RejectedExecutionException
						|| (error instanceof IllegalArgumentException && error.getStackTrace().length == 0);
				String text = told ? AbridgedException.text(error) : "The handler failed";
				logger.warn("[{}] NOTIFY {}{}{} is answered with the fallback: {}{}", id, messages,
						of("request", requestId), of("trace", traceId), text, more,
						told ? null : AbridgedException.of(error));
			});
		}
	}

	/**
	 * Log that a handler failed after its NOTIFY had been answered without it. Reactor
	 * itself would log each such failure.
	 * @param requestId the id of the request, or {@code null} if it is not known
	 */
	void dropped(@Nullable String requestId, Throwable error) {
		Throwable cause = Exceptions.unwrap(error);
		if (cause instanceof InterruptedException || cause instanceof CancellationException) {
			debug("A handler ended when it was cancelled: {}", cause.getClass().getName());
			return;
		}
		warn(this.limiter.permit(List.of("dropped", cause.getClass())),
				"A handler failed after its NOTIFY" + of("request", requestId) + " had ended", cause);
	}

	/**
	 * Log that a call held the event loop.
	 * @param handler an object whose {@code toString()} describes the call
	 * @param millis the time of the call, in milliseconds
	 */
	void blocked(Object handler, long millis) {
		// A text contains names of messages
		String more = this.limiter.permit((handler instanceof String) ? "blocked" : List.of("blocked", handler));
		if (more != null) {
			String id = this.connection.id();
			LogQueue.write(() -> logger.warn(
					"[{}] {} blocked its event loop for {} ms, in which the agent read nothing from the other connections"
							+ " of this event loop: if it is not the first call of a cold JVM, mark the handler with"
							+ " @Blocking, or make it faster{}",
					id, LogText.message(handler.toString()), millis, more));
		}
	}

	/**
	 * Log that there is no handler for a message.
	 * @param name the name of the message, escaped
	 * @param handled the names of the messages that have a handler
	 */
	void unhandled(String name, Collection<String> handled) {
		String more = this.limiter.permit(List.of("unhandled", name), "unhandled");
		if (more != null) {
			warn(more, unhandledText(name, handled), null);
		}
	}

	static String unhandledText(String name, Collection<String> handled) {
		return "There is no handler for message '" + name
				+ "', which is answered with no actions. There are handlers for " + LogText.message(handled.toString());
	}

	/**
	 * Log that a connection waits because the limit of connections is reached.
	 */
	void waits(int max) {
		warn(this.limiter.permit(List.of("waits", this.connection.listener())), "Listener '"
				+ this.connection.listener() + "' has " + max
				+ " connections, which is its limit: each further one waits for its handshake until another one closes,"
				+ " except health checks. Raise the limit with SpopAgent.maxConnections(...) or the property"
				+ " spop.connection.max-connections, or give HAProxy fewer threads or a 'maxconn' on its server lines",
				null);
	}

	/**
	 * Log that an ACK is so large that HAProxy may hang with pipelining.
	 */
	void largeAck(List<String> names, int size, int max) {
		warn("", "The ACK of " + LogText.message(names.toString()) + " has " + size + " bytes. With more than " + max
				+ " bytes each, the ACKs of one connection can fill the receive buffer of HAProxy 3.1 and later, which"
				+ " then hangs until its timeout: switch pipelining off with SpopAgent.pipelining(false) or the property"
				+ " spop.connection.pipelining=false", null);
	}

	private static String of(String what, @Nullable String id) {
		return (id != null) ? " of " + what + " " + id : "";
	}

	private void warn(@Nullable String more, String text, @Nullable Throwable error) {
		if (more != null) {
			String id = this.connection.id();
			LogQueue.write(() -> logger.warn("[{}] {}{}", id, text, more,
					(error != null) ? AbridgedException.of(error) : null));
		}
	}

}
