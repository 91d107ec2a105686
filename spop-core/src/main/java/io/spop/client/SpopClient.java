package io.spop.client;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeoutException;

import javax.net.ssl.SSLException;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.local.LocalAddress;
import io.netty.channel.local.LocalChannel;
import io.netty.channel.local.LocalIoHandler;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.spop.protocol.Actions;
import io.spop.protocol.Capability;
import io.spop.protocol.Frame;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.StatusCode;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.tcp.TcpResources;

/**
 * A client that connects to an agent as HAProxy does, for tests, probes and load.
 *
 * <pre class="code">
 * SpopClient client = SpopClient.connect(new InetSocketAddress("127.0.0.1", 12345)).block();
 * Actions actions = client.notify(NotifyMessage.of("check-client-ip", new Argument("ip", SpopValue.of(address)))).block();
 * client.close();
 * </pre>
 *
 * Safe to use by any thread. An event loop that all clients share delivers the results.
 * Do not block this event loop.
 *
 * @since 0.1.0
 */
public final class SpopClient implements AutoCloseable {

	private final ClientConnection connection;

	private final Frame.@Nullable AgentHello agentHello;

	SpopClient(ClientConnection connection, Frame.@Nullable AgentHello agentHello) {
		this.connection = connection;
		this.agentHello = agentHello;
	}

	/**
	 * Connect with HAProxy's defaults: frames of at most 16380 bytes, and pipelining.
	 * @param address the address of the agent: TCP, UNIX socket or memory
	 * @return the client once the handshake is done; an error if the connection or the
	 * handshake fails, a {@link SpopDisconnectException} if the agent refuses the
	 * handshake
	 */
	public static Mono<SpopClient> connect(SocketAddress address) {
		return builder(address).connect();
	}

	/**
	 * Create a builder for a connection.
	 * @param address the address of the agent: TCP, UNIX socket or memory
	 * @return a builder
	 */
	public static Builder builder(SocketAddress address) {
		return new Builder(address);
	}

	/**
	 * Return the agent's answer to the handshake.
	 * @return the AGENT-HELLO
	 * @throws IllegalStateException if there was no handshake
	 * @see Builder#connectWithoutHandshake()
	 */
	public Frame.AgentHello agentHello() {
		if (this.agentHello == null) {
			throw new IllegalStateException("There was no handshake");
		}
		return this.agentHello;
	}

	/**
	 * Send messages in one NOTIFY.
	 * @param messages the messages in their order
	 * @return the actions of the ACK; an error if the connection ends before the ACK, a
	 * {@link SpopDisconnectException} if the agent ends it. Each subscription sends
	 * another NOTIFY.
	 */
	public Mono<Actions> notify(NotifyMessage... messages) {
		return notify(Arrays.asList(Objects.requireNonNull(messages, "messages")));
	}

	/**
	 * Send messages in one NOTIFY. The client splits a NOTIFY that does not fit into a
	 * frame if the agent announced {@link Capability#FRAGMENTATION}, as HAProxy up to 3.0
	 * does.
	 * @param messages the messages in their order
	 * @return as for {@link #notify(NotifyMessage...)}
	 */
	public Mono<Actions> notify(List<NotifyMessage> messages) {
		List<NotifyMessage> copy = new Frame.Notify(0, 0, messages).messages();
		return Mono.create((sink) -> this.connection.notify(copy, sink));
	}

	/**
	 * Send any frame, for tests. The agent's answer is one of the {@linkplain #received()
	 * received frames}.
	 * @param frame the frame, sent when the result is subscribed to
	 * @return completes when the frame is written
	 */
	public Mono<Void> send(Frame frame) {
		Objects.requireNonNull(frame, "frame");
		return Mono.create((sink) -> this.connection.send(frame, sink));
	}

	/**
	 * Send any bytes, for tests.
	 * @param bytes the bytes, sent when the result is subscribed to
	 * @return completes when the bytes are written
	 */
	public Mono<Void> sendBytes(byte[] bytes) {
		Objects.requireNonNull(bytes, "bytes");
		return Mono.create((sink) -> this.connection.send(bytes, sink));
	}

	/**
	 * Return the frames of the agent, without the ACKs for
	 * {@link #notify(NotifyMessage...)} of this client.
	 * @return the last 256 frames, then each further frame until the connection ends
	 */
	public Flux<Frame> received() {
		return this.connection.received();
	}

	/**
	 * Send a HAPROXY-DISCONNECT.
	 * @param status the status code of the frame
	 * @return the agent's AGENT-DISCONNECT, or an error if the connection ends without
	 * one
	 */
	public Mono<Frame.AgentDisconnect> disconnect(StatusCode status) {
		Objects.requireNonNull(status, "status");
		return send(new Frame.HaproxyDisconnect(status.code(), status.text())).then(onDisconnect());
	}

	/**
	 * Wait for the end of the connection.
	 * @return the agent's AGENT-DISCONNECT, or an error if the connection ends without
	 * one
	 */
	public Mono<Frame.AgentDisconnect> onDisconnect() {
		return this.connection.onDisconnect();
	}

	/**
	 * Close the connection without a DISCONNECT, as HAProxy since 3.1 does.
	 */
	@Override
	public void close() {
		this.connection.close();
	}

	/**
	 * Builder of a connection to an agent.
	 */
	public static final class Builder {

		private final SocketAddress address;

		private int maxFrameSize = 16380;

		private Set<Capability> capabilities = Set.of(Capability.PIPELINING);

		private @Nullable String engineId;

		private boolean healthcheck;

		private Duration timeout = Duration.ofSeconds(5);

		private @Nullable SslContext tls;

		private @Nullable String serverName;

		private Builder(SocketAddress address) {
			this.address = Objects.requireNonNull(address, "address");
		}

