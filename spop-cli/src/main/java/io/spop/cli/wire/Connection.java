package io.spop.cli.wire;

import java.io.IOException;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.Arrays;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;

/**
 * A connection to the agent. A thread reads, so that each read has a time limit for TCP,
 * TLS and UNIX sockets alike.
 */
public final class Connection implements AutoCloseable {

	private static final int BUFFER_SIZE = 16 * 1024;

	private static final int MAX_UNREAD = 8;

	private final Transport transport;

	/** An agent that sends without end waits for the case to read. */
	private final BlockingQueue<Input> input = new ArrayBlockingQueue<>(MAX_UNREAD);

	private final Thread reader = new Thread(this::read, "agent-reader");

	private Connection(Transport transport) {
		this.transport = transport;
		this.reader.setDaemon(true);
		this.reader.start();
	}

	/**
	 * Use a connected socket.
	 * @param socket the socket
	 * @return the connection
	 * @throws IOException if the socket is closed
	 */
	public static Connection of(Socket socket) throws IOException {
		return of(socket, socket);
	}

	/**
	 * Use a connected socket with TLS.
	 * @param encrypted the socket with TLS
	 * @param socket the socket below it
	 * @return the connection
	 * @throws IOException if the socket is closed
	 */
	public static Connection of(Socket encrypted, Socket socket) throws IOException {
		socket.setTcpNoDelay(true);
		return new Connection(new SocketTransport(encrypted, socket));
	}

	/**
	 * Use a connected channel, such as the one of a UNIX socket.
	 * @param channel the channel, in blocking mode
	 * @return the connection
	 */
	public static Connection of(SocketChannel channel) {
		return new Connection(new ChannelTransport(channel));
	}

	private void read() {
		try {
			this.input.put(new Input(new byte[0], readToEnd()));
		}
		catch (InterruptedException ex) {
			// Closed, so that nobody asks for the rest
		}
	}

	private String readToEnd() throws InterruptedException {
		byte[] buffer = new byte[BUFFER_SIZE];
		try {
			int count = this.transport.read(buffer);
			while (count >= 0) {
				this.input.put(new Input(Arrays.copyOf(buffer, count), null));
				count = this.transport.read(buffer);
			}
			return "the connection was closed";
		}
		catch (IOException ex) {
			return "the connection was reset";
		}
	}

	/**
	 * Return what the next read gave.
	 * @param nanos the time to wait
	 * @return bytes or an end, or {@code null} when the time is over
	 * @throws InterruptedException if the thread is interrupted
	 */
	public @Nullable Input next(long nanos) throws InterruptedException {
		return this.input.poll(nanos, TimeUnit.NANOSECONDS);
	}

	/**
	 * Write in one call. The reads tell whether the agent has closed the connection.
	 * @param bytes the bytes
	 */
	public void write(byte[] bytes) {
		try {
			this.transport.write(bytes);
		}
		catch (IOException ex) {
			// The next read says so
		}
	}

	/** Close the direction to the agent alone. */
	public void shutdownOutput() {
		try {
			this.transport.shutdownOutput();
		}
		catch (IOException ex) {
			// Closed already
		}
	}

	/** Close with RST where there is one. */
	public void reset() {
		this.transport.lingerZero();
		close();
	}

	@Override
	public void close() {
		try {
			this.transport.close();
		}
		catch (IOException ex) {
			// Closed already
		}
		this.reader.interrupt();
	}

	/**
	 * Close at once, even while a write waits for the agent. May be called by any thread.
	 */
	public void abort() {
		try {
			this.transport.abort();
		}
		catch (IOException ex) {
			// Closed already
		}
	}

	/**
	 * Bytes of one read, or how the connection ended.
	 *
	 * @param bytes the bytes
	 * @param end a text for people
	 */
	public record Input(byte[] bytes, @Nullable String end) {

	}

	private interface Transport {

		int read(byte[] buffer) throws IOException;

		void write(byte[] bytes) throws IOException;

		void shutdownOutput() throws IOException;

		void lingerZero();

		void close() throws IOException;

		void abort() throws IOException;

	}

	/**
	 * Closing a socket with TLS waits for a write, closing the one below it does not.
	 */
	private record SocketTransport(Socket socket, Socket below) implements Transport {

		@Override
		public int read(byte[] buffer) throws IOException {
			return this.socket.getInputStream().read(buffer);
		}

		@Override
		public void write(byte[] bytes) throws IOException {
			this.socket.getOutputStream().write(bytes);
		}

		@Override
		public void shutdownOutput() throws IOException {
			this.socket.shutdownOutput();
		}

		@Override
		public void lingerZero() {
			try {
				this.socket.setSoLinger(true, 0);
			}
			catch (IOException ex) {
				// Closed already
			}
		}

		@Override
		public void close() throws IOException {
			this.socket.close();
		}

		@Override
		public void abort() throws IOException {
			this.below.close();
		}

	}

	private record ChannelTransport(SocketChannel channel) implements Transport {

		@Override
		public int read(byte[] buffer) throws IOException {
			return this.channel.read(ByteBuffer.wrap(buffer));
		}

		@Override
		public void write(byte[] bytes) throws IOException {
			ByteBuffer buffer = ByteBuffer.wrap(bytes);
			while (buffer.hasRemaining()) {
				this.channel.write(buffer);
			}
		}

		@Override
		public void shutdownOutput() throws IOException {
			this.channel.shutdownOutput();
		}

		@Override
		public void lingerZero() {
			if (this.channel.supportedOptions().contains(StandardSocketOptions.SO_LINGER)) {
				try {
					this.channel.setOption(StandardSocketOptions.SO_LINGER, 0);
				}
				catch (IOException ex) {
					// Closed already
				}
			}
		}

		@Override
		public void close() throws IOException {
			this.channel.close();
		}

		@Override
		public void abort() throws IOException {
			this.channel.close();
		}

	}

}
