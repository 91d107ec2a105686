package io.spop.agent;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Who reads the clock of the system, which somebody may set forward or back. Deadlines,
 * timeouts and limits take {@link System#nanoTime()}.
 */
class ClockTests {

	private static final Path CLASSES = Path.of("target/classes/io/spop");

	@Test
	void whenAClassReadsTheClockOfTheSystemThenOnlyToTellTheTime() throws IOException {
		assertThat(readers()).containsExactlyInAnyOrder(
				// The time at which a connection was opened
				"agent/AgentConnection",
				// The deadline for a handler, as an Instant: counted from now, each time
				// it is asked for
				"agent/Exchange", "agent/MockSpopExchange",
				// The times in a recording
				"recording/ConnectionRecorder", "recording/Recorder");
	}

	private static List<String> readers() throws IOException {
		try (Stream<Path> files = Files.walk(CLASSES)) {
			return files.filter((file) -> file.toString().endsWith(".class") && readsClock(file))
				.map((file) -> CLASSES.relativize(file).toString().replaceAll("(\\$.*)?\\.class", ""))
				.distinct()
				.toList();
		}
	}

	private static boolean readsClock(Path file) {
		try {
			String pool = Files.readString(file, StandardCharsets.ISO_8859_1);
			boolean readsInstant = pool.contains("()Ljava/time/Instant;") && pool.contains("now");
			return readsInstant || pool.contains("currentTimeMillis") || pool.contains("java/time/Clock")
					|| pool.contains("java/util/Date");
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