		/**
		 * Set the size of the largest frame that the client offers.
		 * @param maxFrameSize the size in bytes, without the length prefix, at least 256;
		 * default 16380
		 * @return this builder
		 */
		public Builder maxFrameSize(int maxFrameSize) {
			this.maxFrameSize = maxFrameSize;
			return this;
		}

		/**
		 * Set the capabilities to announce.
		 * @param capabilities the capabilities; default pipelining
		 * @return this builder
		 */
		public Builder capabilities(Capability... capabilities) {
			Set<Capability> all = new LinkedHashSet<>();
			for (Capability capability : Objects.requireNonNull(capabilities, "capabilities")) {
				all.add(Objects.requireNonNull(capability, "an element of capabilities"));
			}
			this.capabilities = all;
			return this;
		}

		/**
		 * Set the {@code engine-id}.
		 * @param engineId the identifier; default none
		 * @return this builder
		 */
		public Builder engineId(String engineId) {
			this.engineId = Objects.requireNonNull(engineId, "engineId");
			return this;
		}

		/**
		 * Make the connection a health check. The agent answers nothing after the
		 * handshake of a health check.
		 * @return this builder
		 */
		public Builder healthcheck() {
			this.healthcheck = true;
			return this;
		}

		/**
		 * Connect with TLS. The certificate of the agent has to be for the host of the
		 * address, unless the context checks no names.
		 * @param context a context for clients
		 * @return this builder
		 * @throws IllegalArgumentException if the context is one for servers
		 */
		public Builder tls(SslContext context) {
			if (Objects.requireNonNull(context, "context").isServer()) {
				throw new IllegalArgumentException(
						"The SslContext is one for servers: build it with SslContextBuilder.forClient()");
			}
			this.tls = context;
			this.serverName = null;
			return this;
		}

		/**
		 * Connect with TLS, and expect another name in the certificate of the agent than
		 * the host of the address. The client also sends the name to the agent (SNI).
		 * @param context a context for clients
		 * @param serverName the name, such as {@code agent.internal}
		 * @return this builder
		 * @throws IllegalArgumentException if the context is one for servers
		 */
		public Builder tls(SslContext context, String serverName) {
			tls(context);
			this.serverName = Objects.requireNonNull(serverName, "serverName");
			return this;
		}

		/**
		 * Set how long connecting and the handshakes of TLS and SPOP may take together.
		 * @param timeout the time; default 5 s
		 * @return this builder
		 */
		public Builder timeout(Duration timeout) {
			this.timeout = Objects.requireNonNull(timeout, "timeout");
			return this;
		}

		/**
		 * Connect and do the handshake.
		 * @return the client once the handshake is done; an error if the connection or
		 * the handshake fails, a {@link SpopDisconnectException} if the agent refuses the
		 * handshake, an {@link SSLException} if TLS fails
		 */
		public Mono<SpopClient> connect() {
			return connect(new Frame.HaproxyHello(List.of(Frame.VERSION), this.maxFrameSize, this.capabilities,
					this.engineId, this.healthcheck));
		}

		/**
		 * Connect and send nothing, for tests of an agent without a handshake or with an
		 * unusual one.
		 * @return the client once the connection is open, with TLS once its handshake is
		 * done; an error if that fails
		 */
		public Mono<SpopClient> connectWithoutHandshake() {
			return connect(null);
		}

		private Mono<SpopClient> connect(Frame.@Nullable HaproxyHello hello) {
			// The timeout of the builder counts
			Bootstrap bootstrap = new Bootstrap().option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 0);
			if (this.address instanceof LocalAddress) {
				bootstrap.group(InMemory.LOOPS).channel(LocalChannel.class);
			}
			else if (this.address instanceof UnixDomainSocketAddress) {
				bootstrap.group(TcpResources.get().onServer(false)).channel(NioDomainSocketChannel.class);
			}
			else {
				bootstrap.group(TcpResources.get().onServer(false))
					.channel(NioSocketChannel.class)
					.option(ChannelOption.TCP_NODELAY, true);
			}
			return Mono.defer(() -> {
				ClientConnection connection = new ClientConnection(hello, this.maxFrameSize);
				bootstrap.clone()
					.handler(handler(connection))
					.connect(this.address)
					.addListener((ChannelFuture future) -> {
						if (!future.isSuccess()) {
							connection.fail(future.cause());
						}
					});
				return connection.handshake()
					.doOnCancel(connection::close)
					.timeout(this.timeout, Mono.error(() -> late(connection)));
			});
		}

		private TimeoutException late(ClientConnection connection) {
			return new TimeoutException("No " + connection.awaited() + " within " + this.timeout.toMillis() + " ms");
		}

		private ChannelHandler handler(ClientConnection connection) {
			SslContext tls = this.tls;
			if (tls == null) {
				return connection;
			}
			return new ChannelInitializer<>() {

				@Override
				protected void initChannel(Channel channel) {
					channel.pipeline().addLast(handler(tls, channel), connection);
				}

			};
		}

		private ChannelHandler handler(SslContext tls, Channel channel) {
			if (this.address instanceof InetSocketAddress tcp) {
				return tls.newHandler(channel.alloc(),
						(this.serverName != null) ? this.serverName : tcp.getHostString(), tcp.getPort());
			}
			return (this.serverName != null) ? tls.newHandler(channel.alloc(), this.serverName, 0)
					: tls.newHandler(channel.alloc());
		}

	}

	/**
	 * The event loop of clients in memory, created when the first of them connects.
	 */
	private static final class InMemory {

		static final EventLoopGroup LOOPS = new MultiThreadIoEventLoopGroup(1,
				new DefaultThreadFactory("spop-client", true), LocalIoHandler.newFactory());

	}

}
