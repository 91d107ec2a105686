package io.spop.haproxy;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.spop.fuzzing.Input;
import io.spop.haproxy.check.ConfigurationCheck;
import io.spop.haproxy.check.Finding;
import io.spop.haproxy.config.ConfigurationReader;
import io.spop.haproxy.config.HaproxyConfiguration;
import io.spop.haproxy.config.Location;
import io.spop.haproxy.config.ReadProblem;

/**
 * Reads and checks any text as HAProxy's configuration and SPOE file. The time that this
 * takes may grow with the text, but not with its square.
 */
class ConfigurationFuzz {

	private static final String[] NAMES = { "haproxy.cfg", "agent.conf", "more.cfg" };

	private static final List<HaproxyVersion> VERSIONS = List.of(HaproxyVersion.of("2.6"), HaproxyVersion.of("3.0"),
			HaproxyVersion.of("3.2"), HaproxyVersion.of("3.4"));

	private static final ConfigurationReader READER = HaproxyConfiguration.reader()
		.environment(Map.of("SET", "value", "EMPTY", "", "LIST", "a b \"c"))
		.workingDirectory(Path.of("/nonexistent"));

	private static final AgentDescription AGENT = AgentDescription.of(
			List.of(ListenerDescription.tcp("tcp", "*", 12345)),
			List.of(MessageDescription.of("check")
				.event(SpoeEvent.ON_FRONTEND_HTTP_REQUEST)
				.argument(ArgumentDescription.named("ip").required(true).types(Set.of(SampleType.IPV4)).sample("src"))
				.argument(ArgumentDescription.at(1))
				.variable(VariableDescription.of("sess", "score"))
				.handler("Handler.check")));

	private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

	/** More than loading and instrumenting classes takes. */
	private static final long ALLOWANCE_NANOS = 5_000_000_000L;

	private static final int MANY = 10_000;

	@FuzzTest
	void configuration(byte[] bytes) {
		Input input = new Input(bytes);
		int choice = input.next();
		String text = new String(input.rest(), StandardCharsets.UTF_8);
		// The files are separated by a character that is no part of a configuration
		String[] files = text.split("\f", 3);
		// Large texts take half a second, in which hundreds of small ones are checked
		if (choice != 0xFF) {
			check(files, choice, 0);
			return;
		}
		long nanos = check(files, choice, MANY);
		long moreNanos = check(files, choice, 4 * MANY);
		require(moreNanos < ALLOWANCE_NANOS + 8 * nanos, "4 times the text took " + moreNanos + " ns, not " + nanos);
	}

	/**
	 * Check a configuration.
	 * @param size the number of characters up to which the texts are repeated, so that a
	 * small input becomes large files
	 * @return the time of the processor that this took
	 */
	private static long check(String[] files, int choice, int size) {
		Map<String, String> texts = new LinkedHashMap<>();
		for (int i = 0; i < files.length; i++) {
			texts.put(NAMES[i], files[i].repeat(1 + size / (1 + files[i].length())));
		}
		long begun = THREADS.getCurrentThreadCpuTime();
		HaproxyConfiguration configuration = READER.version(VERSIONS.get(choice & 3)).readTexts(texts);
		List<Finding> findings = ConfigurationCheck.check(configuration);
		List<Finding> more = ConfigurationCheck.check(configuration, AGENT);
		long nanos = THREADS.getCurrentThreadCpuTime() - begun;
		require(more.containsAll(findings) || !configuration.filters().isEmpty() || areCut(more),
				"Findings were lost: " + findings + " " + more);
		for (ReadProblem problem : configuration.problems()) {
			require(!problem.message().isBlank(), "A problem says nothing: " + problem);
			requireInFile(problem.location(), texts);
		}
		for (Finding finding : more) {
			require(!finding.message().isBlank() && !finding.remedy().isBlank(), "A finding says nothing: " + finding);
			requireInFile(finding.location(), texts);
		}
		return nanos;
	}

	/**
	 * Return whether there are more findings than are listed. Those about the agent then
	 * take the places of others.
	 */
	private static boolean areCut(List<Finding> findings) {
		return findings.stream().anyMatch((finding) -> finding.rule().equals("too-many-problems"));
	}

	/**
	 * What concerns no single file is on the first line of a file that does not exist.
	 */
	private static void requireInFile(Location location, Map<String, String> texts) {
		String file = texts.getOrDefault(location.file(), "");
		require(location.line() <= file.lines().count() + 1, "No such place: " + location);
	}

	private static void require(boolean condition, String message) {
		if (!condition) {
			throw new AssertionError(message);
		}
	}

}
