package io.spop.sample;

import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

import io.spop.annotation.NonBlocking;
import io.spop.annotation.SpopMessage;
import io.spop.haproxy.OnError;
import io.spop.haproxy.SpoeEvent;
import io.spop.protocol.Actions;
import io.spop.protocol.Arguments;
import io.spop.protocol.SpopValue;
import io.spop.protocol.VarScope;
import org.jspecify.annotations.Nullable;

import org.springframework.stereotype.Component;

/**
 * Answers with the arguments of its message in their order. The message also has an
 * argument without a name, two with the same name, and one with a name that is not UTF-8.
 */
@Component
class EchoArguments {

	// HAProxy 3.1 and later may lose answers of more than 819 bytes, and a client may
	// send a longer header
	private static final int MAX_LENGTH = 700;

	// HAProxy sends the byte 0xFF
	private static final String NOT_UTF_8 = "bad\uFFFD";

	@SpopMessage(name = "echo-args", event = SpoeEvent.ON_FRONTEND_HTTP_REQUEST, onError = OnError.OPEN)
	@NonBlocking
	Actions echo(Arguments arguments) {
		String unnamed = arguments.getAll("").stream().map(EchoArguments::text).collect(Collectors.joining(","));
		String all = StreamSupport.stream(arguments.spliterator(), false)
			.map((argument) -> ascii(argument.name()) + ":" + text(argument.value()))
			.collect(Collectors.joining(","));
		String summary = "answer=" + text(arguments.get("answer")) + " country=" + text(arguments.get("country"))
				+ " lossy=" + text(arguments.get(NOT_UTF_8)) + " unnamed=" + unnamed + " all=" + all;
		return Actions.set(VarScope.TRANSACTION, "summary",
				(summary.length() > MAX_LENGTH) ? summary.substring(0, MAX_LENGTH) + "..." : summary);
	}

	private static String text(@Nullable SpopValue value) {
		if (value == null || value instanceof SpopValue.Null) {
			return "null";
		}
		if (value instanceof SpopValue.Binary binary) {
			return binary.length() + " bytes";
		}
		return ascii(value.toString());
	}

	private static String ascii(String text) {
		return text.codePoints()
			.mapToObj((character) -> (character >= ' ' && character <= '~' && character != '\\')
					? Character.toString(character) : "\\u{" + Integer.toHexString(character) + "}")
			.collect(Collectors.joining());
	}

}
