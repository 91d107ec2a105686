package io.spop.benchmarks;

import java.net.InetAddress;

import io.spop.annotation.NonBlocking;
import io.spop.annotation.SpopArg;
import io.spop.annotation.SpopMessage;
import io.spop.protocol.Actions;
import io.spop.protocol.VarScope;
import org.jspecify.annotations.Nullable;

/**
 * Handles a message as an application would write it.
 */
class RequestLog {

	static final String MESSAGE = "log-request";

	@SpopMessage(MESSAGE)
	@NonBlocking
	Actions log(@SpopArg("ip") InetAddress ip, @SpopArg("country") @Nullable String country,
			@SpopArg("user_agent") String userAgent) {
		return score(ip, country, userAgent);
	}

	static Actions score(InetAddress ip, @Nullable String country, String userAgent) {
		int score = ip.hashCode() ^ userAgent.length();
		return Actions.set(VarScope.SESSION, "ip_score", (country != null) ? score ^ country.length() : score);
	}

}
