package io.spop.sample;

import io.spop.boot.test.autoconfigure.SpopTest;
import io.spop.boot.test.autoconfigure.SpopTestClient;
import io.spop.protocol.VarScope;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.beans.factory.annotation.Autowired;

@SpopTest(handlers = RequestLog.class)
class RequestLogTests {

	@Autowired
	private SpopTestClient client;

	@ParameterizedTest
	@CsvSource({ "127.0.0.1, xx, curl/8.0", "2001:db8::1, , " })
	void whenRequestIsLoggedThenVariableIsSet(String ip, String country, String userAgent) {
		this.client.listener("tcp")
			.message("log-request")
			.ipArg("ip", ip)
			.arg("country", country)
			.arg("user_agent", userAgent)
			.send()
			.hasVariable(VarScope.TRANSACTION, "my_var", "tequila");
	}

}
