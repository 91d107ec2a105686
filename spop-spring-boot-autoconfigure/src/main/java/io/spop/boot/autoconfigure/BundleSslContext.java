package io.spop.boot.autoconfigure;

import java.net.Socket;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.function.Supplier;

import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.X509ExtendedTrustManager;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import io.spop.boot.autoconfigure.SpopProperties.ClientAuth;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.boot.ssl.SslOptions;
import org.springframework.boot.ssl.SslStoreBundle;

/**
 * The TLS of a listener, which follows the changes of an SSL bundle. If the changed
 * bundle has an error, the listener keeps the TLS of the previous one.
 */
final class BundleSslContext implements Supplier<SslContext> {

	private static final Log logger = LogFactory.getLog(BundleSslContext.class);

	private static final String[] PROTOCOLS = { "TLSv1.3", "TLSv1.2" };

	/** The ciphers with forward secrecy and without CBC. */
	private static final List<String> CIPHERS = List.of("TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256",
			"TLS_CHACHA20_POLY1305_SHA256", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
			"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
			"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
			"TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256");

	private final String listener;

	private final String bundle;

	private final ClientAuth clientAuth;

	private volatile SslContext context;

	/**
	 * Create the TLS of a listener.
	 * @param listener the name of the listener
	 * @param bundles has the bundle
	 * @param bundle the name of the bundle
	 * @param clientAuth whether clients need a certificate
	 * @throws IllegalArgumentException if the bundle cannot be used
	 */
	BundleSslContext(String listener, SslBundles bundles, String bundle, ClientAuth clientAuth) {
		this.listener = listener;
		this.bundle = bundle;
		this.clientAuth = clientAuth;
		this.context = create(bundles.getBundle(bundle));
		bundles.addBundleUpdateHandler(bundle, this::update);
	}

	@Override
	public SslContext get() {
		return this.context;
	}

	private void update(SslBundle bundle) {
		try {
			this.context = create(bundle);
			logger.info("SPOP listener '" + this.listener + "' has the new SSL bundle '" + this.bundle
					+ "' for new connections");
		}
		catch (IllegalArgumentException ex) {
			logger.warn("SPOP listener '" + this.listener + "' goes on with the old SSL bundle '" + this.bundle
					+ "', since the new one has an error: " + ex.getMessage());
		}
	}

	private SslContext create(SslBundle bundle) {
		try {
			check(bundle.getStores());
			SslOptions options = bundle.getOptions();
			SslContextBuilder builder = SslContextBuilder.forServer(bundle.getManagers().getKeyManagerFactory())
				.sslProvider(SslProvider.JDK)
				.trustManager(bundle.getManagers().getTrustManagerFactory())
				.protocols((options.getEnabledProtocols() != null) ? options.getEnabledProtocols() : PROTOCOLS)
				.clientAuth(switch (this.clientAuth) {
					case NONE -> io.netty.handler.ssl.ClientAuth.NONE;
					case WANT -> io.netty.handler.ssl.ClientAuth.OPTIONAL;
					case NEED -> io.netty.handler.ssl.ClientAuth.REQUIRE;
				});
			if (options.getCiphers() != null) {
				builder.ciphers(List.of(options.getCiphers()));
			}
			else {
				builder.ciphers(CIPHERS, SupportedCipherSuiteFilter.INSTANCE);
			}
			SslContext context = builder.build();
			tryOut(context);
			return context;
		}
		catch (SSLException | RuntimeException ex) {
			throw new IllegalArgumentException(text(ex), ex);
		}
	}

	/**
	 * Do one handshake. It fails if the key does not belong to the certificate, or if the
	 * JDK lacks the protocols or ciphers. It also warms up the code of TLS.
	 */
	private static void tryOut(SslContext context) throws SSLException {
		SslHandler agent = context.newHandler(ByteBufAllocator.DEFAULT);
		agent.engine().setNeedClientAuth(false);
		SslHandler client = SslContextBuilder.forClient()
			.sslProvider(SslProvider.JDK)
			.trustManager(new TrustInOneself())
			.endpointIdentificationAlgorithm(null)
			.protocols(agent.engine().getEnabledProtocols())
			.ciphers(context.cipherSuites())
			.build()
			.newHandler(ByteBufAllocator.DEFAULT);
		EmbeddedChannel agentEnd = new EmbeddedChannel(agent);
		EmbeddedChannel clientEnd = new EmbeddedChannel(client);
		try {
			boolean moved;
			do {
				moved = move(clientEnd, agentEnd);
				moved |= move(agentEnd, clientEnd);
			}
			while (moved);
		}
		finally {
			clientEnd.finishAndReleaseAll();
			agentEnd.finishAndReleaseAll();
		}
	}

	private static boolean move(EmbeddedChannel from, EmbeddedChannel to) {
		boolean moved = false;
		for (Object bytes = from.readOutbound(); bytes != null; bytes = from.readOutbound()) {
			to.writeInbound(bytes);
			moved = true;
		}
		return moved;
	}

	private void check(SslStoreBundle stores) {
		if (stores.equals(SslStoreBundle.NONE)) {
			// A bundle with key and trust managers only has no stores to check
			return;
		}
		if (stores.getKeyStore() == null) {
			throw new IllegalArgumentException(
					"SSL bundle '" + this.bundle + "' has no certificate for the agent: give it a key store.");
		}
		if (stores.getTrustStore() == null && this.clientAuth != ClientAuth.NONE) {
			throw new IllegalArgumentException("SSL bundle '" + this.bundle
					+ "' does not say which certificates of clients are good: give it a trust store with their"
					+ " authority, or set client-auth to none.");
		}
	}

	private static String text(Exception ex) {
		Throwable cause = ex;
		StringBuilder text = new StringBuilder(String.valueOf(ex.getMessage()));
		while (cause.getCause() != null) {
			cause = cause.getCause();
			text.append(": ").append(cause.getMessage());
		}
		return text.toString();
	}

	/**
	 * Trusts the agent's own certificate, for the handshake that tries out the bundle.
	 */
	private static final class TrustInOneself extends X509ExtendedTrustManager {

		@Override
		public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {
		}

		@Override
		public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {
		}

		@Override
		public void checkServerTrusted(X509Certificate[] chain, String type) {
		}

		@Override
		public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {
			throw new UnsupportedOperationException();
		}

		@Override
		public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {
			throw new UnsupportedOperationException();
		}

		@Override
		public void checkClientTrusted(X509Certificate[] chain, String type) {
			throw new UnsupportedOperationException();
		}

		@Override
		public X509Certificate[] getAcceptedIssuers() {
			return new X509Certificate[0];
		}

	}

}
