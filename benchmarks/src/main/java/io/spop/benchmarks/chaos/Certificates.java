package io.spop.benchmarks.chaos;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;

import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;

/**
 * Two certificates of an agent, of which one at a time is in its keystore.
 */
final class Certificates {

	static final String PASSWORD = "changeit";

	private static final List<String> NAMES = List.of("first", "second");

	private final Path folder;

	private int current;

	Certificates(Path folder) throws IOException, InterruptedException {
		this.folder = folder;
		for (String name : NAMES) {
			Path keytool = Path.of(System.getProperty("java.home"), "bin", "keytool");
			int status = new ProcessBuilder(keytool.toString(), "-genkeypair", "-alias", "agent", "-keyalg", "EC",
					"-dname", "CN=" + name, "-ext", "san=dns:localhost,ip:127.0.0.1", "-validity", "30", "-storetype",
					"PKCS12", "-storepass", PASSWORD, "-keystore", file(name).toString())
				.inheritIO()
				.start()
				.waitFor();
			if (status != 0) {
				throw new IllegalStateException("keytool ended with the status " + status);
			}
		}
		use();
	}

	private Path file(String name) {
		return this.folder.resolve(name + ".p12");
	}

	Path keystore() {
		return this.folder.resolve("agent.p12");
	}

	/** Put the other certificate into the keystore. */
	void swap() throws IOException {
		this.current = 1 - this.current;
		use();
	}

	private void use() throws IOException {
		Path copy = this.folder.resolve("agent.p12.new");
		Files.copy(file(NAMES.get(this.current)), copy, StandardCopyOption.REPLACE_EXISTING);
		Files.move(copy, keystore(), StandardCopyOption.ATOMIC_MOVE);
	}

	/** Return the context of a client that trusts both certificates. */
	SslContext client() throws IOException, GeneralSecurityException {
		List<X509Certificate> trusted = new ArrayList<>();
		for (String name : NAMES) {
			KeyStore store = KeyStore.getInstance("PKCS12");
			try (InputStream in = Files.newInputStream(file(name))) {
				store.load(in, PASSWORD.toCharArray());
			}
			trusted.add((X509Certificate) store.getCertificate("agent"));
		}
		return SslContextBuilder.forClient().trustManager(trusted).build();
	}

	/** Return the subject of the peer's certificate. */
	static String subject(SSLSession session) {
		try {
			return ((X509Certificate) session.getPeerCertificates()[0]).getSubjectX500Principal().getName();
		}
		catch (SSLPeerUnverifiedException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
