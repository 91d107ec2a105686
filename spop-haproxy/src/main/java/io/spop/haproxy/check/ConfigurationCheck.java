package io.spop.haproxy.check;

import java.util.Arrays;
import java.util.List;

import io.spop.haproxy.AgentDescription;
import io.spop.haproxy.config.HaproxyConfiguration;
import io.spop.haproxy.config.ReadProblem;
import org.jspecify.annotations.Nullable;

/**
 * Checks the SPOE part of HAProxy's configuration. The check finds what HAProxy refuses,
 * what HAProxy accepts although it does not work, and what does not fit the handlers of
 * an agent. Safe to use by any thread.
 *
 * @since 0.1.0
 */
public final class ConfigurationCheck {

	private ConfigurationCheck() {
	}

	/**
	 * Check a configuration by itself.
	 * @param configuration the configuration, which also says for which version of
	 * HAProxy it is checked
	 * @return the findings in the order of file, line and column; empty if there are none
	 */
	public static List<Finding> check(HaproxyConfiguration configuration) {
		return findings(configuration, null);
	}

	/**
	 * Check a configuration by itself and against the handlers of an agent. Engines of
	 * other agents are not compared with the handlers.
	 * @param configuration the configuration, which also says for which version of
	 * HAProxy it is checked
	 * @param agent the agent
	 * @return the findings in the order of file, line and column; empty if there are none
	 */
	public static List<Finding> check(HaproxyConfiguration configuration, AgentDescription agent) {
		return findings(configuration, agent);
	}

	private static List<Finding> findings(HaproxyConfiguration configuration, @Nullable AgentDescription agent) {
		Findings findings = new Findings(configuration);
		for (ReadProblem problem : configuration.problems()) {
			findings.add(new Finding(problem.id(), problem.error() ? Severity.ERROR : Severity.HINT, problem.location(),
					problem.message(), problem.remedy()));
		}
		List<Engine> engines = Engine.of(configuration);
		new FilterRules(configuration, engines, findings).check();
		for (Engine engine : engines) {
			new AgentRules(engine, findings).check();
			new MessageRules(engine, findings).check();
			new ArgumentRules(engine, findings).check();
		}
		new BackendRules(configuration, engines, findings).check();
		VariableRules variables = new VariableRules(configuration, engines, findings);
		variables.check();
		if (agent != null) {
			new HandlerRules(configuration, engines, variables, agent, findings).check();
		}
		return findings.sorted();
	}

	/**
	 * Return all rules of the check.
	 * @return a description of each rule
	 */
	public static List<RuleDescription> rules() {
		return Arrays.stream(Rule.values()).map(Rule::describe).toList();
	}

}
