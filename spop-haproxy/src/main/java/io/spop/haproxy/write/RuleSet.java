package io.spop.haproxy.write;

import io.spop.haproxy.SpoeEvent;
import io.spop.haproxy.config.SamplePlace;

/**
 * Rules that HAProxy runs just after an event, in the order in which it runs them.
 */
enum RuleSet {

	FRONTEND_TCP_REQUEST("tcp-request content", "reject", true, SamplePlace.FRONTEND_TCP_REQUEST),

	FRONTEND_HTTP_REQUEST("http-request", "deny deny_status 503", true, SamplePlace.FRONTEND_HTTP_REQUEST),

	BACKEND_TCP_REQUEST("tcp-request content", "reject", false, SamplePlace.BACKEND_TCP_REQUEST),

	BACKEND_HTTP_REQUEST("http-request", "deny deny_status 503", false, SamplePlace.BACKEND_HTTP_REQUEST),

	TCP_RESPONSE("tcp-response content", "reject", false, SamplePlace.BACKEND_TCP_RESPONSE),

	/** Rules of a backend or of the frontend. */
	HTTP_RESPONSE("http-response", "deny deny_status 503", true, SamplePlace.FRONTEND_HTTP_RESPONSE);

	private final String keyword;

	private final String refusal;

	private final boolean frontend;

	private final SamplePlace place;

	RuleSet(String keyword, String refusal, boolean frontend, SamplePlace place) {
		this.keyword = keyword;
		this.refusal = refusal;
		this.frontend = frontend;
		this.place = place;
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

	SamplePlace place() {
		return this.place;
	}

	/**
	 * Return the word or words with which each of the rules begins.
	 */
	String keyword() {
		return this.keyword;
	}

	boolean isInFrontend() {
		return this.frontend;
	}

	String rule(String action) {
		return this.keyword + " " + action;
	}

	String refusal(WrittenEngine engine) {
		return refusal("if " + engine.failed());
	}

	String refusal(String condition) {
		return rule(this.refusal + " " + condition);
	}

}
