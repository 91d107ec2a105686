package io.spop.recipes.waf;

import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.spop.annotation.NonBlocking;
import io.spop.annotation.SpopMessage;
import io.spop.protocol.Actions;
import io.spop.protocol.HeaderBlock;
import io.spop.protocol.VarScope;
import org.jspecify.annotations.Nullable;

import org.springframework.stereotype.Component;

/**
 * Looks at the method, the path, the query, the headers and the body of a request. The
 * verdict is {@code deny} for a request that looks like an attack, {@code partial} for
 * one of whose body the agent has only the beginning, and {@code allow} for any other.
 */
@Component
class RequestInspection {

	private static final Set<String> METHODS = Set.of("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE");

	/**
	 * Servlet containers remove parameters from a path: "/..;x/admin" is "/../admin" to
	 * them, and "/;x/admin" is "//admin".
	 */
	private static final Pattern TRAVERSAL = Pattern.compile("(^|[/\\\\])(\\.\\.([/\\\\;]|$)|\\.?;)|\\x00");

	private static final Pattern INJECTION = Pattern.compile("<script|\\bunion\\s{1,20}select\\b|\\$\\{jndi:",
			Pattern.CASE_INSENSITIVE);

	private static final Pattern ESCAPE = Pattern.compile("%(\\p{XDigit}{2})");

	@SpopMessage("inspect-request")
	@NonBlocking
	Actions inspect(Request request) {
		return Actions.set(VarScope.TRANSACTION, "verdict", verdict(request));
	}

	private static String verdict(Request request) {
		String body = (request.body() != null) ? new String(request.body(), StandardCharsets.ISO_8859_1) : "";
		if (!METHODS.contains(request.method()) || isTraversal(request.path()) || isInjection(request.query())
				|| isInjection(body)
				|| request.headers().headers().stream().anyMatch((header) -> isInjection(header.value()))) {
			return "deny";
		}
		return hasWholeBody(request) ? "allow" : "partial";
	}

	/**
	 * Find out whether the agent has the whole body. {@code req.body_size} is what
	 * HAProxy knows of the body's size. Of a body in chunks it knows the chunks that have
	 * begun, so that only a body with a Content-Length is certain to be whole.
	 */
	private static boolean hasWholeBody(Request request) {
		HeaderBlock headers = request.headers();
		boolean hasKnownSize = headers.contains("Content-Length")
				|| (request.bodyLen() == 0 && !headers.contains("Transfer-Encoding"));
		return hasKnownSize && request.bodyLen() >= request.bodySize();
	}

	/**
	 * Look at the path. There is none in {@code OPTIONS *} and {@code CONNECT}, and in
	 * HAProxy 2.6 there is none in {@code GET http://shop.example}: do without these.
	 */
	private static boolean isTraversal(@Nullable String path) {
		return path == null || TRAVERSAL.matcher(decode(path)).find();
	}

	private static boolean isInjection(@Nullable String text) {
		return text != null && INJECTION.matcher(decode(text)).find();
	}

	private static String decode(String text) {
		return ESCAPE.matcher(text.replace('+', ' '))
			.replaceAll(
					(escape) -> Matcher.quoteReplacement(Character.toString(Integer.parseInt(escape.group(1), 16))));
	}

	record Request(String method, @Nullable String path, @Nullable String query, HeaderBlock headers,
			byte @Nullable [] body, long bodyLen, long bodySize) {
	}

}
