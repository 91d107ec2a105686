package io.spop.agent;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Set;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.spop.client.SpopClient;
import io.spop.codec.SpopCodec;
import io.spop.protocol.Actions;
import io.spop.protocol.Argument;
import io.spop.protocol.Capability;
import io.spop.protocol.Frame;
import io.spop.protocol.FrameType;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopValue;
import io.spop.protocol.StatusCode;
import io.spop.protocol.VarScope;
import io.spop.recording.Recorder;
import io.spop.recording.RecordingEntry;
import io.spop.recording.RecordingEntry.Closed;
import io.spop.recording.RecordingEntry.Opened;
import io.spop.recording.RecordingEntry.RecordedFrame;
import io.spop.recording.RecordingEntry.Sender;
import io.spop.recording.RecordingFilter;
import io.spop.recording.RecordingReader;
import io.spop.test.TestCertificates;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An agent with a recorder records what it receives and sends on each kind of listener.
 */
@Timeout(30)
class SpopAgentRecordingTests {

	private static final Duration LIMIT = Duration.ofSeconds(10);

	private static final NotifyMessage MESSAGE = NotifyMessage.of("check", new Argument("ip", SpopValue.of("x")));

	private static final Actions ANSWER = Actions.set(VarScope.SESSION, "score", 7);

	@TempDir
	private Path folder;

	private Path file() {
		return this.folder.resolve("day.spop");
	}

	@ParameterizedTest
	@ValueSource(strings = { "tcp", "unix", "memory", "tls" })
	void whenFramesComeAndGoThenTheyAreRecorded(String transport) throws Exception {
		TestCertificates certificates = new TestCertificates("ours");
		SslContext server = certificates.serverContext("agent", ClientAuth.NONE);
		SpopListener listener = switch (transport) {
			case "unix" -> SpopListener.unix("main", this.folder.resolve("s"));
			case "memory" -> SpopListener.inMemory("main");
			case "tls" -> SpopListener.tcp("main", new InetSocketAddress("127.0.0.1", 0)).tls(() -> server);
			default -> SpopListener.tcp("main", new InetSocketAddress("127.0.0.1", 0));
		};
		try (Recorder recorder = Recorder.builder(file()).open(); BoundSpopAgent agent = bind(listener, recorder)) {
			SpopClient.Builder builder = SpopClient.builder(agent.address("main"));
			if (transport.equals("tls")) {
				builder.tls(SslContextBuilder.forClient().trustManager(certificates.trust()).build(), "agent.internal");
			}
			SpopClient client = Objects.requireNonNull(builder.connect().block(LIMIT));
			for (int i = 0; i < 100; i++) {
				assertThat(client.notify(MESSAGE).block(LIMIT)).isEqualTo(ANSWER);
			}
			client.disconnect(StatusCode.NORMAL).block(LIMIT);
			client.close();
		}
		List<RecordingEntry> read = read();
		assertThat(read).first().isInstanceOfSatisfying(Opened.class, (opened) -> {
			assertThat(opened.listener()).isEqualTo("main");
			assertThat(opened.peer()).matches(transport.startsWith("t") ? "127\\.0\\.0\\.1:[0-9]+" : "");
		});
		assertThat(read).last().isInstanceOf(Closed.class);
		List<Frame> frames = frames();
		assertThat(frames).hasSize(204);
		assertThat(frames.get(0)).isInstanceOf(Frame.HaproxyHello.class);
		assertThat(frames.get(1)).isInstanceOf(Frame.AgentHello.class);
		assertThat(frames.get(202)).isInstanceOf(Frame.HaproxyDisconnect.class);
		assertThat(frames.get(203)).isInstanceOf(Frame.AgentDisconnect.class);
		for (int i = 2; i < 202; i += 2) {
			Frame.Notify notify = (Frame.Notify) frames.get(i);
			assertThat(notify.messages()).containsExactly(MESSAGE);
			assertThat(frames.get(i + 1)).isEqualTo(new Frame.Ack(notify.streamId(), notify.frameId(), ANSWER));
		}
	}

	@Test
	void whenFrameArrivesInPiecesThenItIsRecordedAsAWhole() throws Exception {
		byte[] frames = bytes(RawPeer.HELLO, new Frame.Notify(1, 1, MESSAGE), new Frame.Notify(2, 1, MESSAGE),
				new Frame.Notify(3, 1, NotifyMessage.of("body", new Argument("x", SpopValue.of("x".repeat(9000))))));
		try (Recorder recorder = Recorder.builder(file()).open();
				BoundSpopAgent agent = bind(recorder);
				RawPeer peer = new RawPeer(agent.address("main"))) {
			int rest = frames.length;
			for (int size = 1; rest > 0; size = Math.min(rest, 2 * size)) {
				peer.send(ByteBuffer.wrap(frames, frames.length - rest, Math.min(size, rest)));
				rest -= Math.min(size, rest);
			}
			for (int i = 0; i < 4; i++) {
				assertThat(peer.receive()).isNotNull();
			}
		}
		assertThat(sentBy(Sender.HAPROXY)).isEqualTo(frames);
		assertThat(frames()).hasSize(8);
	}

	@Test
	void whenManyFramesArriveAtOnceThenEachIsRecorded() throws Exception {
		Frame[] frames = new Frame[300];
		for (int i = 0; i < frames.length; i++) {
			frames[i] = new Frame.Notify(i, 1, MESSAGE);
		}
		try (Recorder recorder = Recorder.builder(file()).open();
				BoundSpopAgent agent = bind(recorder);
				RawPeer peer = RawPeer.connected(agent.address("main"))) {
			peer.send(frames);
			for (int i = 0; i < frames.length; i++) {
				assertThat(peer.receive()).isInstanceOf(Frame.Ack.class);
			}
		}
		assertThat(frames()).hasSize(602);
	}

