package io.spop.cli;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.HexFormat;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * An agent that answers each frame with given bytes, whatever the frame is, and then
 * reads on or closes the connection.
 */
final class BytesAgent implements AutoCloseable {

	static final String HELLO = "00000036" + "65000000010000" + "0776657273696f6e" + "0803322e30"
			+ "0e6d61782d6672616d652d73697a65" + "03fcf006" + "0c6361706162696c6974696573" + "0800";

	/** Of an agent that takes fragments of 256 bytes. */
	static final String FRAGMENTS_HELLO = "00000042" + "65000000010000" + "0776657273696f6e" + "0803322e30"
			+ "0e6d61782d6672616d652d73697a65" + "03f001" + "0c6361706162696c6974696573"
			+ "080d667261676d656e746174696f6e";

	private final ServerSocket server;

	private final CountDownLatch answered = new CountDownLatch(1);

	private final byte[][] answers;

	private final boolean closes;

	private final Thread thread = new Thread(this::serve, "bytes-agent");

	BytesAgent(boolean closes, String... answers) {
		this.closes = closes;
		this.answers = new byte[answers.length][];
		for (int i = 0; i < answers.length; i++) {
			this.answers[i] = HexFormat.of().parseHex(answers[i]);
		}
		try {
			this.server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		this.thread.start();
	}

	String address() {
		return "127.0.0.1:" + this.server.getLocalPort();
	}

	/**
	 * Wait until the last answer has been sent.
	 */
	void awaitAnswers() throws InterruptedException {
		if (!this.answered.await(30, TimeUnit.SECONDS)) {
			throw new IllegalStateException("No client");
		}
	}

	private void serve() {
		try (Socket socket = this.server.accept()) {
			DataInputStream in = new DataInputStream(socket.getInputStream());
			for (byte[] answer : this.answers) {
				in.readFully(new byte[in.readInt()]);
				socket.getOutputStream().write(answer);
			}
			this.answered.countDown();
			if (!this.closes) {
				in.readAllBytes();
			}
		}
		catch (IOException ex) {
			// The client or the test has ended the connection
		}
	}

	@Override
	public void close() throws IOException {
		// The thread ends with its connection, which the client has closed
		this.server.close();
	}

}
