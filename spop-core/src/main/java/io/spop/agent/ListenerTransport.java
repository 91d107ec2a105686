package io.spop.agent;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.ServerSocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

import javax.net.ssl.SSLEngine;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.local.LocalAddress;
import io.netty.handler.ssl.SslContext;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;
import reactor.core.Exceptions;
import reactor.netty.DisposableServer;
import reactor.netty.NettyPipeline;
import reactor.netty.tcp.TcpServer;

/**
 * An open listener on TCP, a UNIX socket or memory, with its guards and TLS. Safe to use
 * by any thread.
 */
final class ListenerTransport {

	private final SpopListener listener;

	private final AgentRuntime agent;

	private final DisposableServer server;

	/**
	 * Open a listener, and block until it is open.
	 * @param listener the settings of the listener
	 * @param agent the agent of the connections
	 * @throws SpopBindException if the listener cannot be opened
	 */
	ListenerTransport(SpopListener listener, AgentRuntime agent) {
		this.listener = listener;
		this.agent = agent;
		this.server = (listener instanceof UnixListener unix) ? bind(unix) : bind(transport());
	}

	private DisposableServer bind(UnixListener unix) {
		UnixSocketFile file = new UnixSocketFile(unix);
		UnixDomainSocketAddress address = file.prepare();
		DisposableServer bound = null;
		try {
			bound = bind(server().bindAddress(() -> address)
				.runOn(new UnixSocketLoopResources(this.agent.loops()), false)
				.option(ChannelOption.SO_REUSEADDR, null)
				.childOption(ChannelOption.TCP_NODELAY, null));
			file.publish(bound.channel());
			return bound;
		}
		catch (RuntimeException ex) {
			if (bound != null) {
				bound.dispose();
			}
			throw ex;
		}
		finally {
			file.cleanUp();
		}
	}

	private TcpServer transport() {
		TcpServer server = server().bindAddress(this.listener::address);
		if (this.listener instanceof TcpListener tcp) {
			return (tcp.context() != null) ? secure(server, tcp.context()) : server;
		}
		return server.runOn(this.agent.loops(), false)
			.option(ChannelOption.SO_REUSEADDR, null)
			.option(ChannelOption.SO_BACKLOG, null)
			.childOption(ChannelOption.TCP_NODELAY, null);
	}

	private TcpServer secure(TcpServer server, Supplier<SslContext> tls) {
		if (tls.get().isClient()) {
			throw new SpopBindException(this.listener.name(), "Its SslContext is one for clients.",
					"Build it with SslContextBuilder.forServer(...).", null);
		}
		// Not TcpServer.secure(): its handler hides a connection until the TLS handshake
		// is done
		return server
			.doOnChannelInit((observer, channel, remoteAddress) -> this.agent.handshakes().secure(channel, tls.get()));
	}

