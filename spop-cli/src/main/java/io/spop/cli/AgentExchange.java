package io.spop.cli;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

import io.spop.cli.wire.Connection;
import io.spop.client.SpopDisconnectException;
import io.spop.codec.SpopCodec;
import io.spop.protocol.Actions;
import io.spop.protocol.Frame;
import io.spop.protocol.SpopProtocolException;
import org.jspecify.annotations.Nullable;

/**
 * A connection for one NOTIFY. It starts in a fraction of the time of the client that
 * uses Netty.
 */
final class AgentExchange implements AutoCloseable {

	/** The first bytes of an alert of TLS. */
	private static final int TLS_ALERT = 0x150303;

	private static final int HTTP = 0x48545450;

	private final AgentAddress agent;

	private final Connection connection;

	private final SpopCodec codec = new SpopCodec(AgentOptions.MAX_FRAME_SIZE);

	private Frame.@Nullable AgentHello hello;

	private byte[] received = new byte[0];

	/** The number of received bytes that are frames which have been taken. */
	private int taken;

	private AgentExchange(AgentAddress agent, Connection connection) {
		this.agent = agent;
		this.connection = connection;
	}

	/**
	 * Connect, and do the handshake.
	 * @param agent the address
	 * @param tls the options of TLS
	 * @param hello the HAPROXY-HELLO to send
	 * @param timeout how long all of it may take together
	 * @return the connection
	 * @throws CommandException if the agent cannot be reached or refuses
	 */
	static AgentExchange open(AgentAddress agent, TlsOptions tls, byte[] hello, Duration timeout) {
		long end = System.nanoTime() + timeout.toNanos();
		AgentConnector connector = new AgentConnector(agent, tls, timeout);
		AgentExchange exchange = new AgentExchange(agent, connect(agent, connector, timeout));
		try {
			exchange.connection.write(hello);
			exchange.awaitHello(end, timeout);
			return exchange;
		}
		catch (RuntimeException ex) {
			exchange.close();
			throw ex;
		}
	}

	private static Connection connect(AgentAddress agent, AgentConnector connector, Duration timeout) {
		try {
			return connector.open();
		}
		catch (SocketTimeoutException ex) {
			throw late(agent, connector.awaited(), timeout);
		}
		catch (IOException ex) {
			throw AgentFailure.explain(agent, ex, "AGENT-HELLO");
		}
	}

	private static CommandException late(AgentAddress agent, String awaited, Duration timeout) {
		return new CommandException(ExitStatus.TIMEOUT,
				agent + " does not answer in time: no " + awaited + " within " + timeout.toMillis() + " ms.");
	}

	private void awaitHello(long end, Duration timeout) {
		Frame frame = next("AGENT-HELLO", end);
		if (frame == null) {
			throw late(this.agent, "AGENT-HELLO", timeout);
		}
		if (!(frame instanceof Frame.AgentHello agentHello)) {
			throw new CommandException(ExitStatus.UNAVAILABLE, this.agent
					+ " does not answer as an agent does: instead of the AGENT-HELLO came " + title(frame) + ".");
		}
		AgentOptions.requireUsable(this.agent, agentHello);
		this.codec.maxFrameSize(agentHello.maxFrameSize());
		this.hello = agentHello;
	}

	Frame.AgentHello hello() {
		return Objects.requireNonNull(this.hello);
	}

	/**
	 * Send the NOTIFY of stream 1, frame 1, and wait for its ACK.
	 * @param frames the NOTIFY, in one frame or in fragments
	 * @param timeout how long to wait
	 * @return the actions of the ACK
	 * @throws CommandException if it does not come
	 */
	Actions notify(List<byte[]> frames, Duration timeout) {
		long end = System.nanoTime() + timeout.toNanos();
		frames.forEach(this.connection::write);
		Frame other = null;
		for (Frame frame = next("ACK", end); frame != null; frame = next("ACK", end)) {
			if (frame instanceof Frame.Ack ack && ack.streamId() == 1 && ack.frameId() == 1) {
				return ack.actions();
			}
			other = (other != null) ? other : frame;
		}
		String time = TimeConverter.text(timeout);
		throw new CommandException(ExitStatus.TIMEOUT,
				this.agent + ((other != null)
						? " sent another frame than the ACK of stream 1, frame 1 within " + time + ": " + title(other)
						: " did not answer the NOTIFY of stream 1, frame 1 within " + time) + ".");
	}

	private static String title(Frame frame) {
		return new FrameText("", false).title(WireFrame.of(frame));
	}

	/**
	 * Return the next frame of the agent.
	 * @return the frame, or {@code null} if the time is over
	 */
	private @Nullable Frame next(String expected, long end) {
		try {
			int size = size();
			while (size < 0 || size > this.received.length - this.taken) {
				long left = end - System.nanoTime();
				Connection.Input input = (left > 0) ? this.connection.next(left) : null;
				if (input == null) {
					return null;
				}
				if (input.end() != null) {
					throw AgentFailure.explain(this.agent, new SpopDisconnectException(-1, input.end()), expected);
				}
				add(input.bytes());
				size = size();
			}
			return (System.nanoTime() < end) ? decode(size) : null;
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IllegalStateException(ex);
		}
	}

	private void add(byte[] bytes) {
		int kept = this.received.length - this.taken;
		byte[] sum = Arrays.copyOfRange(this.received, this.taken, this.received.length + bytes.length);
		System.arraycopy(bytes, 0, sum, kept, bytes.length);
		this.received = sum;
		this.taken = 0;
	}

	private int size() {
		try {
			return this.codec.size(this.received, this.taken, this.received.length);
		}
		catch (SpopProtocolException ex) {
			throw new CommandException(ExitStatus.UNAVAILABLE,
					this.agent + " does not answer as an agent does: " + ex.getMessage() + stray() + ".");
		}
	}

	private String stray() {
		int first = (this.hello == null && this.taken == 0) ? ByteBuffer.wrap(this.received).getInt() : 0;
		if (first >>> 8 == TLS_ALERT) {
			return "; it looks like TLS: the agent expects a connection with TLS";
		}
		return (first == HTTP) ? "; it looks like an HTTP response" : "";
	}

	private Frame decode(int size) {
		int start = this.taken;
		this.taken += size;
		Frame frame;
		try {
			frame = this.codec.decode(this.received, start, size);
		}
		catch (SpopProtocolException ex) {
			throw malformed(ex, WireFrame.of(Arrays.copyOfRange(this.received, start, this.taken)));
		}
		if (frame instanceof Frame.AgentDisconnect disconnect) {
			throw AgentFailure.explain(this.agent,
					new SpopDisconnectException(disconnect.statusCode(), disconnect.message()), "");
		}
		return frame;
	}

	/** Show what of the frame can be read. */
	private CommandException malformed(SpopProtocolException problem, WireFrame frame) {
		FrameText text = new FrameText("", false);
		StringBuilder message = new StringBuilder(this.agent.toString()).append(" does not answer as an agent does: ")
			.append(problem.getMessage())
			.append(".\n")
			.append(text.title(frame));
		text.lines(frame).forEach((line) -> message.append("\n    ").append(line));
		return new CommandException(ExitStatus.UNAVAILABLE, message.toString());
	}

	@Override
	public void close() {
		this.connection.close();
	}

}
