package io.spop.sample;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * The page about deployment shows the files of the folder of that name.
 */
class DeploymentPageTests {

	private static final Path FOLDER = Path.of("../deployment");

	private static final Pattern FILE = Pattern.compile("^```\\w+ title=\"([^\"]+)\"\\n(.*?)^```$",
			Pattern.MULTILINE | Pattern.DOTALL);

	@Test
	void whenPageShowsFilesThenTheyAreThoseOfTheFolder() throws IOException {
		Map<String, String> shown = FILE.matcher(Files.readString(Path.of("../docs/deployment.md")))
			.results()
			.collect(Collectors.toMap((result) -> Path.of(result.group(1)).getFileName().toString(),
					(result) -> result.group(2)));
		try (Stream<Path> files = Files.list(FOLDER)) {
			assertThat(files.collect(Collectors.toMap((file) -> file.getFileName().toString(), this::read)))
				.isEqualTo(shown);
		}
	}

	@Test
	void whenSystemdReadsUnitThenItHasNoObjection(@TempDir Path folder) throws Exception {
		Path systemd = Path.of("/usr/bin/systemd-analyze");
		assumeThat(systemd).exists();
		assumeThat(Path.of("/usr/bin/java")).exists();
		assumeThat(Path.of("/usr/bin/curl")).exists();
		Path unit = folder.resolve("spop-agent@one.service");
		Files.copy(FOLDER.resolve("spop-agent@.service"), unit);
		Process process = new ProcessBuilder(systemd.toString(), "verify", unit.toString()).redirectErrorStream(true)
			.start();
		assertThat(process.inputReader().lines()).isEmpty();
		assertThat(process.waitFor()).isZero();
	}

	@Test
	void whenUnitStopsAgentThenItWaitsForAllItsTimes() throws IOException {
		String settings = Files.readString(FOLDER.resolve("application.yaml"));
		// Spring Boot gives the web server, which stops after the agent, 30 s
		int all = seconds(settings, "pre-drain-delay: ") + seconds(settings, "grace-period: ") + 30;
		assertThat(seconds(Files.readString(FOLDER.resolve("spop-agent@.service")), "TimeoutStopSec="))
			.isGreaterThan(all);
	}

	private static int seconds(String text, String name) {
		return Integer.parseInt(text.lines()
			.map(String::strip)
			.filter((line) -> line.startsWith(name) && line.endsWith("s"))
			.findFirst()
			.orElseThrow()
			.replaceAll("\\D", ""));
	}

	private String read(Path file) {
		try {
			return Files.readString(file);
		}
		catch (IOException ex) {
			throw new AssertionError(ex);
		}
	}

}
