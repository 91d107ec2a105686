package io.spop.cli;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.time.Duration;

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
	 * @param timeout how long connecting and the handshake of TLS may take each
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
		if (this.agent.address() instanceof UnixDomainSocketAddress) {
			return Connection.of(SocketChannel.open(this.agent.address()));
		}
		Socket socket = connect();
		try {
			return Connection.of((this.context != null) ? encrypted(socket, this.context) : socket);
		}
		catch (IOException ex) {
			socket.close();
			throw ex;
		}
	}

	@Override
	public boolean isListening() {
		if (this.context == null) {
			return Connector.super.isListening();
		}
		try {
			connect().close();
			return true;
		}
		catch (IOException ex) {
			return false;
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

	private Socket encrypted(Socket socket, SSLContext context) throws IOException {
		this.awaited = "TLS handshake";
		InetSocketAddress tcp = (InetSocketAddress) this.agent.address();
		String name = (this.tls.serverName() != null) ? this.tls.serverName() : tcp.getHostString();
		SSLSocket encrypted = (SSLSocket) context.getSocketFactory().createSocket(socket, name, tcp.getPort(), true);
		if (!this.tls.isInsecure()) {
			SSLParameters parameters = encrypted.getSSLParameters();
			parameters.setEndpointIdentificationAlgorithm("HTTPS");
			encrypted.setSSLParameters(parameters);
		}
		encrypted.setSoTimeout(this.milliseconds);
		encrypted.startHandshake();
		encrypted.setSoTimeout(0);
		return encrypted;
	}

}
