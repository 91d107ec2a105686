package io.spop.haproxy.check;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

import io.spop.haproxy.HaproxyVersion;
import io.spop.haproxy.config.HaproxyConfiguration;
import io.spop.haproxy.config.Location;

/**
 * Collects the findings of the rules. Drops those of rules that do not hold for the
 * version, and those that depend on an environment variable or a condition whose value is
 * not known.
 */
final class Findings {

	private static final int LIMIT = 1000;

	private static final Comparator<Finding> ORDER = Comparator
		.comparing((Finding finding) -> finding.location().file())
		.thenComparingInt((finding) -> finding.location().line())
		.thenComparingInt((finding) -> finding.location().column())
		.thenComparing(Finding::severity)
		.thenComparing(Finding::rule);

	/**
	 * Rules that report something missing. It may be in an {@code .if} block that was not
	 * read.
	 */
	private static final Set<Rule> ABSENCES = EnumSet.of(Rule.BACKEND_UNKNOWN, Rule.ENGINE_WITHOUT_AGENT,
			Rule.ENGINE_UNKNOWN, Rule.MESSAGE_UNDEFINED, Rule.GROUP_UNDEFINED, Rule.BACKEND_MISSING,
			Rule.BACKEND_WITHOUT_SERVER, Rule.GROUP_NEVER_SENT, Rule.SPOE_MESSAGE_WITHOUT_EVENT, Rule.MESSAGE_UNUSED,
			Rule.SEND_UNKNOWN_GROUP, Rule.BODY_WITHOUT_WAIT, Rule.SPOP_CHECK_WITHOUT_CHECK,
			Rule.PROCESSING_TIMEOUT_MISSING, Rule.UNIQUE_ID_WITHOUT_FORMAT, Rule.NO_SPOE_FILTER, Rule.SEND_CONDITION);

	private final HaproxyVersion version;

	private final boolean complete;

	private final Set<String> undecidedLines;

	private final Set<Finding> found = new LinkedHashSet<>();

	Findings(HaproxyConfiguration configuration) {
		this.version = configuration.version();
		this.complete = configuration.problems()
			.stream()
			.noneMatch((problem) -> problem.id().equals(Rule.CONDITION_OPEN.id()));
		this.undecidedLines = configuration.problems()
			.stream()
			.filter((problem) -> problem.id().equals(Rule.VARIABLE_NOT_SET.id()))
			.map((problem) -> problem.location().toString())
			.collect(Collectors.toSet());
	}

	/**
	 * Add a finding, unless it has to be dropped.
	 */
	void add(Rule rule, Location location, String message) {
		add(rule, location, message, rule.remedy());
	}

	void add(Rule rule, Location location, String message, String remedy) {
		if (rule.holdsFor(this.version) && (this.complete || !ABSENCES.contains(rule))
				&& !this.undecidedLines.contains(location.toString())) {
			this.found.add(new Finding(rule.id(), rule.severity(), location, message, remedy));
		}
	}

	/**
	 * Add a finding in any case.
	 */
	void add(Finding finding) {
		this.found.add(finding);
	}

	/**
	 * Return the findings. If there are too many, these are the most severe ones, and a
	 * last one that says how many are left out.
	 */
	List<Finding> sorted() {
		if (this.found.size() <= LIMIT) {
			return this.found.stream().sorted(ORDER).toList();
		}
		List<Finding> severe = this.found.stream()
			.sorted(Comparator.comparing(Finding::severity).thenComparing(ORDER))
			.limit(LIMIT)
			.toList();
		List<Finding> sorted = new ArrayList<>(severe);
		sorted.sort(ORDER);
		sorted.add(new Finding(Rule.TOO_MANY_PROBLEMS.id(), severe.get(0).severity(), sorted.get(LIMIT - 1).location(),
				"The configuration has " + (this.found.size() - LIMIT) + " more problems, which are not listed.",
				Rule.TOO_MANY_PROBLEMS.remedy()));
		return sorted;
	}

}
