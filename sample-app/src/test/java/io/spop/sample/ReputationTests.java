package io.spop.sample;

import java.net.InetAddress;
import java.util.List;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class ReputationTests {

	private final Reputation reputation;

	ReputationTests() throws Exception {
		this.reputation = new Reputation(new Reputation.Settings(List.of(Network.of("198.51.100.0/24"))));
	}

	@ParameterizedTest
	@ValueSource(strings = { "198.51.100.0", "198.51.100.77", "198.51.100.255" })
	void whenNetworkIsBlockedThenScoreIsBad(String address) throws Exception {
		assertThat(score(address)).isBetween(0, 19).isEqualTo(score(address));
	}

	@ParameterizedTest
	@ValueSource(strings = { "127.0.0.1", "198.51.101.0", "255.255.255.255", "::1", "2001:db8::1" })
	void whenNetworkIsNotBlockedThenScoreIsGood(String address) throws Exception {
		assertThat(score(address)).isBetween(20, 99).isEqualTo(score(address));
	}

	private int score(String address) throws Exception {
		return this.reputation.score(InetAddress.getByName(address));
	}

}