	/**
	 * Return a server for SPOP, without an address.
	 */
	private TcpServer server() {
		AgentSettings settings = this.agent.settings();
		WriteBufferWaterMark waterMark = new WriteBufferWaterMark(Math.max(1, settings.highWaterMark / 2),
				settings.highWaterMark);
		TcpServer server = TcpServer.create()
			.runOn(this.agent.loops())
			.option(ChannelOption.SO_BACKLOG, settings.backlog)
			.childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, waterMark);
		if (settings.maxConnections < Integer.MAX_VALUE) {
			// Accept connections one by one, so that accepting stops at the limit
			server = server.option(ChannelOption.RECVBUF_ALLOCATOR,
					new FixedRecvByteBufAllocator(1).maxMessagesPerRead(1));
		}
		Map<EventLoop, SpopMetricsRecorder> recorders = new ConcurrentHashMap<>();
		SessionLimit sessions = this.agent.sessions(this.listener.name());
		return server.doOnChannelInit((observer, channel, remoteAddress) -> {
			EventLoopIo io = this.agent.io(channel.eventLoop());
			if (!this.listener.isTls()) {
				// Not with TLS: its handler keeps the buffers it has read until a record
				// is complete
				channel.config().setRecvByteBufAllocator(io);
			}
			String name = this.listener.name();
			SpopMetricsRecorder recorder = recorders.computeIfAbsent(channel.eventLoop(),
					(key) -> this.agent.recorder(name));
			if (settings.recorder != null) {
				channel.pipeline()
					.addBefore(NettyPipeline.ReactiveBridge, "spop-recording",
							new RecordingHandler(settings.recorder, name, settings.maxFrameSize));
			}
			channel.pipeline()
				.addBefore(NettyPipeline.ReactiveBridge, "spop",
						new ConnectionHandler(new AgentConnection(this.agent, name, recorder, sessions, io)));
		});
	}

	private DisposableServer bind(TcpServer server) {
		try {
			// No connection is accepted before the guards are in the pipeline
			return server.option(ChannelOption.AUTO_READ, false).doOnBound((bound) -> {
				bound.channel().pipeline().addFirst(guards());
				bound.channel().config().setAutoRead(true);
			}).bindNow();
		}
		catch (RuntimeException ex) {
			throw failure(ex);
		}
	}

	/**
	 * Return the handlers that see each accepted connection before anything is set up for
	 * it.
	 */
	private ChannelHandler[] guards() {
		List<ChannelHandler> guards = new ArrayList<>();
		if (this.listener instanceof TcpListener tcp && !tcp.allowed().isEmpty()) {
			guards.add(new AddressFilter(this.agent, tcp.name(), tcp.allowed()));
		}
		guards.add(new ConnectionLimiter(this.listener.name(), this.agent));
		return guards.toArray(ChannelHandler[]::new);
	}

	private SpopBindException failure(Exception ex) {
		Throwable cause = Exceptions.unwrap(ex);
		while (cause.getCause() != null && !(cause instanceof BindException)) {
			cause = cause.getCause();
		}
		String name = this.listener.name();
		String where = text(this.listener.address());
		if (cause instanceof UnknownHostException
				|| (this.listener.address() instanceof InetSocketAddress address && address.isUnresolved())) {
			return new SpopBindException(name, "The address of " + where + " cannot be resolved.",
					"Set an address of this machine.", ex);
		}
		if (cause instanceof BindException bind && this.listener.address() instanceof InetSocketAddress address) {
			if (bindFailure(new InetSocketAddress(address.getAddress(), 0)) != null) {
				return new SpopBindException(name,
						where + " cannot be bound: no network interface of this machine has this address.",
						"Set an address of this machine, or 0.0.0.0 for all of them.", ex);
			}
			return isInUse(bind)
					? new SpopBindException(name, where + " is already in use.",
							"Stop the process that listens there, or set another port.", ex)
					: new SpopBindException(name, "This process has no permission to listen on " + where + ".",
							"Use a port above 1023, or allow it.", ex);
		}
		return new SpopBindException(name, where + " cannot be bound: " + cause + ".",
				"Check the address and the permissions.", ex);
	}

	/**
	 * Return whether a failure means that an address is in use. The exception of the JDK
	 * has the same type for all causes and no error number, and its text may be in any
	 * language. This method therefore causes a failure with this reason, and compares the
	 * texts.
	 */
	private static boolean isInUse(BindException ex) {
		try (ServerSocketChannel socket = ServerSocketChannel.open()) {
			socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
			BindException inUse = bindFailure(socket.getLocalAddress());
			return inUse == null || Objects.equals(inUse.getMessage(), ex.getMessage());
		}
		catch (IOException unknown) {
			return true;
		}
	}

	private static @Nullable BindException bindFailure(SocketAddress address) {
		try (ServerSocketChannel socket = ServerSocketChannel.open()) {
			socket.bind(address);
			return null;
		}
		catch (BindException ex) {
			return ex;
		}
		catch (IOException ex) {
			return null;
		}
	}

	static String text(SocketAddress address) {
		if (address instanceof InetSocketAddress inet) {
			String host = (inet.isUnresolved()) ? inet.getHostString() : inet.getAddress().getHostAddress();
			return (host.contains(":") ? "[" + host + "]" : host) + ":" + inet.getPort();
		}
		return (address instanceof LocalAddress) ? "memory" : address.toString();
	}

	/**
	 * Return the address of the listener, with the port that the system has chosen.
	 */
	SocketAddress address() {
		// A UNIX socket may have been bound elsewhere and moved
		return (this.listener instanceof UnixListener unix) ? unix.address() : channel().localAddress();
	}

	boolean isTcp() {
		return this.listener instanceof TcpListener;
	}

	/**
	 * Return whether everybody who can reach the machine may connect: the address is not
	 * one of loopback, there is no list of allowed addresses, and TLS asks for no
	 * certificate.
	 */
	boolean isOpenToAll() {
		return this.listener instanceof TcpListener tcp && tcp.allowed().isEmpty()
				&& !((InetSocketAddress) address()).getAddress().isLoopbackAddress()
				&& (tcp.context() == null || !needsCertificate(tcp.context().get()));
	}

	private static boolean needsCertificate(SslContext tls) {
		SSLEngine engine = tls.newEngine(ByteBufAllocator.DEFAULT);
		try {
			return engine.getNeedClientAuth();
		}
		finally {
			ReferenceCountUtil.release(engine);
		}
	}

	/**
	 * Return the channel that accepts connections.
	 */
	Channel channel() {
		return this.server.channel();
	}

	/**
	 * Return whether a connection to the address reaches this listener.
	 */
	boolean isListening() {
		UnixSocketFile file = channel().pipeline().get(UnixSocketFile.class);
		return channel().isActive() && (file == null || file.isInPlace());
	}

	/**
	 * Stop listening. Connections stay open.
	 */
	void close() {
		this.server.dispose();
	}

	@Override
	public String toString() {
		return "SPOP listener '" + this.listener.name() + "' on " + text(address())
				+ (this.listener.isTls() ? " with TLS" : "");
	}

}
