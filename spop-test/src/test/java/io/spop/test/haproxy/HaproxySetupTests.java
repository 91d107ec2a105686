package io.spop.test.haproxy;

import java.io.UncheckedIOException;
import java.nio.file.Path;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

/**
 * What a setup says before HAProxy is started.
 */
@Timeout(20)
class HaproxySetupTests {

	private static final String SPOE = "spoe-agent one\n\tuse-backend agents\n";

	private static final HaproxyBinary NONE = new HaproxyBinary(Path.of("/nowhere/haproxy"), "3.2.0");

	@Test
	void whenAgentIsMissingThenSaysSoAtOnce() {
		HaproxySetup setup = Haproxy.withSpoe(SPOE);
		assertThatIllegalStateException().isThrownBy(setup::start)
			.withMessage("Nothing sets the environment variable AGENT of the line"
					+ " 'server agent \"${AGENT}\" check inter 100ms': call agent(port) or agent(socket)"
					+ " before HAProxy is started");
		assertThatIllegalStateException().isThrownBy(setup::startContainer).withMessageContaining("AGENT");
		assertThatIllegalStateException().isThrownBy(() -> setup.startProcess(NONE)).withMessageContaining("AGENT");
	}

	@Test
	void whenOtherAddressesAreMissingThenSaysHowToSetThem() {
		assertThatIllegalStateException()
			.isThrownBy(Haproxy.configuredWith("listen x\n\tbind \"${FRONT}\" ssl\n")::start)
			.withMessageContaining("call bind(\"FRONT\")");
		assertThatIllegalStateException()
			.isThrownBy(Haproxy.configuredWith("backend x\n\tserver one $ONE:1 check\n").agent(1)::start)
			.withMessageContaining("call agent(\"ONE\", port)");
	}

	@ParameterizedTest
	@ValueSource(
			strings = { "# server one ${ONE}", "server one \"${ONE-127.0.0.1:1}\"", "http-request deny if \"${ONE}\"",
					"server one \"${HAPROXY_LOCALPEER}\"", "setenv ONE 127.0.0.1:1\n\tserver one \"${ONE}\"",
					"server one \"\\$ONE\"", "server one \"${PATH}\"", "server one \"${AGENT}\"" })
	void whenVariableIsSetOrNeedsNotBeThenHaproxyIsStarted(String line) {
		assertThat(Path.of("/nowhere")).doesNotExist();
		assertThatNoException().isThrownBy(() -> startsWith(line));
	}

	private static void startsWith(String line) {
		try {
			Haproxy.configuredWith("# ${AGENT}\nbackend x\n\t" + line + "\n").agent(1).startProcess(NONE).close();
		}
		catch (UncheckedIOException ex) {
			// There is no such program
			assertThat(ex).hasMessageContaining("/nowhere/haproxy");
		}
	}

	@Test
	void whenPortIsThatOfNoAgentThenSaysSo() {
		for (int port : new int[] { -1, 0, 65536 }) {
			assertThatIllegalArgumentException().isThrownBy(() -> Haproxy.withSpoe(SPOE).agent(port))
				.withMessageContaining("1 to 65535, not " + port);
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "haproxy.cfg", "test.cfg", "log", "admin.sock" })
	void whenFileWouldReplaceAnotherThenRefusesIt(String name) {
		assertThatIllegalArgumentException().isThrownBy(() -> Haproxy.withSpoe(SPOE).file(name, ""))
			.withMessageContaining("'" + name + "'");
	}

	@Test
	void whenVariableIsSetTwiceThenTheLastCallCounts() {
		HaproxySetup setup = Haproxy.withSpoe(SPOE).agent(Path.of("/x")).agent(1);
		assertThat(setup.sockets).isEmpty();
		assertThat(setup.agents).containsEntry("AGENT", 1);
		setup.variable("AGENT", "127.0.0.1:2");
		assertThat(setup.agents).isEmpty();
	}

	@Test
	@SuppressWarnings("NullAway") // null on purpose
	void whenSomethingIsNullThenItIsNamed() {
		HaproxySetup setup = Haproxy.withSpoe(SPOE);
		assertThatNullPointerException().isThrownBy(() -> Haproxy.configuredWith((String) null))
			.withMessage("configuration");
		assertThatNullPointerException().isThrownBy(() -> Haproxy.withSpoe(null)).withMessage("spoe");
		assertThatNullPointerException().isThrownBy(() -> setup.agent((Path) null)).withMessage("socket");
		assertThatNullPointerException().isThrownBy(() -> setup.agent(null, 1)).withMessage("name");
		assertThatNullPointerException().isThrownBy(() -> setup.bind(null)).withMessage("name");
		assertThatNullPointerException().isThrownBy(() -> setup.variable("X", null)).withMessage("value");
		assertThatNullPointerException().isThrownBy(() -> setup.file("x", null)).withMessage("content");
	}

	@Test
	void whenAnAddressIsSetThatNoFileUsesThenItFails() {
		HaproxySetup setup = Haproxy.configuredWith("frontend web\n    bind 127.0.0.1:8000\n").bind("WEB");
		assertThatIllegalStateException().isThrownBy(setup::startProcess)
			.withMessage("The configuration does not use the environment variable WEB, which is set to an address: "
					+ "write \"${WEB}\" in place of the address");
	}

}
