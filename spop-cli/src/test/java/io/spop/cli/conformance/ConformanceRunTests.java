package io.spop.cli.conformance;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.spop.cli.conformance.CaseResult.Verdict;
import io.spop.cli.wire.Connection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

@Timeout(60)
class ConformanceRunTests {

	private static final long QUARTER_GIGABYTE = 256 * 1024 * 1024;

	@Test
	void whenAgentSendsWithoutEndThenItHasToWaitForTheCase() throws Exception {
		try (ServerSocketChannel server = ServerSocketChannel.open()
			.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
				Connection connection = Connection.of(SocketChannel.open(server.getLocalAddress()));
				SocketChannel agent = server.accept()) {
			agent.configureBlocking(false);
			ByteBuffer bytes = ByteBuffer.allocate(1024 * 1024);
			long sent = 0;
			long lastWrite = System.nanoTime();
			while (sent < QUARTER_GIGABYTE && System.nanoTime() - lastWrite < TimeUnit.MILLISECONDS.toNanos(300)) {
				int count = agent.write(bytes.clear());
				if (count > 0) {
					sent += count;
					lastWrite = System.nanoTime();
				}
			}
			assertThat(sent).isLessThan(QUARTER_GIGABYTE);
			assertThat(connection.next(0)).isNotNull();
		}
	}

	@Test
	void whenRunIsStoppedThenTheCaseThatWaitsEndsAtOnce() throws Exception {
		try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
			ConformanceRun run = new ConformanceRun(
					() -> Connection.of(new Socket(server.getInetAddress(), server.getLocalPort())),
					Duration.ofHours(1), Duration.ofMillis(10), null);
			Thread agent = new Thread(() -> {
				try (Socket socket = server.accept()) {
					socket.getInputStream().read();
					run.stop();
				}
				catch (IOException ex) {
					throw new IllegalStateException(ex);
				}
			});
			agent.start();
			List<CaseResult> results = new ArrayList<>();
			run.run(ConformanceSuite.cases(), results::add);
			agent.join();
			assertThat(results).hasSameSizeAs(ConformanceSuite.cases())
				.allSatisfy((result) -> assertThat(result.verdict()).isEqualTo(Verdict.NOT_RUN));
			assertThat(results.get(0).reason()).isEqualTo("the run was interrupted");
		}
	}

}
