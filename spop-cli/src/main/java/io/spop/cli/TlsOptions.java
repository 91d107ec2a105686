package io.spop.cli;

import java.io.File;
import java.nio.file.Files;

import javax.net.ssl.SSLException;

import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.spop.client.SpopClient;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * The options of a connection with TLS.
 */
final class TlsOptions {

	@Option(names = "--ca", paramLabel = "FILE",
			description = "The certificates in PEM of the authorities that may have signed the agent's, or the agent's own if it "
					+ "is self-signed. Default: those that Java trusts.")
	private @Nullable File authorities;

	@Option(names = "--server-name", paramLabel = "NAME",
			description = "The name that the agent's certificate has to have. Default: the host of the address.")
	private @Nullable String serverName;

	@Option(names = "--cert", paramLabel = "FILE", description = "The client's certificate in PEM, with its chain.")
	private @Nullable File certificate;

	@Option(names = "--key", paramLabel = "FILE",
			description = "The key of the client's certificate in PEM (PKCS#8). Default: the key in the file of --cert.")
	private @Nullable File key;

	@Nullable String serverName() {
		return this.serverName;
	}

	/**
	 * Add TLS to a connection.
	 * @param context the context
	 * @param builder the connection
	 * @return the builder
	 */
	SpopClient.Builder add(SslContext context, SpopClient.Builder builder) {
		return (this.serverName != null) ? builder.tls(context, this.serverName) : builder.tls(context);
	}

	/**
	 * Return what TLS takes to connect to an address.
	 * @param agent the address
	 * @return the context, or {@code null} if the address is one without TLS
	 * @throws CommandException if the options or their files cannot be used, or if there
	 * are such options and the address is one without TLS
	 */
	@Nullable SslContext context(AgentAddress agent) {
		if (!agent.isTls()) {
			if (this.authorities != null || this.serverName != null || this.certificate != null || this.key != null) {
				throw new CommandException(ExitStatus.USAGE,
						"The options of TLS need an address that begins with tls:, such as tls:" + agent + ".");
			}
			return null;
		}
		SslContextBuilder builder = SslContextBuilder.forClient().sslProvider(SslProvider.JDK);
		trust(builder);
		identify(builder);
		try {
			return builder.build();
		}
		catch (SSLException ex) {
			throw new CommandException(ExitStatus.DATA, "TLS cannot be set up: " + Sentences.of(ex) + ".");
		}
	}

	private void trust(SslContextBuilder builder) {
		if (this.authorities != null) {
			try {
				builder.trustManager(readable(this.authorities));
			}
			catch (IllegalArgumentException ex) {
				throw new CommandException(ExitStatus.DATA,
						"The file '" + this.authorities + "' of --ca has no certificates in PEM.");
			}
		}
	}

	private void identify(SslContextBuilder builder) {
		if (this.certificate == null) {
			if (this.key != null) {
				throw new CommandException(ExitStatus.USAGE,
						"--key without --cert: give the certificate of the key, too.");
			}
			return;
		}
		File keyFile = (this.key != null) ? this.key : this.certificate;
		try {
			builder.keyManager(readable(this.certificate), readable(keyFile));
		}
		catch (IllegalArgumentException ex) {
			boolean isKey = String.valueOf(ex.getMessage()).contains("key");
			throw new CommandException(ExitStatus.DATA, isKey
					? "The file '" + keyFile + "' has no key in PEM that can be read: it has to be PKCS#8 without a "
							+ "password, which 'openssl pkcs8 -topk8 -nodes' writes."
					: "The file '" + this.certificate + "' of --cert has no certificates in PEM.");
		}
	}

	private static File readable(File file) {
		if (!Files.isRegularFile(file.toPath()) || !Files.isReadable(file.toPath())) {
			throw new CommandException(ExitStatus.NO_INPUT, Files.exists(file.toPath())
					? "The file '" + file + "' cannot be read." : "There is no file '" + file + "'.");
		}
		return file;
	}

}
