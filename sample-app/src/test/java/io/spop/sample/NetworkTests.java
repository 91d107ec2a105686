package io.spop.sample;

import java.net.InetAddress;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class NetworkTests {

	@ParameterizedTest
	@CsvSource({ "127.0.0.64/26, 127.0.0.63, false", "127.0.0.64/26, 127.0.0.64, true",
			"127.0.0.64/26, 127.0.0.127, true", "127.0.0.64/26, 127.0.0.128, false",
			"198.51.100.0/24, 198.51.100.255, true", "198.51.100.0/24, 198.51.101.0, false",
			"198.51.100.7/32, 198.51.100.7, true", "198.51.100.7/32, 198.51.100.6, false", "0.0.0.0/0, 192.0.2.1, true",
			"0.0.0.0/0, ::1, false", "2001:db8::/32, 2001:db8:ffff::1, true", "2001:db8::/32, 2001:db9::1, false",
			"2001:db8::/32, 32.1.13.184, false" })
	void whenAddressIsOfTheNetworkThenContainsIt(String network, String address, boolean expected) throws Exception {
		assertThat(Network.of(network).contains(InetAddress.getByName(address))).isEqualTo(expected);
	}

	@ParameterizedTest
	@ValueSource(strings = { "127.0.0.1", "127.0.0.1/33", "127.0.0.1/-1", "::1/129", "127.0.0.1/x" })
	void whenTextIsNoNetworkThenRefusesIt(String text) {
		assertThatIllegalArgumentException().isThrownBy(() -> Network.of(text));
	}

}
