package io.spop.boot.autoconfigure;

import java.util.List;
import java.util.Set;

import io.netty.handler.ssl.SslContext;
import io.netty.pkitesting.X509Bundle;
import io.spop.boot.autoconfigure.SpopProperties.ClientAuth;
import io.spop.test.TestCertificates;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.ssl.DefaultSslBundleRegistry;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslManagerBundle;
import org.springframework.boot.ssl.SslOptions;
import org.springframework.boot.ssl.pem.PemSslStoreBundle;
import org.springframework.boot.ssl.pem.PemSslStoreDetails;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

@ExtendWith(OutputCaptureExtension.class)
class BundleSslContextTests {

	private static final TestCertificates certificates = new TestCertificates("authority");

	private static final X509Bundle one = certificates.issue("one");

	private static final X509Bundle other = certificates.issue("other");

	private final DefaultSslBundleRegistry bundles = new DefaultSslBundleRegistry("main",
			bundle(one, one, certificates.authority()));

	@Test
	void whenBundleChangesThenContextChanges() {
		BundleSslContext tls = create(ClientAuth.NEED);
		SslContext before = tls.get();
		assertThat(tls.get()).isSameAs(before);
		this.bundles.updateBundle("main", bundle(other, other, certificates.authority()));
		assertThat(tls.get()).isNotSameAs(before);
	}

	@Test
	void whenBundleChangesForTheWorseThenContextStaysAndOneLineSaysSo(CapturedOutput output) {
		BundleSslContext tls = create(ClientAuth.NEED);
		SslContext before = tls.get();
		this.bundles.updateBundle("main", bundle(one, other, certificates.authority()));
		assertThat(tls.get()).isSameAs(before);
		assertThat(output.getAll().lines().filter((line) -> line.contains("BundleSslContext"))).singleElement()
			.asString()
			.contains("WARN",
					"SPOP listener 'l' goes on with the old SSL bundle 'main', since the new one has an error");
		this.bundles.updateBundle("main", bundle(one, one, null));
		this.bundles.updateBundle("main", bundle(null, null, certificates.authority()));
		assertThat(tls.get()).isSameAs(before);
		this.bundles.updateBundle("main", bundle(one, one, certificates.authority()));
		assertThat(tls.get()).isNotSameAs(before);
	}

	@Test
	void whenClientsNeedNoCertificateThenNoTrustStoreIsNeeded() {
		this.bundles.updateBundle("main", bundle(one, one, null));
		assertThat(create(ClientAuth.NONE).get().isServer()).isTrue();
		assertThatIllegalArgumentException().isThrownBy(() -> create(ClientAuth.WANT))
			.withMessageContaining("give it a trust store");
	}

	@Test
	void whenBundleIsMadeOfManagersThenTheyAreTaken() throws Exception {
		SslManagerBundle managers = SslManagerBundle.of(one.toKeyManagerFactory(), one.toTrustManagerFactory());
		this.bundles.updateBundle("main", SslBundle.of(null, null, null, null, managers));
		assertThat(create(ClientAuth.NEED).get().isServer()).isTrue();
	}

	@Test
	void whenBundleOfManagersHasNoKeyThenSaysSo() throws Exception {
		this.bundles.updateBundle("main",
				SslBundle.of(null, null, null, null, SslManagerBundle.from(one.toTrustManagerFactory())));
		assertThatIllegalArgumentException().isThrownBy(() -> create(ClientAuth.NEED));
	}

	@Test
	void whenBundleNamesNoCiphersThenAllHaveForwardSecrecyAndNoneHasCbc() {
		assertThat(create(ClientAuth.NEED).get().cipherSuites())
			.contains("TLS_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
					"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256")
			.allMatch((cipher) -> cipher.startsWith("TLS_ECDHE_")
					|| List.of("TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256", "TLS_CHACHA20_POLY1305_SHA256")
						.contains(cipher))
			.noneMatch((cipher) -> cipher.contains("CBC"));
	}

	@Test
	void whenBundleNamesCiphersThenTheyAreTaken() {
		String cipher = "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256";
		SslBundle bundle = bundle(one, one, certificates.authority());
		this.bundles.updateBundle("main", SslBundle.of(bundle.getStores(), bundle.getKey(),
				SslOptions.of(Set.of(cipher), Set.of("TLSv1.2")), bundle.getProtocol()));
		assertThat(create(ClientAuth.NEED).get().cipherSuites()).containsExactly(cipher);
	}

	private BundleSslContext create(ClientAuth clientAuth) {
		return new BundleSslContext("l", this.bundles, "main", clientAuth);
	}

	private static SslBundle bundle(@Nullable X509Bundle certificate, @Nullable X509Bundle key,
			@Nullable String authority) {
		PemSslStoreDetails keyStore = (certificate != null && key != null)
				? PemSslStoreDetails.forCertificate(certificate.getCertificatePEM())
					.withPrivateKey(key.getPrivateKeyPEM())
				: null;
		return SslBundle.of(new PemSslStoreBundle(keyStore,
				(authority != null) ? PemSslStoreDetails.forCertificate(authority) : null));
	}

}
