package io.spop.haproxy;

import java.util.Locale;

import org.jspecify.annotations.Nullable;

/**
 * When HAProxy sends a message: the {@code event} of its {@code spoe-message} section.
 * HAProxy handles an event just before it runs the rules of the same name, so that these
 * rules see the variables that the agent has set. See section 3.4 of HAProxy's
 * {@code SPOE.txt}.
 *
 * @since 0.1.0
 */
public enum SpoeEvent {

	/** No event: the message is sent with a group, or it is not known when. */
	NONE,

	/** When a client has connected. There is no request yet. */
	ON_CLIENT_SESSION,

	/** Before the {@code tcp-request content} rules of the frontend. */
	ON_FRONTEND_TCP_REQUEST,

	/** Before the {@code http-request} rules of the frontend. */
	ON_FRONTEND_HTTP_REQUEST,

	/** Before the {@code tcp-request content} rules of the backend. */
	ON_BACKEND_TCP_REQUEST,

	/** Before the {@code http-request} rules of the backend. */
	ON_BACKEND_HTTP_REQUEST,

	/** When the connection to the server is established. */
	ON_SERVER_SESSION,

	/** Before the {@code tcp-response content} rules. */
	ON_TCP_RESPONSE,

	/** Before the {@code http-response} rules. */
	ON_HTTP_RESPONSE;

	/**
	 * Return the event that has a name in HAProxy's configuration.
	 * @param keyword for example {@code on-frontend-http-request}
	 * @return the event, or {@code null} if HAProxy has none of this name
	 */
	public static @Nullable SpoeEvent of(String keyword) {
		for (SpoeEvent event : values()) {
			if (event != NONE && event.keyword().equals(keyword)) {
				return event;
			}
		}
		return null;
	}

	/**
	 * Return the name of the event in HAProxy's configuration.
	 * @return for example {@code on-frontend-http-request}
	 */
	public String keyword() {
		return name().toLowerCase(Locale.ROOT).replace('_', '-');
	}

	/**
	 * Return whether the event occurs only where HAProxy reads HTTP.
	 * @return whether it does
	 */
	public boolean isHttp() {
		return this == ON_FRONTEND_HTTP_REQUEST || this == ON_BACKEND_HTTP_REQUEST || this == ON_HTTP_RESPONSE;
	}

}
