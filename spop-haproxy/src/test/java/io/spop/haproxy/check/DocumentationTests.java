package io.spop.haproxy.check;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

import io.spop.haproxy.HaproxyVersion;
import io.spop.haproxy.SetOnError;
import io.spop.haproxy.SpoeEvent;
import io.spop.haproxy.config.HaproxyConfiguration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Compares the page in the documentation with the rules, and checks the configurations of
 * the project itself.
 */
class DocumentationTests {

	private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

	@Test
	void whenRuleChangesThenPageDoesToo() throws IOException {
		List<String> page = page();
		assertThat(page.stream().filter((line) -> line.startsWith("| `"))).containsExactlyElementsOf(rows());
		for (RuleDescription rule : ConfigurationCheck.rules()) {
			String topic = rule.page().substring(rule.page().indexOf('#') + 1);
			assertThat(page).contains("### " + topic.substring(0, 1).toUpperCase(Locale.ROOT) + topic.substring(1));
		}
	}

	@Test
	void whenCodeChangesThenPageDoesToo() throws IOException {
		List<String> rows = SetOnError.codes().stream().map((code) -> {
			String before = code.meaning(HaproxyVersion.of("3.0"));
			String since = code.meaning(HaproxyVersion.of("3.1"));
			return "| " + code.code() + " | " + before + " | " + (since.equals(before) ? "the same" : since) + " | "
					+ code.remedy() + " |";
		}).toList();
		assertThat(page().stream().filter((line) -> line.matches("\\| \\d+ \\|.*"))).containsExactlyElementsOf(rows);
	}

	@Test
	void whenEventsAreListedThenAllAre() throws IOException {
		assertThat(page().stream().filter((line) -> line.startsWith("| on-")).map((line) -> line.split(" ")[1]))
			.containsExactlyElementsOf(Arrays.stream(SpoeEvent.values())
				.filter((event) -> event != SpoeEvent.NONE)
				.map(SpoeEvent::keyword)
				.toList());
	}

	@ParameterizedTest
	@MethodSource("versions")
	void whenConfigurationIsTheProjectsOwnThenNothingIsFound(HaproxyVersion version) {
		Path folder = ROOT.resolve("haproxy");
		HaproxyConfiguration configuration = HaproxyConfiguration.reader()
			.version(version)
			.read(folder.resolve("haproxy.cfg"));
		assertThat(ConfigurationCheck.check(configuration)
			.stream()
			.filter((finding) -> !finding.rule().equals("spoe-file-elsewhere"))).isEmpty();
	}

	@ParameterizedTest
	@MethodSource("versions")
	void whenConfigurationIsThatOfTheReadmeThenNothingIsFound(HaproxyVersion version) throws IOException {
		String readme = Files.readString(ROOT.resolve("README.md"), StandardCharsets.UTF_8);
		String main = block(readme, "haproxy.cfg");
		String spoe = block(readme, "reputation.conf");
		HaproxyConfiguration configuration = HaproxyConfiguration.reader()
			.version(version)
			.readTexts(new TreeMap<>(Map.of("haproxy.cfg", main, "reputation.conf", spoe)));
		assertThat(configuration.filters()).hasSize(1);
		assertThat(ConfigurationCheck.check(configuration)).isEmpty();
	}

	private static String block(String markdown, String title) {
		String fence = "```haproxy title=\"" + title + "\"\n";
		assertThat(markdown).containsOnlyOnce(fence);
		int start = markdown.indexOf(fence) + fence.length();
		return markdown.substring(start, markdown.indexOf("```", start));
	}

	static Stream<HaproxyVersion> versions() {
		return HaproxyVersion.SUPPORTED.stream();
	}

	private static List<String> rows() {
		return ConfigurationCheck.rules()
			.stream()
			.map((rule) -> "| `" + rule.id() + "` | "
					+ (rule.refused() ? "error, refused" : rule.severity().name().toLowerCase(Locale.ROOT)) + " | "
					+ rule.versions() + " | " + rule.sentence() + " " + rule.remedy() + " |")
			.toList();
	}

	private static List<String> page() throws IOException {
		return Files.readAllLines(ROOT.resolve("docs/haproxy-configuration.md"), StandardCharsets.UTF_8);
	}

}
