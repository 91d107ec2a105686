package io.spop.cli;

import java.time.Duration;
import java.util.UUID;

import io.netty.handler.ssl.SslContext;
import io.spop.cli.wire.FrameBytes;
import io.spop.client.SpopClient;
import io.spop.haproxy.HaproxyVersion;
import io.spop.protocol.Capability;
import io.spop.protocol.Frame;
import io.spop.protocol.LogText;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;
import reactor.core.Exceptions;

/**
 * The options of a command that connects to an agent as HAProxy does.
 */
final class AgentOptions {

	/** What HAProxy offers unless its configuration sets another tune.bufsize. */
	static final int MAX_FRAME_SIZE = 16380;

	@Option(names = "--timeout", paramLabel = "TIME", defaultValue = "5s", converter = TimeConverter.class,
			description = "How long connecting with the handshakes may take, and then each answer, such as 500ms or 2s. "
					+ "Default: ${DEFAULT-VALUE}.")
	private Duration timeout = Duration.ofSeconds(5);

	@Option(names = "--as-haproxy", paramLabel = "VERSION", converter = VersionConverter.class,
			description = "The version of HAProxy, 2.6 to 3.4, whose HELLO is sent. Default: the newest.")
	private HaproxyVersion version = HaproxyVersion.newest();

	@ArgGroup(validate = false, heading = "Options for an address that begins with tls:%n")
	private TlsOptions tls = new TlsOptions();

	Duration timeout() {
		return this.timeout;
	}

	HaproxyVersion version() {
		return this.version;
	}

	/**
	 * Return what TLS takes to connect to an address.
	 * @param agent the address
	 * @return the context, or {@code null} if the address is one without TLS
	 * @throws CommandException if the files cannot be used, or if there are options of
	 * TLS and the address is one without
	 */
	@Nullable SslContext sslContext(AgentAddress agent) {
		return this.tls.context(agent);
	}

	/**
	 * Return the name that the certificate of the agent has to have.
	 * @return the name, or {@code null} for the host of the address
	 */
	@Nullable String serverName() {
		return this.tls.serverName();
	}

	/**
	 * Prepare a connection with the HELLO of the chosen version of HAProxy.
	 * @param agent the address
	 * @return a builder with all settings
	 * @throws CommandException as for {@link #sslContext}
	 */
	SpopClient.Builder client(AgentAddress agent) {
		SpopClient.Builder builder = SpopClient.builder(agent.address())
			.timeout(this.timeout)
			.maxFrameSize(MAX_FRAME_SIZE)
			.engineId(UUID.randomUUID().toString());
		if (!this.version.isAtLeast(3, 1)) {
			builder.capabilities(Capability.PIPELINING, Capability.ASYNC);
		}
		SslContext context = sslContext(agent);
		return (context != null) ? this.tls.add(context, builder) : builder;
	}

	/**
	 * Connect for one NOTIFY, and do the handshakes.
	 * @param agent the address
	 * @return the connection
	 * @throws CommandException if the agent cannot be reached or refuses
	 */
	AgentExchange exchange(AgentAddress agent) {
		byte[] hello = FrameBytes.hello(MAX_FRAME_SIZE,
				this.version.isAtLeast(3, 1) ? "pipelining" : "pipelining,async", UUID.randomUUID().toString());
		return AgentExchange.open(agent, this.tls, hello, this.timeout);
	}

	/**
	 * Connect, and do the handshakes.
	 * @param agent the address
	 * @return the client
	 * @throws CommandException if the agent cannot be reached or refuses
	 */
	SpopClient connect(AgentAddress agent) {
		SpopClient.Builder builder = client(agent);
		try {
			SpopClient client = builder.connect().blockOptional().orElseThrow();
			requireUsable(agent, client.agentHello());
			return client;
		}
		catch (RuntimeException ex) {
			throw AgentFailure.explain(agent, Exceptions.unwrap(ex), "AGENT-HELLO");
		}
	}

	/**
	 * Refuse an AGENT-HELLO that HAProxy refuses.
	 */
	static void requireUsable(AgentAddress agent, Frame.AgentHello hello) {
		String wrong = null;
		if (!hello.version().strip().equals(Frame.VERSION)) {
			wrong = "its version is " + LogText.message(hello.version()) + ", not " + Frame.VERSION;
		}
		else if (hello.maxFrameSize() > MAX_FRAME_SIZE) {
			wrong = "its max-frame-size " + hello.maxFrameSize() + " is above the " + MAX_FRAME_SIZE
					+ " that HAProxy offers";
		}
		if (wrong != null) {
			throw new CommandException(ExitStatus.UNAVAILABLE,
					agent + " sends an AGENT-HELLO that HAProxy refuses: " + wrong + ".");
		}
	}

	static final class VersionConverter implements ITypeConverter<HaproxyVersion> {

		@Override
		public HaproxyVersion convert(String text) {
			try {
				return HaproxyVersion.of(text).requireSupported();
			}
			catch (IllegalArgumentException ex) {
				throw new TypeConversionException(ex.getMessage());
			}
		}

	}

}
