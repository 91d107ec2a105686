package io.spop.cli;

import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.netty.util.concurrent.Promise;
import io.spop.protocol.FrameType;
import io.spop.recording.ConnectionRecorder;
import io.spop.recording.Recorder;
import org.jspecify.annotations.Nullable;

/**
 * A proxy between HAProxy and an agent that records the frames beside the path.
 */
final class Tap implements AutoCloseable {

	private static final int BACKLOG = 1024;

	private static final int CONNECT_MILLIS = 5000;

	private static final int MAX_THREADS = 4;

	/** The offset of the type in a frame. */
	private static final int TYPE_OFFSET = Integer.BYTES;

	private final AgentAddress agent;

	private final @Nullable SslContext tls;

	private final @Nullable String serverName;

	private final Recorder recorder;

	private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(
			Math.min(MAX_THREADS, Runtime.getRuntime().availableProcessors()),
			new DefaultThreadFactory("spop-tap", true), NioIoHandler.newFactory());

	private final ChannelGroup channels = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);

	private final LongAdder connections = new LongAdder();

	private final LongAdder notifies = new LongAdder();

	private final LongAdder acks = new LongAdder();

	private final LongAdder notConnected = new LongAdder();

	private volatile @Nullable Throwable connectFailure;

	/** The file of the UNIX socket that the tap listens on. */
	private @Nullable Path socketFile;

	/**
	 * Create a tap that does not listen yet.
	 * @param agent the agent
	 * @param tls what TLS to the agent takes, {@code null} without TLS
	 * @param serverName the name that the agent's certificate has to have, {@code null}
	 * for the host of the address
	 * @param recorder records the frames; {@link #close()} does not close it
	 */
	Tap(AgentAddress agent, @Nullable SslContext tls, @Nullable String serverName, Recorder recorder) {
		this.agent = agent;
		this.tls = tls;
		this.serverName = serverName;
		this.recorder = recorder;
	}

	/**
	 * Listen for HAProxy.
	 * @param address the address to listen on
	 * @return the address, with its port
	 * @throws IOException if it is not possible to listen on the address
	 */
	SocketAddress listen(SocketAddress address) throws IOException {
		ServerBootstrap bootstrap = new ServerBootstrap().group(this.loops)
			.option(ChannelOption.SO_BACKLOG, BACKLOG)
			.childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
			.childOption(ChannelOption.AUTO_READ, false)
			.childHandler(new ChannelInitializer<>() {

				@Override
				protected void initChannel(Channel channel) {
					accept(channel);
				}

			});
		if (address instanceof UnixDomainSocketAddress unix) {
			removeStale(unix);
			bootstrap.channel(NioServerDomainSocketChannel.class);
		}
		else {
			bootstrap.channel(NioServerSocketChannel.class).childOption(ChannelOption.TCP_NODELAY, true);
		}
		ChannelFuture bound = bootstrap.bind(address).awaitUninterruptibly();
		if (!bound.isSuccess()) {
			throw (bound.cause() instanceof IOException ex) ? ex : new IOException(bound.cause());
		}
		this.channels.add(bound.channel());
		if (address instanceof UnixDomainSocketAddress unix) {
			this.socketFile = unix.getPath();
			if (this.agent.address() instanceof UnixDomainSocketAddress other && Files.exists(other.getPath())) {
				// HAProxy may be another user, who can use the agent's socket
				Files.setPosixFilePermissions(unix.getPath(), Files.getPosixFilePermissions(other.getPath()));
			}
		}
		return bound.channel().localAddress();
	}

	/** Remove a socket that nobody listens on. */
	private static void removeStale(UnixDomainSocketAddress address) throws IOException {
		if (!Files.exists(address.getPath(), LinkOption.NOFOLLOW_LINKS)) {
			return;
		}
		if (!Files.readAttributes(address.getPath(), BasicFileAttributes.class).isOther()) {
			throw new BindException("a file that is not a socket has this name");
		}
		try {
			SocketChannel.open(address).close();
		}
		catch (ConnectException ex) {
			Files.delete(address.getPath());
			return;
		}
		throw new BindException("somebody listens on it already");
	}

	private void accept(Channel front) {
		this.channels.add(front);
		this.connections.increment();
		ConnectionRecorder connection = this.recorder.connection(this.agent.toString(), peer(front));
		TapDirection fromHaproxy = new TapDirection(new FrameCutter((bytes, start, size) -> {
			count(this.notifies, FrameType.NOTIFY, bytes, start, size);
			connection.haproxySent(bytes, start, size);
		}));
		TapDirection fromAgent = new TapDirection(new FrameCutter((bytes, start, size) -> {
			count(this.acks, FrameType.ACK, bytes, start, size);
			connection.agentSent(bytes, start, size);
		}));
		front.pipeline().addLast(fromHaproxy);
		front.closeFuture().addListener((closed) -> {
			fromHaproxy.endRecording();
			fromAgent.endRecording();
			connection.closed();
		});
		connect(front.eventLoop(), fromAgent).addListener((Future<Channel> connected) -> {
			if (!connected.isSuccess()) {
				this.notConnected.increment();
				this.connectFailure = connected.cause();
				TapDirection.reset(front);
			}
			else if (front.isActive()) {
				TapDirection.join(fromHaproxy, fromAgent);
			}
			else {
				TapDirection.reset(connected.getNow());
			}
		});
	}

	/**
	 * Connect to the agent.
	 * @param loop the event loop of HAProxy's connection: on the same one, bytes pass
	 * without a change of threads
	 * @param direction handles what the agent sends
	 * @return the channel once it is connected, with TLS once its handshake is done
	 */
	private Future<Channel> connect(EventLoop loop, TapDirection direction) {
		Promise<Channel> connected = loop.newPromise();
		boolean isUnix = this.agent.address() instanceof UnixDomainSocketAddress;
		Bootstrap bootstrap = new Bootstrap().group(loop)
			.channel(isUnix ? NioDomainSocketChannel.class : NioSocketChannel.class)
			.option(ChannelOption.ALLOW_HALF_CLOSURE, true)
			.option(ChannelOption.AUTO_READ, this.tls != null)
			.option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_MILLIS)
			.handler(new ChannelInitializer<>() {

				@Override
				protected void initChannel(Channel back) {
					Tap.this.channels.add(back);
					SslHandler handler = tlsHandler(back);
					if (handler != null) {
						back.pipeline().addLast(handler);
						handler.handshakeFuture().addListener((Future<Channel> handshake) -> {
							if (handshake.isSuccess()) {
								connected.trySuccess(back);
							}
							else {
								connected.tryFailure(handshake.cause());
							}
						});
					}
					back.pipeline().addLast(direction);
				}

			});
		if (!isUnix) {
			bootstrap.option(ChannelOption.TCP_NODELAY, true);
		}
		bootstrap.connect(this.agent.address()).addListener((ChannelFuture future) -> {
			if (!future.isSuccess()) {
				connected.tryFailure(future.cause());
			}
			else if (this.tls == null) {
				connected.trySuccess(future.channel());
			}
		});
		return connected;
	}

	private @Nullable SslHandler tlsHandler(Channel channel) {
		if (this.tls == null) {
			return null;
		}
		if (this.agent.address() instanceof InetSocketAddress tcp) {
			String name = (this.serverName != null) ? this.serverName : tcp.getHostString();
			return this.tls.newHandler(channel.alloc(), name, tcp.getPort());
		}
		return this.tls.newHandler(channel.alloc());
	}

	private static void count(LongAdder counter, FrameType type, byte[] bytes, int start, int size) {
		if (size > TYPE_OFFSET && bytes[start + TYPE_OFFSET] == type.code()) {
			counter.increment();
		}
	}

	private static String peer(Channel channel) {
		return (channel.remoteAddress() instanceof InetSocketAddress tcp)
				? tcp.getAddress().getHostAddress() + ":" + tcp.getPort() : "";
	}

	long connections() {
		return this.connections.sum();
	}

	long notifies() {
		return this.notifies.sum();
	}

	long acks() {
		return this.acks.sum();
	}

	/**
	 * Return how many connections were closed because the agent could not be reached.
	 * @return the number
	 */
	long notConnected() {
		return this.notConnected.sum();
	}

	/**
	 * Return why the agent could not be reached.
	 * @return the last reason, or {@code null} if it always could
	 */
	@Nullable Throwable connectFailure() {
		return this.connectFailure;
	}

	/**
	 * Close all connections.
	 */
	@Override
	public void close() throws IOException {
		this.channels.close().awaitUninterruptibly();
		this.loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
		if (this.socketFile != null) {
			Files.deleteIfExists(this.socketFile);
		}
	}

}
