package io.spop.sample;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;

import io.spop.boot.autoconfigure.SpopAgentLifecycle;
import io.spop.boot.test.autoconfigure.LocalSpopPort;
import io.spop.boot.test.autoconfigure.SpopTestClient;
import io.spop.codec.SpopCodec;
import io.spop.protocol.Frame;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopValue;
import io.spop.recording.RecordingEntry;
import io.spop.recording.RecordingReader;
import io.spop.test.EnabledIfHaproxy;
import io.spop.test.haproxy.Haproxy;
import io.spop.test.haproxy.HaproxyBinary;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The sample records what each version of HAProxy sends, and gives the same answers when
 * the recording is replayed.
 */
@SpringBootTest(properties = { "spop.listeners.tcp.port=0", "spop.listeners.args.port=0", "spop.handler.timeout=9s",
		"spop.shutdown.pre-drain-delay=0s", "spop.record.redacted-arguments=user_agent" })
@EnabledIfHaproxy
@Timeout(120)
class RecordingIT {

	@TempDir
	private static Path folder;

	@DynamicPropertySource
	static void paths(DynamicPropertyRegistry registry) {
		registry.add("spop.listeners.unix.path", () -> folder.resolve("spoa.sock").toString());
		registry.add("spop.record.file", () -> recording().toString());
	}

	private static Path recording() {
		return folder.resolve("day.spop");
	}

	@ParameterizedTest
	@MethodSource("io.spop.test.haproxy.HaproxyProcess#all")
	void whenRequestPassesThenItsFramesAreRecordedAndTheReplayIsEqual(HaproxyBinary binary,
			@Autowired SpopAgentLifecycle agent, @Autowired SpopTestClient client, @LocalSpopPort("tcp") int port,
			@LocalSpopPort("args") int argsPort) throws Exception {
		try (Haproxy haproxy = start(binary, port, argsPort)) {
			haproxy.awaitUp();
			HttpRequest request = HttpRequest.newBuilder(haproxy.uri()).header("CF-IPCountry", "xx").build();
			assertThat(HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString()).body())
				.isEqualTo("Hello");
		}
		agent.stop();
		List<Frame> frames = frames();
		assertThat(frames).hasAtLeastOneElementOfType(Frame.HaproxyHello.class)
			.hasAtLeastOneElementOfType(Frame.AgentHello.class)
			.hasAtLeastOneElementOfType(Frame.Ack.class);
		List<NotifyMessage> messages = frames.stream()
			.filter(Frame.Notify.class::isInstance)
			.flatMap((frame) -> ((Frame.Notify) frame).messages().stream())
			.toList();
		assertThat(messages).extracting(NotifyMessage::name).contains("check-client-ip");
		assertThat(messages).flatExtracting((message) -> message.arguments().getAll("user_agent"))
			.isNotEmpty()
			.containsOnly(SpopValue.ofNull());
		agent.start();
		client.replay(recording()).hasNoDifferences();
	}

	private static Haproxy start(HaproxyBinary binary, int port, int argsPort) throws IOException {
		// HAProxy runs as another user
		Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
		// A machine that builds has other things to do than to answer within 10 ms
		String spoe = Files.readString(Path.of("../haproxy/spoe-test.conf"))
			.replace("timeout processing 10ms", "timeout processing 10s");
		return Haproxy.configuredWith(Path.of("../haproxy/haproxy.cfg"))
			.file("spoe-test.conf", spoe)
			.variable("SPOE_CONF", "spoe-test.conf")
			.bind("SPOE_BIND")
			.agent("SPOP_TCP", port)
			.agent("SPOP_SOCKET", folder.resolve("spoa.sock"))
			.agent("SPOP_ARGS", argsPort)
			.startProcess(binary);
	}

	private static List<Frame> frames() throws IOException {
		SpopCodec codec = new SpopCodec(1 << 20);
		List<Frame> frames = new ArrayList<>();
		try (RecordingReader reader = RecordingReader.open(recording())) {
			for (RecordingEntry entry = reader.next(); entry != null; entry = reader.next()) {
				if (entry instanceof RecordingEntry.RecordedFrame frame) {
					frames.add(codec.decode(frame.bytes(), 0, frame.bytes().length));
				}
			}
		}
		return frames;
	}

}
