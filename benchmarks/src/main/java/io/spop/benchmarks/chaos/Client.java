package io.spop.benchmarks.chaos;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.nio.NioSocketChannel;
import org.HdrHistogram.Histogram;

/**
 * Clients of HAProxy that keep their connections, and check each response. All methods
 * are called on the event loop.
 */
final class Client {

	private static final Pattern STATUS = Pattern.compile("HTTP/1\\.1 200 [^\\r]*\\r\\n");

	private static final Pattern LENGTH = Pattern.compile("\\r\\ncontent-length: (\\d+)\\r\\n",
			Pattern.CASE_INSENSITIVE);

	private static final Pattern CLOSE = Pattern.compile("\\r\\nconnection: close\\r\\n", Pattern.CASE_INSENSITIVE);

	private static final String END = "\r\n\r\n";

	private final EventLoop loop;

	private final int port;

	private final Account account;

	private final long seed;

	/** The number of the newest list, which the agents may have read. */
	private final IntSupplier list;

	private final Set<Connection> connections = new LinkedHashSet<>();

	private final Histogram micros = new Histogram(3);

	private long sent;

	private long answered;

	private long connects;

	private boolean over;

	Client(EventLoop loop, int port, Account account, long seed, IntSupplier list) {
		this.loop = loop;
		this.port = port;
		this.account = account;
		this.seed = seed;
		this.list = list;
	}

	void start(int connections) {
		for (int i = 0; i < connections; i++) {
			connect();
		}
		this.loop.scheduleAtFixedRate(this::checkAges, 1, 1, TimeUnit.SECONDS);
	}

