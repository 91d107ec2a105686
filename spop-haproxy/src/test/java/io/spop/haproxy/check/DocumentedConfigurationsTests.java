package io.spop.haproxy.check;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.spop.haproxy.HaproxyVersion;
import io.spop.haproxy.config.HaproxyConfiguration;
import io.spop.test.EnabledIfHaproxy;
import io.spop.test.TestCertificates;
import io.spop.test.haproxy.HaproxyBinary;
import io.spop.test.haproxy.HaproxyProcess;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Shows each configuration of the documentation to the check, and to each HAProxy that it
 * is for.
 */
class DocumentedConfigurationsTests {

	private static final Pattern CERTIFICATE = Pattern.compile("(crt|ca-file|crt-list) (/\\S+)");

	private static final Pattern FILE = Pattern.compile("( -f|errorfile \\d+) (/\\S+)");

	/** What needs a user, a folder or a port of the machine. */
	private static final Pattern MACHINE = Pattern
		.compile("(?m)^ *(user|group|chroot|daemon|stats socket|pidfile|lua-load) ?.*\\n");

	@TempDir
	private static Path folder;

	@BeforeAll
	static void writeFiles() throws IOException {
		TestCertificates certificates = new TestCertificates("authority");
		Files.writeString(folder.resolve("test.pem"), certificates.issuePem("agent") + "\n" + certificates.authority());
		Files.writeString(folder.resolve("empty"), "");
	}

	@ParameterizedTest
	@MethodSource("io.spop.haproxy.check.DocumentedConfiguration#all")
	void whenConfigurationIsWholeThenTheCheckFindsNothing(DocumentedConfiguration documented) {
		if (!documented.complete() && documented.finding() == null) {
			return;
		}
		for (HaproxyVersion version : HaproxyVersion.SUPPORTED) {
			if (isFor(documented, version.toString())) {
				TreeMap<String, String> files = new TreeMap<>(documented.files());
				files.put("haproxy.cfg", documented.main());
				HaproxyConfiguration configuration = HaproxyConfiguration.reader().version(version).readTexts(files);
				List<Finding> findings = ConfigurationCheck.check(configuration)
					.stream()
					.filter((finding) -> documented.complete() || finding.rule().equals(documented.finding()))
					.toList();
				if (documented.finding() != null) {
					assertThat(findings).as("%s", version)
						.anyMatch((finding) -> finding.rule().equals(documented.finding()));
				}
				else {
					assertThat(findings).as("%s\n%s", version, documented.main()).isEmpty();
				}
			}
		}
	}

	@ParameterizedTest
	@MethodSource("io.spop.haproxy.check.DocumentedConfiguration#all")
	@EnabledIfHaproxy
	void whenConfigurationIsOnAPageThenHaproxyTakesIt(DocumentedConfiguration documented) throws Exception {
		for (HaproxyBinary haproxy : HaproxyProcess.all()) {
			if (isFor(documented, haproxy.version())) {
				Files.writeString(folder.resolve("haproxy.cfg"), withFilesOfTest(documented.main()));
				for (String name : documented.files().keySet()) {
					Files.writeString(folder.resolve(name), documented.files().get(name));
				}
				Process process = new ProcessBuilder(haproxy.path().toAbsolutePath().toString(), "-c", "-f",
						"haproxy.cfg")
					.directory(folder.toFile())
					.redirectErrorStream(true)
					.start();
				String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
				int status = process.waitFor();
				String texts = haproxy + "\n" + output + "\n" + documented.main() + "\n" + documented.files();
				if (documented.refused()) {
					assertThat(status).as(texts).isNotZero();
				}
				else {
					assertThat(status).as(texts).isZero();
					assertThat(output).as(texts).doesNotContainIgnoringCase("warning").doesNotContain("ALERT");
				}
			}
		}
	}

	private static boolean isFor(DocumentedConfiguration documented, String version) {
		String branch = version.replaceFirst("^(\\d+\\.\\d+).*", "$1");
		return branch.compareTo(documented.from()) >= 0 && branch.compareTo(documented.to()) <= 0;
	}

	private static String withFilesOfTest(String main) {
		String text = CERTIFICATE.matcher(MACHINE.matcher(main).replaceAll(""))
			.replaceAll((file) -> Matcher.quoteReplacement(file.group(1) + " " + folder.resolve("test.pem")));
		return FILE.matcher(text)
			.replaceAll((file) -> Matcher.quoteReplacement(file.group(1) + " " + folder.resolve("empty")));
	}

}
