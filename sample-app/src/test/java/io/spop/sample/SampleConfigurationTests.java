package io.spop.sample;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import io.spop.boot.test.autoconfigure.HaproxyConfigurationAssert;
import io.spop.boot.test.autoconfigure.SpopTest;
import io.spop.haproxy.AgentDescription;
import io.spop.haproxy.HaproxyVersion;
import io.spop.haproxy.config.HaproxyConfiguration;
import io.spop.haproxy.config.Proxy;
import io.spop.haproxy.config.Server;
import io.spop.haproxy.write.ConfigurationWriter;
import io.spop.haproxy.write.WrittenConfiguration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.context.properties.EnableConfigurationProperties;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * HAProxy's configuration and the handlers of the sample are two halves.
 */
@SpopTest
@EnableConfigurationProperties(Reputation.Settings.class)
class SampleConfigurationTests {

	@Autowired
	private AgentDescription agent;

	@ParameterizedTest
	@MethodSource("versions")
	void whenHaproxyHasTheConfigurationOfTheRepositoryThenItFitsTheHandlers(HaproxyVersion version) {
		HaproxyConfigurationAssert
			.assertThat(HaproxyConfiguration.reader()
				.version(version)
				.workingDirectory(Path.of(".."))
				.read(Path.of("haproxy/haproxy.cfg")))
			.fits(this.agent);
	}

	@ParameterizedTest
	@MethodSource("versions")
	void whenHaproxyFindsAgentsByTheirNameThenItFitsTheHandlers(HaproxyVersion version) {
		HaproxyConfiguration configuration = HaproxyConfiguration.reader()
			.version(version)
			.environment(Map.of("SPOP_AGENTS", "sample", "STATS_BIND", "*:8404"))
			.workingDirectory(Path.of(".."))
			.read(Path.of("haproxy/haproxy.cfg"));
		HaproxyConfigurationAssert.assertThat(configuration).fits(this.agent);
		assertThat(configuration.proxies()).flatExtracting(Proxy::servers)
			.extracting(Server::host)
			.containsExactly("sample", null, "sample");
	}

	@ParameterizedTest
	@MethodSource("versions")
	void whenConfigurationIsWrittenThenOnlyTheArgumentsThatAHandlerReadsByItselfAreToDo(HaproxyVersion version) {
		WrittenConfiguration written = ConfigurationWriter.write(this.agent, version);
		assertThat(String.join("", written.files().values()).lines().filter((line) -> line.contains("TODO")))
			.containsExactly(
					"    # TODO args ...: the handler reads the arguments by itself, so add those that it reads");
		assertThat(written.spoe()).contains("timeout processing", "args ip=src", "country=req.hdr(CF-IPCountry)");
	}

	static List<HaproxyVersion> versions() {
		return HaproxyVersion.SUPPORTED;
	}

}
