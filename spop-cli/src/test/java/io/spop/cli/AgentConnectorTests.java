package io.spop.cli;

import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.time.Duration;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class AgentConnectorTests {

	@TempDir
	private Path folder;

	@Test
	void whenQueueOfUnixSocketIsFullThenItListensAndEachConnectEndsInTime() throws Exception {
		Path socket = this.folder.resolve("full.sock");
		try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
			server.bind(UnixDomainSocketAddress.of(socket), 1);
			connector(socket, Duration.ofSeconds(9)).open();
			connector(socket, Duration.ofSeconds(9)).open();
			AgentConnector connector = connector(socket, Duration.ofMillis(3));
			for (int i = 0; i < 100; i++) {
				assertThatExceptionOfType(SocketTimeoutException.class).isThrownBy(connector::open)
					.withMessage("the agent accepts no connection within 3 ms");
				assertThat(connector.isListening()).isTrue();
			}
		}
	}

	private static AgentConnector connector(Path socket, Duration timeout) {
		return new AgentConnector(AgentAddress.of("unix:" + socket), new TlsOptions(), timeout);
	}

}
