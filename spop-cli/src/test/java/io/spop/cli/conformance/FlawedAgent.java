package io.spop.cli.conformance;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;

import io.spop.cli.wire.Connection;
import io.spop.cli.wire.Connector;

/**
 * An agent that does as little as HAProxy can live with, and that can be given a flaw.
 */
@SuppressWarnings({ "NullAway", "ReferenceEquality" }) // a test fails where there is
														// nothing
final class FlawedAgent implements AutoCloseable {

	/**
	 * What the agent does wrong.
	 */
	enum Flaw {

		NONE, SPEAKS_FIRST, SENDS_AFTER_HELLO, HELLO_TYPE, HELLO_WITHOUT_FIN, HELLO_RESERVED_FLAGS, HELLO_IDS,
		HELLO_IN_PIECES, NO_VERSION, WRONG_VERSION, NO_SIZE, SIZE_TEXT, SIZE_UINT64, SIZE_TOO_LARGE, NO_CAPABILITIES,
		NO_FRAGMENTATION, REFUSES_UNKNOWN_HELLO, ACCEPTS_EACH_HELLO, SILENT_ON_HELLO, NEEDS_WHOLE_READ, SILENT,
		ACK_WITHOUT_FIN, ACK_STREAM_ID, ACK_FRAME_ID, ACK_UNKNOWN_ACTION, ACK_TOO_LONG, ACK_TWICE, ACK_ON_FRAGMENT,
		ACK_LATER, ACK_ELSEWHERE, ACK_FOR_UNKNOWN_TYPES, ACK_ONCE_FOR_IDS, IDS_OF_8_BITS, CLOSES_ON_NOTIFY,
		FORGETS_ALL_BUT_FIRST, KEEPS_CONNECTIONS, DISCONNECT_WITHOUT_ITEMS, DISCONNECT_LONG, DISCONNECT_IDS,
		DISCONNECT_STAYS, DISCONNECT_MORE, NO_DISCONNECT, DIES_WHEN_A_CONNECTION_ENDS, DIES_ON_DISCONNECT,
		DIES_ON_NOTIFY, DIES_ON_ODD_FRAME, WAITS_FOR_EACH_LENGTH, ONE_CONNECTION, ENDS_OTHER_CONNECTIONS

	}

	private final ServerSocket server;

	private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();

	private final Set<String> answered = ConcurrentHashMap.newKeySet();

	private final AtomicReference<byte[]> later = new AtomicReference<>(new byte[0]);

	private final Object lock = new Object();

	private final Flaw flaw;

