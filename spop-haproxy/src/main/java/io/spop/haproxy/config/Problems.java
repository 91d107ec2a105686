package io.spop.haproxy.config;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Collects the problems of the reader: each problem once, and a limited number for a
 * file.
 */
final class Problems {

	private static final int LIMIT_PER_FILE = 50;

	private final Set<ReadProblem> found = new LinkedHashSet<>();

	private final Map<String, Integer> counts = new HashMap<>();

	void error(String id, Location location, String message, String remedy) {
		add(new ReadProblem(id, true, location, message, remedy));
	}

	void hint(String id, Location location, String message, String remedy) {
		add(new ReadProblem(id, false, location, message, remedy));
	}

	private void add(ReadProblem problem) {
		int count = this.counts.getOrDefault(problem.location().file(), 0);
		if (count < LIMIT_PER_FILE) {
			if (this.found.add(problem)) {
				this.counts.put(problem.location().file(), count + 1);
			}
		}
		else if (count == LIMIT_PER_FILE) {
			this.counts.put(problem.location().file(), count + 1);
			this.found.add(new ReadProblem("too-many-problems", true, problem.location(),
					"The file has more problems, which are not listed.", "Correct those that are listed first."));
		}
	}

	List<ReadProblem> list() {
		return new ArrayList<>(this.found);
	}

}
