package io.spop.boot.autoconfigure.actuate;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.spop.annotation.SpopMessage;
import io.spop.boot.autoconfigure.SpopAgentAutoConfiguration;
import io.spop.boot.autoconfigure.SpopHandlerAutoConfiguration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Holds the dashboard and the alert rules to what Prometheus scrapes.
 */
class MonitoringTests {

	private static final Path FOLDER = Path.of("../monitoring");

	private static final Pattern METRIC = Pattern.compile("\\bspop_[a-z_]+\\b");

	private static final Pattern SELECTOR = Pattern.compile("\\b(spop_[a-z_]+)\\{([^}]*)\\}");

	private static final Pattern MATCHER = Pattern.compile("([a-z]+)(=|!=|=~)\\\\?\"([^\"\\\\]*)\\\\?\"");

	private static final Set<String> LABELS_OF_PROMETHEUS = Set.of("job", "instance");

	private static String scrape;

	@BeforeAll
	static void scrape() {
		PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
		new ApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(SpopAgentAutoConfiguration.class,
					SpopHandlerAutoConfiguration.class, SpopMetricsAutoConfiguration.class))
			.withPropertyValues("spop.listeners.main.port=0")
			.withBean(PrometheusMeterRegistry.class, () -> registry)
			.withBean(Handlers.class)
			.run((context) -> scrape = registry.scrape());
	}

	@ParameterizedTest
	@ValueSource(strings = { "grafana-dashboard.json", "prometheus-rules.yml", "prometheus-rules-test.yml" })
	void whenFileNamesAMetricThenItIsScraped(String file) throws Exception {
		Set<String> named = metrics(Files.readString(FOLDER.resolve(file)));
		assertThat(named).isNotEmpty();
		assertThat(metrics(scrape)).containsAll(named);
	}

	@ParameterizedTest
	@ValueSource(strings = { "grafana-dashboard.json", "prometheus-rules.yml", "prometheus-rules-test.yml" })
	void whenFileSelectsByALabelThenTheMetricHasIt(String file) throws Exception {
		SELECTOR.matcher(Files.readString(FOLDER.resolve(file)))
			.results()
			.forEach((selector) -> MATCHER.matcher(selector.group(2)).results().forEach((matcher) -> {
				String label = matcher.group(1);
				if (!LABELS_OF_PROMETHEUS.contains(label)) {
					Set<String> values = values(selector.group(1), label);
					assertThat(values).as(selector.group()).isNotEmpty();
					if (!matcher.group(3).startsWith("$")) {
						assertThat(values).as(selector.group())
							.containsAll(Arrays.asList(matcher.group(3).split("\\|")));
					}
				}
			}));
	}

	@Test
	void whenAMetricIsScrapedThenTheDashboardShowsIt() throws Exception {
		assertThat(metrics(Files.readString(FOLDER.resolve("grafana-dashboard.json"))))
			.containsAll(metrics(scrape.replaceAll("(?m)^#.*", "")));
	}

	private static Set<String> metrics(String text) {
		return METRIC.matcher(text)
			.results()
			.map((found) -> found.group())
			.collect(Collectors.toCollection(TreeSet::new));
	}

	private static Set<String> values(String metric, String label) {
		return Pattern.compile("(?m)^" + metric + "\\{.*?\\b" + label + "=\"([^\"]*)\"")
			.matcher(scrape)
			.results()
			.map((found) -> found.group(1))
			.collect(Collectors.toSet());
	}

	static class Handlers {

		@SpopMessage("test")
		void handle() {
		}

	}

}