	FlawedAgent(Flaw flaw) throws IOException {
		this.flaw = flaw;
		this.server = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());
		start(this::accept);
	}

	InetSocketAddress address() {
		return (InetSocketAddress) this.server.getLocalSocketAddress();
	}

	Connector connector() {
		return () -> {
			Socket socket = new Socket();
			try {
				socket.connect(address());
				return Connection.of(socket);
			}
			catch (IOException ex) {
				socket.close();
				throw ex;
			}
		};
	}

	@Override
	public void close() throws IOException {
		this.server.close();
		for (Socket socket : this.sockets) {
			socket.close();
		}
	}

	private static void start(Runnable task) {
		Thread thread = new Thread(task, "flawed-agent");
		thread.setDaemon(true);
		thread.start();
	}

	private void accept() {
		try {
			while (true) {
				Socket socket = this.server.accept();
				socket.setTcpNoDelay(true);
				this.sockets.add(socket);
				start(() -> serve(socket));
			}
		}
		catch (IOException ex) {
			// Closed
		}
	}

	private void serve(Socket socket) {
		boolean keep = false;
		try {
			if (this.flaw == Flaw.ONE_CONNECTION) {
				synchronized (this.lock) {
					keep = new Session(socket).run();
				}
			}
			else {
				keep = new Session(socket).run();
			}
		}
		catch (IOException | IndexOutOfBoundsException ex) {
			// The peer has closed, or sent what cannot be read
			keep = this.flaw == Flaw.KEEPS_CONNECTIONS;
			if (this.flaw == Flaw.DIES_WHEN_A_CONNECTION_ENDS) {
				die();
			}
		}
		if (!keep) {
			try {
				socket.close();
			}
			catch (IOException ex) {
				// Closed already
			}
			this.sockets.remove(socket);
		}
	}

	private void die() {
		try {
			close();
		}
		catch (IOException ex) {
			// Dead already
		}
	}

	private void send(OutputStream out, int type, int flags, long streamId, long frameId, Bytes... payload)
			throws IOException {
		out.write(Wire.frame(type, flags, streamId, frameId, payload).toArray());
	}

	/**
	 * A connection.
	 */
	private final class Session {

		private final Socket socket;

		private final DataInputStream in;

		private final OutputStream out;

		private boolean greeted;

		private final Set<String> fragmented = new HashSet<>();

		private Session(Socket socket) throws IOException {
			this.socket = socket;
			InputStream input = socket.getInputStream();
			this.in = new DataInputStream(input);
			this.out = socket.getOutputStream();
		}

		/** Return whether the connection stays open. */
		private boolean run() throws IOException {
			Flaw flaw = FlawedAgent.this.flaw;
			if (flaw == Flaw.SPEAKS_FIRST) {
				this.out.write("220 ready\r\n".getBytes(StandardCharsets.US_ASCII));
			}
			while (true) {
				int first = this.in.readUnsignedByte();
				if (flaw == Flaw.NEEDS_WHOLE_READ && this.in.available() < 3) {
					return false;
				}
				int length = first << 24 | this.in.readUnsignedByte() << 16 | this.in.readUnsignedShort();
				if (flaw == Flaw.NEEDS_WHOLE_READ && this.in.available() < length) {
					return false;
				}
				boolean odd = length < Wire.HEADER || length > 70000;
				if (odd && flaw != Flaw.WAITS_FOR_EACH_LENGTH) {
					return odd();
				}
				byte[] frame = new byte[(length < 0 || length > 70000) ? 70000 : length];
				this.in.readFully(frame);
				if (odd) {
					continue;
				}
				if (!handle(frame)) {
					return flaw == Flaw.KEEPS_CONNECTIONS || flaw == Flaw.DISCONNECT_STAYS;
				}
				if (flaw == Flaw.FORGETS_ALL_BUT_FIRST) {
					this.in.skipNBytes(this.in.available());
				}
			}
		}

		private boolean handle(byte[] bytes) throws IOException {
			AgentFrame frame;
			try {
				frame = AgentFrame.of(bytes);
			}
			catch (WrongAnswer ex) {
				return odd();
			}
			if (frame.is(Wire.HAPROXY_HELLO)) {
				boolean first = !this.greeted;
				this.greeted = true;
				return first ? hello(frame, bytes) : odd();
			}
			if (frame.is(Wire.HAPROXY_DISCONNECT)) {
				disconnect();
				return false;
			}
			if (frame.is(Wire.NOTIFY) && this.greeted) {
				return notification(frame);
			}
			if (frame.is(Wire.UNSET) && this.greeted) {
				if (this.fragmented.contains(key(frame)) && frame.isFinal()) {
					this.fragmented.remove(key(frame));
					return (frame.flags() & Wire.ABORT) != 0 || notification(frame);
				}
				return true;
			}
			if ((frame.type() > 100 && frame.type() < 104) || !this.greeted) {
				return odd();
			}
			if (FlawedAgent.this.flaw == Flaw.ACK_FOR_UNKNOWN_TYPES) {
				ack(frame.streamId(), frame.frameId());
			}
			return true;
		}

		private boolean odd() {
			if (FlawedAgent.this.flaw == Flaw.DIES_ON_ODD_FRAME) {
				die();
			}
			if (FlawedAgent.this.flaw == Flaw.ENDS_OTHER_CONNECTIONS) {
				endOthers();
			}
			return FlawedAgent.this.flaw == Flaw.WAITS_FOR_EACH_LENGTH;
		}

		private void endOthers() {
			for (Socket other : FlawedAgent.this.sockets) {
				if (other != this.socket) {
					try {
						other.close();
					}
					catch (IOException ex) {
						// Closed already
					}
				}
			}
		}

		private boolean hello(AgentFrame frame, byte[] bytes) throws IOException {
			Flaw flaw = FlawedAgent.this.flaw;
			if (flaw == Flaw.SILENT_ON_HELLO) {
				return true;
			}
			int size = Wire.OFFERED;
			boolean check = false;
			try {
				var items = frame.items();
				boolean known = items.keySet()
					.equals(Set.of("supported-versions", "max-frame-size", "capabilities", "engine-id"))
						&& bytes.length < 200 && items.get("supported-versions").text().equals("2.0")
						&& items.get("capabilities").text().equals("pipelining")
						&& items.keySet().iterator().next().equals("supported-versions") && frame.flags() == Wire.FIN
						&& !items.get("engine-id").text().isEmpty();
				if (flaw == Flaw.REFUSES_UNKNOWN_HELLO && !known) {
					return false;
				}
				if (items.get("max-frame-size") != null && items.get("max-frame-size").isInteger()) {
					size = Integer.parseInt(items.get("max-frame-size").text());
				}
				AgentFrame.Value versions = items.get("supported-versions");
				boolean refused = size < 256 || (versions != null && !versions.text().contains("2."));
				if (refused && flaw != Flaw.ACCEPTS_EACH_HELLO) {
					return odd();
				}
				check = items.containsKey("healthcheck") && items.get("healthcheck").text().equals("true");
			}
			catch (WrongAnswer ex) {
				return odd();
			}
			return answer(size) && !check;
		}

		private boolean answer(int size) throws IOException {
			Flaw flaw = FlawedAgent.this.flaw;
			Bytes version = Wire.item("version", Wire.str((flaw == Flaw.WRONG_VERSION) ? "1.0" : "2.0"));
			Bytes limit = Wire.item("max-frame-size", switch (flaw) {
				case SIZE_TEXT -> Wire.str(Integer.toString(size));
				case SIZE_UINT64 -> Wire.number(5, size);
				case SIZE_TOO_LARGE -> Wire.number(3, 2L * size);
				default -> Wire.number(3, size);
			});
			Bytes capabilities = Wire.item("capabilities",
					Wire.str((flaw == Flaw.NO_FRAGMENTATION || flaw == Flaw.SILENT) ? "pipelining"
							: "pipelining,fragmentation"));
			Bytes none = Bytes.text("nothing", "");
			int flags = switch (flaw) {
				case HELLO_WITHOUT_FIN -> 0;
				case HELLO_RESERVED_FLAGS -> 5;
				default -> Wire.FIN;
			};
			byte[] hello = Wire
				.frame((flaw == Flaw.HELLO_TYPE) ? Wire.ACK : Wire.AGENT_HELLO, flags, 0,
						(flaw == Flaw.HELLO_IDS) ? 1 : 0, (flaw == Flaw.NO_VERSION) ? none : version,
						(flaw == Flaw.NO_SIZE) ? none : limit, (flaw == Flaw.NO_CAPABILITIES) ? none : capabilities)
				.toArray();
			if (flaw == Flaw.HELLO_IN_PIECES) {
				this.out.write(hello, 0, 20);
				pause();
				this.out.write(hello, 20, hello.length - 20);
			}
			else {
				this.out.write(hello);
			}
			if (flaw == Flaw.SENDS_AFTER_HELLO) {
				send(this.out, Wire.AGENT_DISCONNECT, Wire.FIN, 0, 0);
			}
			return true;
		}

		private boolean notification(AgentFrame frame) throws IOException {
			Flaw flaw = FlawedAgent.this.flaw;
			String key = key(frame);
			if (!frame.isFinal()) {
				this.fragmented.add(key);
				if (flaw != Flaw.ACK_ON_FRAGMENT) {
					return flaw != Flaw.NO_FRAGMENTATION;
				}
			}
			switch (flaw) {
				case SILENT -> {
					return true;
				}
				case CLOSES_ON_NOTIFY -> {
					return false;
				}
				case DIES_ON_NOTIFY -> {
					ack(frame.streamId(), frame.frameId());
					die();
				}
				case ACK_STREAM_ID -> ack(frame.streamId() + 1, frame.frameId());
				case ACK_FRAME_ID -> ack(frame.streamId(), frame.frameId() + 1);
				case IDS_OF_8_BITS -> ack(frame.streamId() & 0xFF, frame.frameId() & 0xFF);
				case ACK_WITHOUT_FIN -> send(this.out, Wire.ACK, 0, frame.streamId(), frame.frameId());
				case ACK_UNKNOWN_ACTION -> send(this.out, Wire.ACK, Wire.FIN, frame.streamId(), frame.frameId(),
						Bytes.ofInts("unknown action", 9, 1, 1));
				case ACK_TOO_LONG -> send(this.out, Wire.ACK, Wire.FIN, frame.streamId(), frame.frameId(), Bytes
					.join(Bytes.ofInts("SET-VAR", 1, 3, 1), Wire.string("name", "n"), Wire.str("x".repeat(17000))));
				case ACK_TWICE -> {
					ack(frame.streamId(), frame.frameId());
					ack(frame.streamId(), frame.frameId());
				}
				case ACK_ONCE_FOR_IDS -> {
					if (FlawedAgent.this.answered.add(key)) {
						ack(frame.streamId(), frame.frameId());
					}
				}
				case ACK_LATER -> {
					// The answer to the NOTIFY before, on whatever connection that came
					byte[] mine = Wire.frame(Wire.ACK, Wire.FIN, frame.streamId(), frame.frameId()).toArray();
					this.out.write(FlawedAgent.this.later.getAndSet(mine));
				}
				case ACK_ELSEWHERE -> {
					byte[] mine = Wire.frame(Wire.ACK, Wire.FIN, frame.streamId(), frame.frameId()).toArray();
					for (Socket socket : List.copyOf(FlawedAgent.this.sockets)) {
						socket.getOutputStream().write(mine);
					}
				}
				default -> ack(frame.streamId(), frame.frameId());
			}
			return true;
		}

		private void ack(long streamId, long frameId) throws IOException {
			send(this.out, Wire.ACK, Wire.FIN, streamId, frameId);
		}

		private void disconnect() throws IOException {
			Flaw flaw = FlawedAgent.this.flaw;
			Bytes status = Wire.item("status-code", Wire.number(3, 0));
			switch (flaw) {
				case KEEPS_CONNECTIONS, NO_DISCONNECT -> {
				}
				case DIES_ON_DISCONNECT -> die();
				case ENDS_OTHER_CONNECTIONS -> endOthers();
				case DISCONNECT_WITHOUT_ITEMS -> send(this.out, Wire.AGENT_DISCONNECT, Wire.FIN, 0, 0);
				case DISCONNECT_LONG -> send(this.out, Wire.AGENT_DISCONNECT, Wire.FIN, 0, 0, status,
						Wire.item("message", Wire.str("x".repeat(400))));
				case DISCONNECT_IDS ->
					send(this.out, Wire.AGENT_DISCONNECT, Wire.FIN, 0, 1, status, Wire.item("message", Wire.str("")));
				default -> send(this.out, Wire.AGENT_DISCONNECT, Wire.FIN, 0, 0, status,
						Wire.item("message", Wire.str("normal")));
			}
			if (flaw == Flaw.DISCONNECT_MORE) {
				ack(1, 1);
			}
		}

		private static String key(AgentFrame frame) {
			return frame.streamId() + " " + frame.frameId();
		}

		private static void pause() throws IOException {
			try {
				Thread.sleep(20);
			}
			catch (InterruptedException ex) {
				throw new IOException(ex);
			}
		}

	}

}
