package io.spop.sample;

import io.spop.boot.test.autoconfigure.SpopTest;
import io.spop.boot.test.autoconfigure.SpopTestClient;
import io.spop.protocol.VarScope;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.context.properties.EnableConfigurationProperties;

@SpopTest(handlers = Reputation.class, properties = "sample.reputation.blocked=198.51.100.0/24")
@EnableConfigurationProperties(Reputation.Settings.class)
class ReputationTests {

	@Autowired
	private SpopTestClient client;

	@ParameterizedTest
	@CsvSource({ "198.51.100.0, 0, 19", "198.51.100.255, 0, 19", "198.51.101.0, 20, 99", "127.0.0.1, 20, 99",
			"255.255.255.255, 20, 99", "::1, 20, 99", "2001:db8::1, 20, 99" })
	void whenClientIsCheckedThenItsScoreIsSet(String address, long worst, long best) {
		this.client.listener("tcp")
			.message("check-client-ip")
			.ipArg("ip", address)
			.send()
			.variable(VarScope.SESSION, "ip_score")
			.asInstanceOf(InstanceOfAssertFactories.LONG)
			.isBetween(worst, best);
	}

}
