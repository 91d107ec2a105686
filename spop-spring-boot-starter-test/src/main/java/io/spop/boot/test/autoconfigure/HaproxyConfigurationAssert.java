package io.spop.boot.test.autoconfigure;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

import io.spop.haproxy.AgentDescription;
import io.spop.haproxy.check.ConfigurationCheck;
import io.spop.haproxy.check.Finding;
import io.spop.haproxy.check.RuleDescription;
import io.spop.haproxy.check.Severity;
import io.spop.haproxy.config.HaproxyConfiguration;
import org.assertj.core.api.AbstractAssert;
import org.jspecify.annotations.Nullable;

/**
 * Asserts for HAProxy's configuration. A failure lists the findings with file and line.
 *
 * <pre class="code">
 * &#64;Test
 * void whenHaproxyIsConfiguredThenItFitsTheHandlers(&#64;Autowired AgentDescription agent) {
 *     assertThat(HaproxyConfiguration.reader().read(Path.of("haproxy/haproxy.cfg"))).fits(agent);
 * }
 * </pre>
 *
 * @since 0.1.0
 * @see SpopTest
 */
public final class HaproxyConfigurationAssert extends AbstractAssert<HaproxyConfigurationAssert, HaproxyConfiguration> {

	private final Set<String> ignored = new LinkedHashSet<>();

	private HaproxyConfigurationAssert(@Nullable HaproxyConfiguration actual) {
		super(actual, HaproxyConfigurationAssert.class);
	}

	/**
	 * Return asserts for a configuration.
	 * @param actual the configuration, read by {@code HaproxyConfiguration.reader()}
	 * @return the asserts
	 */
	public static HaproxyConfigurationAssert assertThat(@Nullable HaproxyConfiguration actual) {
		return new HaproxyConfigurationAssert(actual);
	}

	/**
	 * Leave the findings of some rules out of the asserts that follow.
	 * @param rules the ids of the rules, such as {@code handler-without-message}; each
	 * finding ends with the id in brackets
	 * @return this assert
	 * @throws IllegalArgumentException if there is no such rule
	 */
	public HaproxyConfigurationAssert ignoring(String... rules) {
		Set<String> known = ConfigurationCheck.rules().stream().map(RuleDescription::id).collect(Collectors.toSet());
		for (String rule : Objects.requireNonNull(rules, "rules")) {
			if (!known.contains(rule)) {
				throw new IllegalArgumentException("There is no rule '" + rule + "'. A rule is named in the brackets"
						+ " behind a finding, such as handler-without-message");
			}
			this.ignored.add(rule);
		}
		return this;
	}

	/**
	 * Verify that the configuration is without errors and warnings, by itself and against
	 * the handlers of an agent.
	 * @param agent the agent, a bean of the started application
	 * @return this assert
	 */
	public HaproxyConfigurationAssert fits(AgentDescription agent) {
		Objects.requireNonNull(agent, "agent");
		isNotNull();
		return verify(ConfigurationCheck.check(this.actual, agent), "to fit the handlers of the agent");
	}

	/**
	 * Verify that the configuration is without errors and warnings by itself.
	 * @return this assert
	 */
	public HaproxyConfigurationAssert isValid() {
		isNotNull();
		return verify(ConfigurationCheck.check(this.actual), "to be valid");
	}

	private HaproxyConfigurationAssert verify(List<Finding> findings, String expectation) {
		String text = findings.stream()
			.filter((finding) -> finding.severity() != Severity.HINT && !this.ignored.contains(finding.rule()))
			.map((finding) -> "  " + finding)
			.collect(Collectors.joining("\n"));
		if (!text.isEmpty()) {
			throw failure("%nExpected HAProxy's configuration %s, but%n%s", expectation, text);
		}
		return this;
	}

}
