package io.spop.boot.test.example;

import java.net.InetSocketAddress;
import java.util.Objects;

import io.spop.boot.autoconfigure.SpopAgentLifecycle;
import io.spop.boot.test.autoconfigure.LocalSpopPort;
import io.spop.boot.test.autoconfigure.SpopTestClient;
import io.spop.protocol.VarScope;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;

import static org.assertj.core.api.Assertions.assertThat;

@SpringBootTest(properties = "spop.handler.timeout=10s")
class ApplicationTests {

	@LocalSpopPort
	private int port;

	@LocalSpopPort("main")
	private int named;

	private int before;

	@Autowired
	private SpopTestClient client;

	@Autowired
	private SpopAgentLifecycle lifecycle;

	@BeforeEach
	void before(@LocalSpopPort int port) {
		this.before = port;
	}

	@Test
	void whenApplicationRunsThenPortIsInjected(@LocalSpopPort("main") int parameter) {
		assertThat(((InetSocketAddress) Objects.requireNonNull(this.lifecycle.agent()).address("main")).getPort())
			.isPositive()
			.isEqualTo(this.port)
			.isEqualTo(this.named)
			.isEqualTo(this.before)
			.isEqualTo(parameter);
	}

	@Test
	void whenApplicationRunsThenClientTalksOverTheSocket() {
		long before = Objects.requireNonNull(this.lifecycle.agent()).connections().size();
		this.client.message("echo").arg("a", 1).send().hasVariable(VarScope.TRANSACTION, "a_0", 1);
		assertThat(before).isZero();
	}

	@Nested
	class Inner {

		@LocalSpopPort
		private int inner;

		@Test
		void whenTestIsNestedThenPortIsInjected() {
			assertThat(this.inner).isPositive().isEqualTo(ApplicationTests.this.port);
		}

	}

}
