package io.spop.client;

import java.io.IOException;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import io.spop.codec.SpopCodec;
import io.spop.protocol.Frame;
import io.spop.protocol.LogText;
import io.spop.protocol.SpopProtocolException;

/**
 * A health check of an agent, the same as that of HAProxy with {@code option spop-check},
 * for containers. It is a program as well, which starts in a fraction of a second, since
 * it needs no other class path than spop-core:
 *
 * <pre class="code">
 * java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -cp 'lib/*' io.spop.client.Probe 127.0.0.1:12345
 * java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -cp 'lib/*' io.spop.client.Probe unix:/run/agent.sock 500ms
 * </pre>
 *
 * The exit status is 0 if the agent is well, 1 if it is not, and 64 if the arguments are
 * wrong. The program prints nothing if the agent is well, and a sentence to the standard
 * error otherwise. It does not speak TLS.
 *
 * @since 0.1.0
 */
public final class Probe {

	private static final int FAILED = 1;

	/** EX_USAGE of sysexits. */
	private static final int WRONG_USAGE = 64;

	private static final String USAGE = """
			Usage: java -cp 'lib/*' io.spop.client.Probe ADDRESS [TIMEOUT]
			  ADDRESS   127.0.0.1:12345, [::1]:12345 or unix:/run/agent.sock
			  TIMEOUT   for all together, such as 500ms or 2s; default 2s""";

	private static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(2);

	private static final String UNIX_PREFIX = "unix:";

	private static final int MAX_PORT = 65535;

	private static final int MAX_FRAME_SIZE = 16380;

	private static final int MAX_QUOTED = 40;

	/** The first two bytes of the answer of a TLS server that cannot read the HELLO. */
	private static final byte TLS_ALERT = 0x15;

	private static final byte TLS_MAJOR_VERSION = 3;

	/**
	 * The HELLO of HAProxy's health check: version 2.0, frames of at most 16380 bytes, no
	 * capabilities. These are its bytes, because {@link SpopCodec} encodes with Netty,
	 * which takes longer to start than all else here.
	 */
	static final byte[] HELLO = HexFormat.of()
		.parseHex("0000004e" + "01" + "00000001" + "00" + "00" //
				+ "12737570706f727465642d76657273696f6e73" + "0803322e30" //
				+ "0e6d61782d6672616d652d73697a65" + "03fcf006" //
				+ "0c6361706162696c6974696573" + "0800" //
				+ "0b6865616c7468636865636b" + "11");

	private final SocketAddress address;

	private final SpopCodec codec = new SpopCodec(MAX_FRAME_SIZE);

	private volatile boolean connected;

	private Probe(SocketAddress address) {
		this.address = address;
	}

	/**
	 * Check an agent, and end the JVM with an exit status.
	 * @param args the address of the agent and, if wanted, a time limit
	 */
	public static void main(String[] args) {
		System.exit(run(args, System.err));
	}

	static int run(String[] args, PrintStream err) {
		for (String arg : Objects.requireNonNull(args, "args")) {
			Objects.requireNonNull(arg, "an element of args");
		}
		SocketAddress address;
		Duration timeout;
		try {
			if (args.length < 1 || args.length > 2) {
				throw new IllegalArgumentException("An address is missing, or there are too many arguments");
			}
			address = parseAddress(args[0]);
			timeout = (args.length == 2) ? parseTimeout(args[1]) : DEFAULT_TIMEOUT;
		}
		catch (IllegalArgumentException ex) {
			err.println(ex.getMessage());
			err.println(USAGE);
			return WRONG_USAGE;
		}
		try {
			check(address, timeout);
			return 0;
		}
		catch (IOException ex) {
			err.println(ex.getMessage());
			return FAILED;
		}
	}

	/**
	 * Check an agent: connect, send the HELLO of a health check, and wait for the
	 * AGENT-HELLO.
	 * @param address the address of the agent: TCP or UNIX socket. A host name that is
	 * not resolved yet is resolved first.
	 * @param timeout how long all of it may take together, more than zero
	 * @throws IllegalArgumentException if the timeout is not more than zero
	 * @throws IOException if the agent is not well. The message is a sentence for users.
	 */
	public static void check(SocketAddress address, Duration timeout) throws IOException {
		Objects.requireNonNull(address, "address");
		Objects.requireNonNull(timeout, "timeout");
		if (timeout.isNegative() || timeout.isZero()) {
			throw new IllegalArgumentException("The timeout has to be more than zero: " + timeout);
		}
		Probe probe = new Probe(address);
		// Only another thread can end a name resolution or a connect in time
		FutureTask<Void> task = new FutureTask<>(() -> {
			probe.check();
			return null;
		});
		Thread thread = new Thread(task, "spop-probe");
		thread.setDaemon(true);
		thread.start();
		try {
			task.get(TimeUnit.NANOSECONDS.convert(timeout), TimeUnit.NANOSECONDS);
		}
		catch (TimeoutException ex) {
			throw probe.failure((probe.connected ? "accepts the connection, but has not answered" : "cannot be reached")
					+ " within " + timeout.toMillis() + " ms");
		}
		catch (ExecutionException ex) {
			if (ex.getCause() instanceof IOException cause) {
				throw cause;
			}
			throw probe.failure("was not checked: " + ex.getCause());
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw probe.failure("was not checked, because the thread was interrupted");
		}
		finally {
			task.cancel(true);
		}
	}

