package io.spop.test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import javax.net.ssl.TrustManagerFactory;

import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;

/**
 * A certificate authority for tests.
 */
public final class TestCertificates {

	private final X509Bundle authority;

	/**
	 * Make an authority.
	 * @param name its name
	 */
	public TestCertificates(String name) {
		try {
			this.authority = new CertificateBuilder().subject("CN=" + name)
				.setIsCertificateAuthority(true)
				.buildSelfSigned();
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * Return the certificate of the authority.
	 * @return the certificate in PEM
	 */
	public String authority() {
		return this.authority.getCertificatePEM();
	}

	/**
	 * Return what trusts the certificates of this authority, and no others.
	 * @return the trust managers
	 */
	public TrustManagerFactory trust() {
		try {
			return this.authority.toTrustManagerFactory();
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * Issue a certificate for {@code agent.internal}.
	 * @param name the common name
	 * @return the certificate with its private key
	 */
	public X509Bundle issue(String name) {
		try {
			return new CertificateBuilder().subject("CN=" + name)
				.addSanDnsName("agent.internal")
				.buildIssuedBy(this.authority);
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * Issue a certificate for {@code agent.internal}.
	 * @param name the common name
	 * @return the certificate with its private key in one PEM, as HAProxy takes it
	 */
	public String issuePem(String name) {
		return pem(issue(name));
	}

	/**
	 * Return a certificate with its private key in one PEM, as HAProxy takes it.
	 * @param certificate the certificate
	 * @return the PEM
	 */
	public static String pem(X509Bundle certificate) {
		return certificate.getCertificatePEM() + "\n" + certificate.getPrivateKeyPEM();
	}

	/**
	 * Return a context for servers that trusts clients of this authority.
	 * @param name the common name of the server
	 * @param clientAuth whether clients need a certificate
	 * @return the context
	 */
	public SslContext serverContext(String name, ClientAuth clientAuth) {
		try {
			return SslContextBuilder.forServer(issue(name).toKeyManagerFactory())
				.sslProvider(SslProvider.JDK)
				.trustManager(trust())
				.clientAuth(clientAuth)
				.build();
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * Write the files of a PEM bundle of Spring Boot: {@code NAME.crt}, {@code NAME.key}
	 * and the certificate of this authority, {@code ca.crt}.
	 * @param folder where to write
	 * @param name the name of the files and the common name of the certificate
	 * @param commonName the common name of the certificate
	 * @throws IOException if a file cannot be written
	 */
	public void write(Path folder, String name, String commonName) throws IOException {
		X509Bundle certificate = issue(commonName);
		Files.writeString(folder.resolve("ca.crt"), authority());
		Files.writeString(folder.resolve(name + ".crt"), certificate.getCertificatePEM());
		Files.writeString(folder.resolve(name + ".key"), certificate.getPrivateKeyPEM());
	}

}
