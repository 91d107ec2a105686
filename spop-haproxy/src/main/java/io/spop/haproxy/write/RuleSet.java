package io.spop.haproxy.write;

import io.spop.haproxy.SpoeEvent;

/**
 * Rules that HAProxy runs just after an event, in the order in which it runs them.
 */
enum RuleSet {

	FRONTEND_TCP_REQUEST("tcp-request content", "reject", true),

	FRONTEND_HTTP_REQUEST("http-request", "deny deny_status 503", true),

	BACKEND_TCP_REQUEST("tcp-request content", "reject", false),

	BACKEND_HTTP_REQUEST("http-request", "deny deny_status 503", false),

	TCP_RESPONSE("tcp-response content", "reject", false),

	/** Here a frontend has rules, too. */
	HTTP_RESPONSE("http-response", "deny deny_status 503", true);

	private final String keyword;

	private final String refusal;

	private final boolean frontend;

	RuleSet(String keyword, String refusal, boolean frontend) {
		this.keyword = keyword;
		this.refusal = refusal;
		this.frontend = frontend;
	}

	/**
	 * Return the rules that follow an event.
	 */
	static RuleSet of(SpoeEvent event) {
		return switch (event) {
			case ON_CLIENT_SESSION, ON_FRONTEND_TCP_REQUEST -> FRONTEND_TCP_REQUEST;
			case NONE, ON_FRONTEND_HTTP_REQUEST -> FRONTEND_HTTP_REQUEST;
			case ON_BACKEND_TCP_REQUEST -> BACKEND_TCP_REQUEST;
			case ON_BACKEND_HTTP_REQUEST -> BACKEND_HTTP_REQUEST;
			case ON_SERVER_SESSION, ON_TCP_RESPONSE -> TCP_RESPONSE;
			case ON_HTTP_RESPONSE -> HTTP_RESPONSE;
		};
	}

	/**
	 * Return the rules that send a group, which have to be where the filter is: in the
	 * frontend.
	 */
	static RuleSet sending(SpoeEvent event) {
		return switch (of(event)) {
			case FRONTEND_TCP_REQUEST, BACKEND_TCP_REQUEST -> FRONTEND_TCP_REQUEST;
			case FRONTEND_HTTP_REQUEST, BACKEND_HTTP_REQUEST -> FRONTEND_HTTP_REQUEST;
			case TCP_RESPONSE -> TCP_RESPONSE;
			case HTTP_RESPONSE -> HTTP_RESPONSE;
		};
	}

	boolean isInFrontend() {
		return this.frontend;
	}

	String rule(String action) {
		return this.keyword + " " + action;
	}

	String refusal(Engine engine) {
		return rule(this.refusal + " if " + engine.failed());
	}

}