	private void check() throws IOException {
		byte[] answer = new byte[Integer.BYTES + MAX_FRAME_SIZE];
		int length;
		try (SocketChannel channel = connect()) {
			this.connected = true;
			length = exchange(channel, answer);
			if (length < 0) {
				throw failure("closed the connection without a whole answer: "
						+ "it does not allow this client, expects TLS, or is not an agent");
			}
		}
		evaluate(answer, length);
	}

	private SocketChannel connect() throws IOException {
		SocketAddress target = this.address;
		if (target instanceof InetSocketAddress tcp && tcp.isUnresolved()) {
			InetSocketAddress resolved = new InetSocketAddress(tcp.getHostString(), tcp.getPort());
			if (resolved.isUnresolved()) {
				throw failure("cannot be reached: its host name is unknown");
			}
			target = resolved;
		}
		try {
			return SocketChannel.open(target);
		}
		catch (IOException ex) {
			throw failure("cannot be reached: " + ex.getMessage());
		}
	}

	/**
	 * Send the HELLO and read the answer.
	 * @return how many bytes of the array are a whole frame or cannot begin one, or -1 if
	 * the agent closed the connection before
	 */
	private int exchange(SocketChannel channel, byte[] answer) {
		try {
			ByteBuffer buffer = ByteBuffer.wrap(answer);
			ByteBuffer hello = ByteBuffer.wrap(HELLO);
			while (hello.hasRemaining()) {
				channel.write(hello);
			}
			while (!isWhole(answer, buffer.position())) {
				if (channel.read(buffer) < 0) {
					return -1;
				}
			}
			return buffer.position();
		}
		catch (IOException ex) {
			// Such as a connection reset: the agent had not read all of the HELLO
			return -1;
		}
	}

	private boolean isWhole(byte[] answer, int length) {
		try {
			int size = this.codec.size(answer, 0, length);
			return size >= 0 && size <= length;
		}
		catch (SpopProtocolException ex) {
			return true;
		}
	}

	private void evaluate(byte[] answer, int length) throws IOException {
		Frame frame;
		try {
			frame = this.codec.decode(answer, 0, this.codec.size(answer, 0, length));
		}
		catch (SpopProtocolException ex) {
			if (answer[0] == TLS_ALERT && answer[1] == TLS_MAJOR_VERSION) {
				throw failure("expects TLS, which a probe does not speak");
			}
			throw failure("does not answer as an agent does: " + ex.getMessage() + ". The answer begins with '"
					+ LogText.of(new String(answer, 0, length, StandardCharsets.ISO_8859_1), MAX_QUOTED) + "'");
		}
		if (frame instanceof Frame.AgentDisconnect disconnect) {
			throw failure("refuses: AGENT-DISCONNECT " + disconnect.statusCode() + ", "
					+ LogText.message(disconnect.message()));
		}
		if (!(frame instanceof Frame.AgentHello hello)) {
			throw failure("does not answer as an agent does: " + LogText.message(frame.toString()));
		}
		if (!hello.version().equals(Frame.VERSION) || hello.maxFrameSize() > MAX_FRAME_SIZE) {
			throw failure("sends an AGENT-HELLO that HAProxy refuses: " + LogText.message(hello.toString()));
		}
	}

	private IOException failure(String predicate) {
		return new IOException("The agent at " + describe(this.address) + " " + predicate);
	}

	private static String describe(SocketAddress address) {
		if (address instanceof InetSocketAddress tcp) {
			String host = LogText.message(tcp.getHostString());
			return ((host.indexOf(':') < 0) ? host : "[" + host + "]") + ":" + tcp.getPort();
		}
		return (address instanceof UnixDomainSocketAddress) ? UNIX_PREFIX + address : address.toString();
	}

	private static SocketAddress parseAddress(String text) {
		if (text.length() > UNIX_PREFIX.length() && text.startsWith(UNIX_PREFIX)) {
			return UnixDomainSocketAddress.of(text.substring(UNIX_PREFIX.length()));
		}
		int colon = text.lastIndexOf(':');
		String host = text.substring(0, Math.max(colon, 0));
		if (host.startsWith("[") && host.endsWith("]")) {
			host = host.substring(1, host.length() - 1);
		}
		else if (host.indexOf(':') >= 0) {
			host = "";
		}
		String port = text.substring(colon + 1);
		if (host.isEmpty() || !isNumber(port, 5)) {
			throw new IllegalArgumentException("Not an address: " + LogText.message(text));
		}
		if (Integer.parseInt(port) < 1 || Integer.parseInt(port) > MAX_PORT) {
			throw new IllegalArgumentException("Not a port from 1 to 65535: " + port);
		}
		return InetSocketAddress.createUnresolved(host, Integer.parseInt(port));
	}

	private static Duration parseTimeout(String text) {
		String number = text.replaceFirst("m?s$", "");
		if (number.equals(text) || !isNumber(number, 7) || Integer.parseInt(number) == 0) {
			throw new IllegalArgumentException("Not a time limit: " + LogText.message(text));
		}
		return text.endsWith("ms") ? Duration.ofMillis(Integer.parseInt(number))
				: Duration.ofSeconds(Integer.parseInt(number));
	}

	private static boolean isNumber(String text, int maxLength) {
		return !text.isEmpty() && text.length() <= maxLength && text.chars().allMatch((c) -> c >= '0' && c <= '9');
	}

}
