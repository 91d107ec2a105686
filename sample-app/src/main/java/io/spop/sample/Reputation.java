package io.spop.sample;

import java.net.InetAddress;
import java.util.List;

import io.spop.annotation.NonBlocking;
import io.spop.annotation.SpopArg;
import io.spop.annotation.SpopMessage;
import io.spop.haproxy.OnError;
import io.spop.haproxy.SpoeEvent;
import io.spop.protocol.Actions;
import io.spop.protocol.VarScope;

import org.springframework.aot.hint.MemberCategory;
import org.springframework.aot.hint.annotation.RegisterReflection;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.stereotype.Component;

/**
 * Scores the address of a client from 0 to 99. HAProxy rejects those below 20.
 */
@Component
// A native image needs to know that Spring calls Network.of for a property
@RegisterReflection(classes = Network.class, memberCategories = MemberCategory.INVOKE_PUBLIC_METHODS)
class Reputation {

	private static final int GOOD = 20;

	private static final int BEST = 100;

	private final List<Network> blocked;

	Reputation(Settings settings) {
		this.blocked = settings.blocked();
	}

	@SpopMessage(name = "check-client-ip", event = SpoeEvent.ON_CLIENT_SESSION, onError = OnError.OPEN)
	@NonBlocking
	Actions check(@SpopArg(value = "ip", sample = "src") InetAddress ip) {
		return Actions.set(VarScope.SESSION, "ip_score", score(ip));
	}

	int score(InetAddress ip) {
		boolean bad = this.blocked.stream().anyMatch((network) -> network.contains(ip));
		return bad ? Math.floorMod(ip.hashCode(), GOOD) : GOOD + Math.floorMod(ip.hashCode(), BEST - GOOD);
	}

	@ConfigurationProperties("sample.reputation")
	record Settings(List<Network> blocked) {

	}

}