	private void connect() {
		Connection connection = new Connection();
		this.connects++;
		new Bootstrap().group(this.loop)
			.channel(NioSocketChannel.class)
			.option(ChannelOption.TCP_NODELAY, true)
			.handler(connection)
			.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), this.port))
			.addListener((future) -> {
				if (!future.isSuccess()) {
					this.account.fail("HAProxy did not take a connection of a client: " + future.cause());
					this.loop.schedule(this::connect, 1, TimeUnit.SECONDS);
				}
			});
	}

	/** Send no more requests. */
	void finish() {
		this.over = true;
	}

	long sent() {
		return this.sent;
	}

	long answered() {
		return this.answered;
	}

	long connects() {
		return this.connects;
	}

	Histogram micros() {
		return this.micros;
	}

	boolean isWaiting() {
		return this.connections.stream().anyMatch((connection) -> connection.waiting);
	}

	private void checkAges() {
		long now = System.nanoTime();
		for (Connection connection : Set.copyOf(this.connections)) {
			if (connection.waiting && now - connection.sentAt > Scenario.REQUEST.toNanos()) {
				connection.waiting = false;
				this.account
					.fail("HAProxy did not answer the request " + connection.id + " within " + Scenario.REQUEST);
				connection.close();
			}
		}
	}

	/**
	 * Return what HAProxy tells of one NOTIFY.
	 * @param id the request
	 * @param engine the engine
	 * @param text the value, the fallback and the error
	 * @return the outcome
	 */
	private Ledger.Outcome outcome(long id, int engine, String text) {
		String[] parts = text.split(",", -1);
		String value = present(parts[0]);
		String fallback = present(parts[1]);
		String error = present(parts[2]);
		if (!error.isEmpty()) {
			int number = Integer.parseInt(error);
			this.account.errors.merge(number, 1L, Long::sum);
			if (!value.isEmpty() || !fallback.isEmpty()) {
				return Ledger.Outcome.WRONG;
			}
			return switch (number) {
				case 1 -> Ledger.Outcome.TIMEOUT;
				case 2, 256, 257, 258 -> Ledger.Outcome.BROKEN;
				default -> Ledger.Outcome.OTHER_ERROR;
			};
		}
		if (!value.isEmpty()) {
			boolean right = fallback.isEmpty() && Behaviour.of(this.seed, id, engine) == Behaviour.WELL
					&& isValue(value, id, engine);
			return right ? Ledger.Outcome.VALUE : Ledger.Outcome.WRONG;
		}
		return fallback.isEmpty() ? Ledger.Outcome.NOTHING : Ledger.Outcome.FALLBACK;
	}

	private boolean isValue(String value, long id, int engine) {
		String expected = id + "-" + engine;
		if (!Scenario.message(engine).equals(Scenario.QUICK)) {
			return value.equals(expected);
		}
		if (!value.startsWith(expected + "-")) {
			return false;
		}
		int list = Integer.parseInt(value.substring(expected.length() + 1));
		return list > 0 && list <= this.list.getAsInt();
	}

	private static String present(String text) {
		return text.equals("-") ? "" : text;
	}

	/**
	 * A client with one connection.
	 */
	private final class Connection extends ChannelInboundHandlerAdapter {

		private final StringBuilder read = new StringBuilder();

		private long id;

		private long sentAt;

		private boolean waiting;

		@SuppressWarnings("NullAway.Init")
		private Channel channel;

		@Override
		public void channelActive(ChannelHandlerContext context) {
			this.channel = context.channel();
			Client.this.connections.add(this);
			next();
		}

		private void next() {
			if (Client.this.over) {
				close();
				return;
			}
			this.id = Client.this.sent++;
			this.sentAt = System.nanoTime();
			this.waiting = true;
			String request = "GET / HTTP/1.1\r\nhost: localhost\r\nx-id: " + this.id + END;
			this.channel.writeAndFlush(Unpooled.copiedBuffer(request, StandardCharsets.US_ASCII),
					this.channel.voidPromise());
		}

		@Override
		public void channelRead(ChannelHandlerContext context, Object message) {
			ByteBuf bytes = (ByteBuf) message;
			this.read.append(bytes.toString(StandardCharsets.US_ASCII));
			bytes.release();
			int head = this.read.indexOf(END);
			if (head < 0) {
				return;
			}
			String header = this.read.substring(0, head + 2);
			Matcher length = LENGTH.matcher(header);
			int start = head + END.length();
			if (!length.find() || !STATUS.matcher(header).lookingAt()) {
				this.waiting = false;
				Client.this.account.fail("HAProxy answered the request " + this.id + " with " + header);
				close();
			}
			else if (this.read.length() >= start + Integer.parseInt(length.group(1))) {
				answered(this.read.substring(start));
				this.read.setLength(0);
				if (CLOSE.matcher(header).find()) {
					close();
				}
				else {
					next();
				}
			}
		}

		private void answered(String body) {
			this.waiting = false;
			Client.this.answered++;
			long nanos = System.nanoTime() - this.sentAt;
			Client.this.micros.recordValue(TimeUnit.NANOSECONDS.toMicros(nanos));
			if (nanos > Scenario.REQUEST.toNanos()) {
				Client.this.account
					.fail("HAProxy answered the request " + this.id + " only after " + nanos / 1_000_000 + " ms");
			}
			String[] parts = body.split(";", -1);
			if (parts.length != Scenario.ENGINES + 1 || !parts[0].equals(String.valueOf(this.id))) {
				Client.this.account.fail("The response to the request " + this.id + " is " + body);
				return;
			}
			for (int engine = 0; engine < Scenario.ENGINES; engine++) {
				Ledger.Outcome outcome = outcome(this.id, engine, parts[engine + 1]);
				Client.this.account.ledger.outcome(this.id * Scenario.ENGINES + engine, outcome);
				if (outcome == Ledger.Outcome.WRONG || outcome == Ledger.Outcome.NOTHING) {
					Client.this.account.fail("For the request " + this.id + ", engine " + engine
							+ ", HAProxy has (value, fallback, error) " + parts[engine + 1] + ", and the handler "
							+ Behaviour.of(Client.this.seed, this.id, engine));
				}
			}
		}

		private void close() {
			this.channel.close();
		}

		@Override
		public void channelInactive(ChannelHandlerContext context) {
			Client.this.connections.remove(this);
			if (this.waiting) {
				Client.this.account.fail("HAProxy closed the connection of a client without a response to the request "
						+ this.id + ((this.read.length() > 0) ? ", after " + this.read : ""));
			}
			if (!Client.this.over) {
				connect();
			}
		}

		@Override
		public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
			if (!(cause instanceof IOException)) {
				Client.this.account.fail("The client failed: " + cause);
			}
			context.close();
		}

	}

}
