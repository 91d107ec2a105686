package io.spop.cli;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

import io.netty.handler.ssl.JdkSslContext;
import io.netty.handler.ssl.SslContext;
import io.spop.cli.wire.Connection;
import io.spop.cli.wire.Connector;
import org.jspecify.annotations.Nullable;

/**
 * Connects to an agent over TCP, TLS or a UNIX socket, without Netty's channels.
 */
final class AgentConnector implements Connector {

	private final AgentAddress agent;

	private final TlsOptions tls;

	private final int milliseconds;

	private final @Nullable SSLContext context;

	private volatile String awaited = "connection";

	/**
	 * Create an instance.
	 * @param agent the address
	 * @param tls the options of TLS
	 * @param timeout how long connecting and the handshake of TLS may take together
	 * @throws CommandException if the options do not suit the address, or if their files
	 * cannot be used
	 */
	AgentConnector(AgentAddress agent, TlsOptions tls, Duration timeout) {
		this.agent = agent;
		this.tls = tls;
		this.milliseconds = (int) Math.min(timeout.toMillis(), Integer.MAX_VALUE);
		SslContext netty = tls.context(agent);
		if (netty != null && agent.address() instanceof UnixDomainSocketAddress) {
			throw new CommandException(ExitStatus.USAGE,
					"This command speaks TLS over TCP only: leave out tls: for a UNIX socket.");
		}
		this.context = (netty instanceof JdkSslContext jdk) ? jdk.context() : null;
	}

	/** Return what the connector waits for, in words. */
	String awaited() {
		return this.awaited;
	}

	@Override
	public Connection open() throws IOException {
		long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(this.milliseconds);
		if (this.agent.address() instanceof UnixDomainSocketAddress) {
			return Connection.of(connectUnix(end));
		}
		Socket socket = connect();
		try {
			return (this.context != null) ? Connection.of(encrypted(socket, this.context, end), socket)
					: Connection.of(socket);
		}
		catch (IOException ex) {
			socket.close();
			throw ex;
		}
	}

	@Override
	public void touch() throws IOException {
		if (this.context == null) {
			Connector.super.touch();
		}
		else {
			connect().close();
		}
	}

	private Socket connect() throws IOException {
		Socket socket = new Socket();
		try {
			socket.connect(this.agent.address(), this.milliseconds);
			return socket;
		}
		catch (IOException ex) {
			socket.close();
			throw ex;
		}
	}

	private Socket encrypted(Socket socket, SSLContext context, long end) throws IOException {
		this.awaited = "TLS handshake";
		InetSocketAddress tcp = (InetSocketAddress) this.agent.address();
		String name = (this.tls.serverName() != null) ? this.tls.serverName() : tcp.getHostString();
		SSLSocket encrypted = (SSLSocket) context.getSocketFactory().createSocket(socket, name, tcp.getPort(), true);
		SSLParameters parameters = encrypted.getSSLParameters();
		parameters.setEndpointIdentificationAlgorithm("HTTPS");
		encrypted.setSSLParameters(parameters);
		limited(socket, encrypted::startHandshake, end, "the agent does not finish the TLS handshake");
		return encrypted;
	}

	/** A UNIX socket whose queue is full makes connecting wait, and has no time limit. */
	private SocketChannel connectUnix(long end) throws IOException {
		SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
		limited(channel, () -> channel.connect(this.agent.address()), end, "the agent accepts no connection");
		return channel;
	}

	/** Close what an action uses if it is not done in time, or fails. */
	private void limited(Closeable used, Connecting action, long end, String late) throws IOException {
		// Whoever sets it says how this ended: closing makes the action fail before
		// the limit's own task is done
		AtomicBoolean ended = new AtomicBoolean();
		CompletableFuture<Void> limit = CompletableFuture.runAsync(() -> {
			if (ended.compareAndSet(false, true)) {
				close(used);
			}
		}, CompletableFuture.delayedExecutor(end - System.nanoTime(), TimeUnit.NANOSECONDS));
		IOException failure = null;
		try {
			action.run();
		}
		catch (IOException ex) {
			failure = ex;
		}
		if (!ended.compareAndSet(false, true)) {
			throw new SocketTimeoutException(late + " within " + this.milliseconds + " ms");
		}
		limit.cancel(false);
		if (failure != null) {
			close(used);
			throw failure;
		}
	}

	private static void close(Closeable used) {
		try {
			used.close();
		}
		catch (IOException ex) {
			// Closed already
		}
	}

	@FunctionalInterface
	private interface Connecting {

		void run() throws IOException;

	}

}
