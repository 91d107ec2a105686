package io.spop.agent;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.security.cert.X509Certificate;

import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.pkitesting.X509Bundle;
import io.spop.codec.SpopCodec;
import io.spop.protocol.Frame;
import org.jspecify.annotations.Nullable;

/**
 * A blocking peer of an agent that speaks TLS. It trusts any agent. Tests that use it
 * have a time limit.
 */
final class TlsPeer implements AutoCloseable {

	private final Socket transport;

	private final SSLSocket socket;

	private final SpopCodec codec = new SpopCodec(1 << 20);

	private final ByteBuf in = Unpooled.buffer();

	/**
	 * Connect without a handshake.
	 */
	TlsPeer(SocketAddress address, @Nullable X509Bundle certificate) throws Exception {
		this(address, certificate, InsecureTrustManagerFactory.INSTANCE);
	}

	TlsPeer(SocketAddress address, @Nullable X509Bundle certificate, TrustManagerFactory trust) throws Exception {
		SSLContext context = SSLContext.getInstance("TLS");
		context.init((certificate != null) ? certificate.toKeyManagerFactory().getKeyManagers() : null,
				trust.getTrustManagers(), null);
		InetSocketAddress inet = (InetSocketAddress) address;
		this.transport = new Socket(inet.getAddress(), inet.getPort());
		this.socket = (SSLSocket) context.getSocketFactory()
			.createSocket(this.transport, inet.getHostString(), inet.getPort(), true);
	}

	/**
	 * Return the socket below TLS.
	 */
	Socket transport() {
		return this.transport;
	}

	SSLSocket socket() {
		return this.socket;
	}

	/**
	 * Return the name in the certificate of the agent.
	 */
	String agent() throws IOException {
		return ((X509Certificate) this.socket.getSession().getPeerCertificates()[0]).getSubjectX500Principal()
			.getName();
	}

	void send(Frame frame) throws IOException {
		ByteBuf out = Unpooled.buffer();
		this.codec.encode(frame, out);
		this.socket.getOutputStream().write(out.array(), 0, out.readableBytes());
	}

	/**
	 * Return the next frame.
	 * @throws EOFException at the orderly end of the connection
	 */
	Frame receive() throws IOException {
		while (true) {
			Frame frame = this.codec.decode(this.in);
			if (frame != null) {
				return frame;
			}
			byte[] bytes = new byte[65536];
			int length = this.socket.getInputStream().read(bytes);
			if (length < 0) {
				throw new EOFException();
			}
			this.in.discardReadBytes().writeBytes(bytes, 0, length);
		}
	}

	@Override
	public void close() throws IOException {
		this.socket.close();
	}

}