	@Test
	void whenFragmentsComeThenTheyAreRecordedAsTheyWereSent() throws Exception {
		byte[] payload = HexFormat.of().parseHex("05636865636b00");
		Frame[] fragments = { new Frame.Fragment(FrameType.NOTIFY, 1, 1, false, false, new byte[] { payload[0] }),
				new Frame.Fragment(FrameType.UNSET, 1, 1, true, false, HexFormat.of().parseHex("636865636b00")) };
		try (Recorder recorder = Recorder.builder(file()).open();
				BoundSpopAgent agent = SpopAgent.create()
					.listener(SpopListener.tcp("main", new InetSocketAddress("127.0.0.1", 0)))
					.warmUp(false)
					.maxFragmentedSize(1000)
					.recorder(recorder)
					.bind();
				RawPeer peer = new RawPeer(agent.address("main"))) {
			peer.send(new Frame.HaproxyHello(List.of("2.0"), 16380, Set.of(Capability.FRAGMENTATION), "engine", false));
			assertThat(peer.receive()).isInstanceOf(Frame.AgentHello.class);
			peer.send(fragments);
			assertThat(peer.receive()).isInstanceOf(Frame.Ack.class);
		}
		assertThat(frames().subList(2, 4)).usingRecursiveComparison().isEqualTo(List.of(fragments));
	}

	@Test
	void whenPeerDoesNotSpeakSpopThenItsBytesAreRecorded() throws Exception {
		byte[] request = "GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
		try (Recorder recorder = Recorder.builder(file()).open();
				BoundSpopAgent agent = bind(recorder);
				RawPeer peer = new RawPeer(agent.address("main"))) {
			peer.send(ByteBuffer.wrap(request));
			peer.assertDisconnectedWith(StatusCode.FRAME_TOO_BIG.code());
		}
		assertThat(sentBy(Sender.HAPROXY)).isEqualTo(request);
		assertThat(read()).last().isInstanceOf(Closed.class);
	}

	@ParameterizedTest
	@ValueSource(strings = { "00000000", "0000000703000000010101", "00000009030000000101010501", "000000080300000001",
			"0000" })
	void whenFrameIsInvalidOrIncompleteThenItIsRecordedAsItWasSent(String hex) throws Exception {
		byte[] invalid = HexFormat.of().parseHex(hex);
		try (Recorder recorder = Recorder.builder(file()).open();
				BoundSpopAgent agent = bind(recorder);
				RawPeer peer = RawPeer.connected(agent.address("main"))) {
			peer.send(ByteBuffer.wrap(invalid));
			peer.channel().shutdownOutput();
			while (peer.receive() != null) {
				// Read to the end
			}
		}
		byte[] sent = sentBy(Sender.HAPROXY);
		byte[] hello = bytes(RawPeer.HELLO);
		assertThat(sent).startsWith(hello).endsWith(invalid).hasSize(hello.length + invalid.length);
	}

	@Test
	void whenFilterRedactsThenTheAgentStillGetsTheValue() throws Exception {
		try (Recorder recorder = Recorder.builder(file())
			.filter(RecordingFilter.everything().redact(List.of("ip")))
			.open(); BoundSpopAgent agent = bind(recorder); RawPeer peer = RawPeer.connected(agent.address("main"))) {
			peer.send(new Frame.Notify(1, 1, MESSAGE));
			assertThat(peer.receive()).isEqualTo(new Frame.Ack(1, 1, ANSWER));
		}
		Frame.Notify recorded = (Frame.Notify) frames().get(2);
		assertThat(recorded.messages().get(0).arguments().value(0)).isEqualTo(SpopValue.ofNull());
		assertThat(frames().get(3)).isEqualTo(new Frame.Ack(1, 1, ANSWER));
	}

	private BoundSpopAgent bind(Recorder recorder) {
		return bind(SpopListener.tcp("main", new InetSocketAddress("127.0.0.1", 0)), recorder);
	}

	private static BoundSpopAgent bind(SpopListener listener, Recorder recorder) {
		return SpopAgent.create().listener(listener).warmUp(false).eventLoops(1).handler((exchange) -> {
			// Only a value that is not redacted has an answer
			SpopValue ip = exchange.messages().get(0).arguments().get("ip");
			return (ip instanceof SpopValue.Text) ? Mono.just(ANSWER) : Mono.empty();
		}).recorder(recorder).bind();
	}

	private static byte[] bytes(Frame... frames) {
		ByteBuf out = Unpooled.buffer();
		for (Frame frame : frames) {
			new SpopCodec(1 << 20).encode(frame, out);
		}
		return ByteBufUtil.getBytes(out);
	}

	private byte[] sentBy(Sender sender) {
		ByteBuf all = Unpooled.buffer();
		for (RecordingEntry entry : read()) {
			if (entry instanceof RecordedFrame frame && frame.sender() == sender) {
				all.writeBytes(frame.bytes());
			}
		}
		return ByteBufUtil.getBytes(all);
	}

	private List<Frame> frames() {
		SpopCodec codec = new SpopCodec(1 << 20);
		return read().stream()
			.filter(RecordedFrame.class::isInstance)
			.map((entry) -> ((RecordedFrame) entry).bytes())
			.map((bytes) -> codec.decode(bytes, 0, bytes.length))
			.toList();
	}

	private List<RecordingEntry> read() {
		try (RecordingReader reader = RecordingReader.open(file())) {
			List<RecordingEntry> entries = new ArrayList<>();
			for (RecordingEntry entry = reader.next(); entry != null; entry = reader.next()) {
				entries.add(entry);
			}
			return entries;
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
