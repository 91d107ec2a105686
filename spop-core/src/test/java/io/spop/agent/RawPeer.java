package io.spop.agent;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.spop.codec.SpopCodec;
import io.spop.protocol.Capability;
import io.spop.protocol.Frame;
import org.jspecify.annotations.Nullable;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A blocking peer of an agent that can send any bytes. Tests that use it have a time
 * limit.
 */
final class RawPeer implements AutoCloseable {

	static final Frame.HaproxyHello HELLO = new Frame.HaproxyHello(List.of("2.0"), 16380, Set.of(Capability.PIPELINING),
			"engine", false);

	private final SocketChannel channel;

	private final SpopCodec codec = new SpopCodec(1 << 20);

	private final ByteBuf in = Unpooled.buffer();

	RawPeer(SocketAddress address) throws IOException {
		this.channel = SocketChannel.open(address);
	}

	SocketChannel channel() {
		return this.channel;
	}

	static RawPeer connected(SocketAddress address) throws IOException {
		RawPeer peer = new RawPeer(address);
		peer.send(HELLO);
		assertThat(peer.receive()).isInstanceOf(Frame.AgentHello.class);
		return peer;
	}

	void send(Frame... frames) throws IOException {
		ByteBuf out = Unpooled.buffer();
		for (Frame frame : frames) {
			this.codec.encode(frame, out);
		}
		send(out.nioBuffer());
	}

	void send(String hex) throws IOException {
		send(ByteBuffer.wrap(HexFormat.of().parseHex(hex)));
	}

	void send(ByteBuffer bytes) throws IOException {
		while (bytes.hasRemaining()) {
			this.channel.write(bytes);
		}
	}

	/**
	 * Return the next frame, or {@code null} at the end of the connection.
	 */
	@Nullable Frame receive() throws IOException {
		while (true) {
			Frame frame = this.codec.decode(this.in);
			if (frame != null) {
				return frame;
			}
			this.in.discardReadBytes();
			ByteBuffer bytes = ByteBuffer.allocate(65536);
			if (this.channel.read(bytes) < 0) {
				assertThat(this.in.readableBytes()).isZero();
				return null;
			}
			this.in.writeBytes(bytes.flip());
		}
	}

	void assertDisconnectedWith(int statusCode) throws IOException {
		Frame frame = receive();
		assertThat(frame).isInstanceOf(Frame.AgentDisconnect.class);
		assertThat(((Frame.AgentDisconnect) frame).statusCode()).isEqualTo(statusCode);
		assertThat(receive()).isNull();
	}

	@Override
	public void close() throws IOException {
		this.channel.close();
	}

}
