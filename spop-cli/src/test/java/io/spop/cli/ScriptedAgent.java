package io.spop.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.spop.codec.SpopCodec;
import io.spop.protocol.Actions;
import io.spop.protocol.Capability;
import io.spop.protocol.Frame;

/**
 * An agent that does what a test wants, such as what no agent should do.
 */
@SuppressWarnings("NullAway") // a test fails where there is nothing
final class ScriptedAgent implements AutoCloseable {

	private final ServerSocket server;

	private final Script script;

	private final List<Socket> sockets = Collections.synchronizedList(new ArrayList<>());

	private int connections;

	ScriptedAgent(Script script) throws IOException {
		this.script = script;
		this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
		start(this::accept);
	}

	private static void start(Runnable task) {
		Thread thread = new Thread(task, "scripted-agent");
		thread.setDaemon(true);
		thread.start();
	}

	String address() {
		return "127.0.0.1:" + this.server.getLocalPort();
	}

	private void accept() {
		try {
			while (true) {
				Socket socket = this.server.accept();
				this.sockets.add(socket);
				Connection connection = new Connection(this.connections++, socket);
				start(() -> serve(connection));
			}
		}
		catch (IOException ex) {
			// The test is over
		}
	}

	private void serve(Connection connection) {
		try (Socket socket = connection.socket) {
			InputStream in = socket.getInputStream();
			connection.read(in);
			connection.send(new Frame.AgentHello(Frame.VERSION, 16380, Set.of(Capability.PIPELINING)));
			for (Frame frame = connection.read(in); frame != null; frame = connection.read(in)) {
				this.script.received((Frame.Notify) frame, connection);
				connection.received++;
			}
		}
		catch (IOException | UncheckedIOException ex) {
			// The client has closed the connection
		}
	}

	@Override
	public void close() throws IOException {
		die();
	}

	/** Stop to listen, and close all connections. */
	void die() throws IOException {
		this.server.close();
		for (Socket socket : List.copyOf(this.sockets)) {
			socket.close();
		}
	}

	/**
	 * What the agent does.
	 */
	@FunctionalInterface
	interface Script {

		void received(Frame.Notify notify, Connection connection) throws IOException;

	}

	/**
	 * A connection of the agent.
	 */
	static final class Connection {

		/** The number of the connection, from 0. */
		final int number;

		/** The number of NOTIFYs before the current one. */
		int received;

		private final Socket socket;

		private final SpopCodec codec = new SpopCodec(16380);

		private Connection(int number, Socket socket) {
			this.number = number;
			this.socket = socket;
		}

		private Frame read(InputStream in) throws IOException {
			byte[] prefix = in.readNBytes(4);
			if (prefix.length < 4) {
				return null;
			}
			byte[] frame = ByteBuffer.allocate(4 + ByteBuffer.wrap(prefix).getInt()).put(prefix).array();
			in.readNBytes(frame, 4, frame.length - 4);
			return this.codec.decode(frame, 0, frame.length);
		}

		void ack(Frame.Notify notify) {
			send(new Frame.Ack(notify.streamId(), notify.frameId(), Actions.none()));
		}

		void send(Frame frame) {
			ByteBuf buffer = Unpooled.buffer();
			this.codec.encode(frame, buffer);
			send(ByteBufUtil.getBytes(buffer));
		}

		void send(byte[] bytes) {
			try {
				OutputStream out = this.socket.getOutputStream();
				out.write(bytes);
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		}

		void close() throws IOException {
			this.socket.close();
		}

	}

}
