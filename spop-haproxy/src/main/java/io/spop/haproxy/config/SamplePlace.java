package io.spop.haproxy.config;

import java.util.Locale;

import io.spop.haproxy.SpoeEvent;

/**
 * The places where HAProxy can evaluate a sample expression, in the order in which
 * HAProxy lists them.
 *
 * @since 0.1.0
 */
public enum SamplePlace {

	/** {@code tcp-request connection} rules of a frontend. */
	FRONTEND_CONNECTION,

	/** {@code tcp-request session} rules of a frontend. */
	FRONTEND_SESSION,

	/** {@code tcp-request content} rules of a frontend. */
	FRONTEND_TCP_REQUEST,

	/** {@code http-request} rules of a frontend. */
	FRONTEND_HTTP_REQUEST,

	/** A frontend that has the body of the request. */
	FRONTEND_HTTP_REQUEST_BODY,

	/** {@code use_backend} rules. */
	USE_BACKEND,

	/** {@code tcp-request content} rules of a backend. */
	BACKEND_TCP_REQUEST,

	/** {@code http-request} rules of a backend. */
	BACKEND_HTTP_REQUEST,

	/** A backend that has the body of the request. */
	BACKEND_HTTP_REQUEST_BODY,

	/** {@code use-server}, {@code balance} and {@code stick match}. */
	USE_SERVER,

	/** When the connection to the server is made. */
	SERVER_CONNECTION,

	/** {@code tcp-response content} rules of a backend. */
	BACKEND_TCP_RESPONSE,

	/** {@code http-response} rules of a backend. */
	BACKEND_HTTP_RESPONSE,

	/** A backend that has the body of the response. */
	BACKEND_HTTP_RESPONSE_BODY,

	/** {@code stick store-response} rules. */
	STICK_STORE,

	/** {@code tcp-response content} rules of a frontend. */
	FRONTEND_TCP_RESPONSE,

	/** {@code http-response} rules of a frontend. */
	FRONTEND_HTTP_RESPONSE,

	/** A frontend that has the body of the response. */
	FRONTEND_HTTP_RESPONSE_BODY,

	/** Logs, at the end. */
	LOG,

	/** {@code tcp-check} rules. */
	CHECK,

	/** The configuration while HAProxy reads it. */
	CONFIGURATION,

	/** Commands of HAProxy's runtime API. */
	COMMAND;

	/**
	 * Return where HAProxy evaluates the arguments of a message with the given event, if
	 * the filter is in a {@code frontend} or {@code listen} section.
	 * @param event an event, not {@link SpoeEvent#NONE}
	 * @return the place
	 * @throws IllegalArgumentException if it is {@link SpoeEvent#NONE}
	 */
	public static SamplePlace of(SpoeEvent event) {
		return of(event, true);
	}

	/**
	 * Return where HAProxy evaluates the arguments of a message with the given event.
	 * Backend events of a filter in a frontend or listen section count as requests of the
	 * frontend: a fetch that needs the backend, such as {@code be_id}, is refused there.
	 * @param event an event, not {@link SpoeEvent#NONE}
	 * @param frontend whether the filter is in a {@code frontend} or {@code listen}
	 * section
	 * @return the place
	 * @throws IllegalArgumentException if it is {@link SpoeEvent#NONE}
	 */
	public static SamplePlace of(SpoeEvent event, boolean frontend) {
		return switch (event) {
			case NONE -> throw new IllegalArgumentException("A message without event is evaluated where its group is");
			case ON_CLIENT_SESSION -> FRONTEND_CONNECTION;
			case ON_FRONTEND_TCP_REQUEST -> FRONTEND_TCP_REQUEST;
			case ON_FRONTEND_HTTP_REQUEST -> FRONTEND_HTTP_REQUEST;
			case ON_BACKEND_TCP_REQUEST -> frontend ? FRONTEND_TCP_REQUEST : BACKEND_TCP_REQUEST;
			case ON_BACKEND_HTTP_REQUEST -> frontend ? FRONTEND_HTTP_REQUEST : BACKEND_HTTP_REQUEST;
			case ON_SERVER_SESSION -> SERVER_CONNECTION;
			case ON_TCP_RESPONSE -> frontend ? FRONTEND_TCP_RESPONSE : BACKEND_TCP_RESPONSE;
			case ON_HTTP_RESPONSE -> frontend ? FRONTEND_HTTP_RESPONSE : BACKEND_HTTP_RESPONSE;
		};
	}

	/**
	 * Return the place in lower case, with blanks.
	 */
	@Override
	public String toString() {
		return name().toLowerCase(Locale.ROOT).replace('_', ' ');
	}

}
