package io.spop.boot.autoconfigure.actuate;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.distribution.DistributionStatisticConfig;
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

	private static String scrapeWithHistogram;

	@BeforeAll
	static void scrape() {
		scrape = scrape(new PrometheusMeterRegistry(PrometheusConfig.DEFAULT));
		PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
		registry.config().meterFilter(new MeterFilter() {

			@Override
			public DistributionStatisticConfig configure(Meter.Id id, DistributionStatisticConfig config) {
				return DistributionStatisticConfig.builder().percentilesHistogram(true).build().merge(config);
			}

		});
		scrapeWithHistogram = scrape + scrape(registry);
	}

	private static String scrape(PrometheusMeterRegistry registry) {
		AtomicReference<String> scraped = new AtomicReference<>();
		new ApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(SpopAgentAutoConfiguration.class,
					SpopHandlerAutoConfiguration.class, SpopMetricsAutoConfiguration.class))
			.withPropertyValues("spop.listeners.main.port=0")
			.withBean(PrometheusMeterRegistry.class, () -> registry)
			.withBean(Handlers.class)
			.run((context) -> scraped.set(registry.scrape()));
		return scraped.get();
	}

	@ParameterizedTest
	@ValueSource(strings = { "grafana-dashboard.json", "prometheus-rules.yml", "prometheus-rules-test.yml" })
	void whenFileNamesAMetricThenItIsScraped(String file) throws Exception {
		Set<String> named = metrics(Files.readString(FOLDER.resolve(file)));
		assertThat(named).isNotEmpty();
		assertThat(metrics(scrapeWithHistogram)).containsAll(named);
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

	@Test
	void whenThereIsAnAlertThenItSaysHowUrgentItIsAndLeadsToItsSection() throws Exception {
		String page = Files.readString(Path.of("../docs/monitoring.md"));
		String rules = Files.readString(FOLDER.resolve("prometheus-rules.yml"));
		String tests = Files.readString(FOLDER.resolve("prometheus-rules-test.yml"));
		String[] alerts = rules.split("- alert: ");
		assertThat(alerts).hasSizeGreaterThan(20);
		for (String alert : Arrays.copyOfRange(alerts, 1, alerts.length)) {
			String name = alert.lines().findFirst().orElseThrow();
			assertThat(alert).as(name).containsPattern("\n +for: \\d+[sm]\n");
			String severity = find(alert, "\n +severity: (critical|warning|info)\n");
			String section = find(alert, "\n +runbook_url: docs/monitoring\\.md#([a-z]+)\n");
			assertThat(page).as(name)
				.contains("| [" + name + "](#" + section + ") | " + severity + " |")
				.containsPattern("(?im)^### " + section + "$");
			assertThat(tests).as(name).containsPattern("alertname: " + name + "\n +eval_time: \\w+\n +exp_alerts:");
		}
	}

	private static String find(String text, String pattern) {
		Matcher matcher = Pattern.compile(pattern).matcher(text);
		assertThat(matcher.find()).as("%s in %s", pattern, text).isTrue();
		return matcher.group(1);
	}

	private static Set<String> metrics(String text) {
		return METRIC.matcher(text)
			.results()
			.map((found) -> found.group())
			.collect(Collectors.toCollection(TreeSet::new));
	}

	private static Set<String> values(String metric, String label) {
		return Pattern.compile("(?m)^" + metric + "\\{.*?\\b" + label + "=\"([^\"]*)\"")
			.matcher(scrapeWithHistogram)
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
