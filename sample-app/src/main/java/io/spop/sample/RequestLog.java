package io.spop.sample;

import java.net.InetAddress;

import io.spop.annotation.NonBlocking;
import io.spop.annotation.SpopArg;
import io.spop.annotation.SpopMessage;
import io.spop.haproxy.OnError;
import io.spop.haproxy.SpoeEvent;
import io.spop.protocol.Actions;
import io.spop.protocol.VarScope;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.stereotype.Component;

/**
 * Logs each request, at DEBUG, because writing the line costs more than the rest of the
 * handling.
 */
@Component
class RequestLog {

	private static final Logger logger = LoggerFactory.getLogger(RequestLog.class);

	@SpopMessage(name = "log-request", event = SpoeEvent.ON_FRONTEND_HTTP_REQUEST, onError = OnError.OPEN)
	@NonBlocking
	Actions log(@SpopArg(sample = "src") InetAddress ip,
			@SpopArg(sample = "req.hdr(CF-IPCountry)") @Nullable String country,
			@SpopArg(sample = "req.hdr(User-Agent)") @Nullable String userAgent) {
		if (logger.isDebugEnabled()) {
			logger.debug("Request from {}, country {}, with {}", ip.getHostAddress(), country, userAgent);
		}
		return Actions.set(VarScope.TRANSACTION, "my_var", "tequila");
	}

}
