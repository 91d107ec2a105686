package io.spop.cli;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

import io.spop.cli.conformance.CaseResult;
import io.spop.cli.conformance.CaseResult.Verdict;
import io.spop.cli.conformance.Category;
import io.spop.cli.conformance.ConformanceCase;
import io.spop.cli.conformance.Level;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Help.Ansi;

/**
 * Prints results for people: a line for each category, with the cases that failed, and at
 * the end the totals.
 */
final class ConformanceReport {

	private static final int SHOWN_LINES = 40;

	private final PrintWriter out;

	private final List<CaseResult> results = new ArrayList<>();

	private final List<CaseResult> category = new ArrayList<>();

	ConformanceReport(PrintWriter out) {
		this.out = out;
	}

	void add(CaseResult result) {
		if (!this.category.isEmpty() && category() != result.conformanceCase().category()) {
			printCategory();
		}
		this.category.add(result);
		this.results.add(result);
	}

	void end(Duration time) {
		printCategory();
		long failed = count(this.results, Verdict.FAILED) + count(this.results, Verdict.ERROR);
		this.out.println();
		this.out.printf(Locale.ROOT, "%s in %.1f s%n", sentence(this.results), time.toMillis() / 1000.0);
		if (failed > 0) {
			this.out.printf(Locale.ROOT,
					"HAProxy needs %d of what failed (must), and the specification asks for %d (should).%n",
					failed(Level.MUST), failed(Level.SHOULD));
		}
		notRun();
	}

	private void notRun() {
		List<CaseResult> notRun = this.results.stream()
			.filter((result) -> result.verdict() == Verdict.NOT_RUN)
			.toList();
		if (!notRun.isEmpty()) {
			this.out.println("Not run, since " + notRun.get(0).reason() + ":");
			notRun.forEach((result) -> this.out.println("  " + result.conformanceCase().id()));
		}
	}

	private Category category() {
		return this.category.get(0).conformanceCase().category();
	}

	private void printCategory() {
		if (this.category.isEmpty()) {
			return;
		}
		this.out.printf(Locale.ROOT, "%-20s %s%n", category(), sentence(this.category));
		this.category.stream()
			.filter((result) -> result.verdict() == Verdict.FAILED || result.verdict() == Verdict.ERROR)
			.forEach(this::printFailure);
		this.category.stream()
			.filter((result) -> result.verdict() == Verdict.SKIPPED)
			.collect(Collectors.groupingBy(CaseResult::reason, LinkedHashMap::new, Collectors.counting()))
			.forEach((reason, count) -> this.out.println("  " + count + " skipped, since " + reason));
		this.out.flush();
		this.category.clear();
	}

	private void printFailure(CaseResult result) {
		ConformanceCase failed = result.conformanceCase();
		String verdict = (result.verdict() == Verdict.ERROR) ? "ERROR" : "FAILED";
		this.out.println();
		this.out.println(
				"  " + coloured("red", verdict) + " " + failed.id() + " (" + failed.level() + "): " + failed.title());
		if (!result.expected().isEmpty()) {
			this.out.println("    expected: " + result.expected());
		}
		this.out.println("    came:     " + result.reason());
		this.out.println("    HAProxy:  " + failed.otherwise());
		this.out.println("    source:   " + failed.source());
		List<String> script = result.script();
		script.stream().limit(SHOWN_LINES).forEach((line) -> this.out.println("      " + line));
		if (script.size() > SHOWN_LINES) {
			this.out.println("      ... 'spop conformance --list --case " + failed.id() + "' shows all");
		}
		this.out.println();
	}

	private static String sentence(List<CaseResult> results) {
		List<String> parts = new ArrayList<>();
		parts.add(coloured((count(results, Verdict.PASSED) == results.size()) ? "green" : null,
				count(results, Verdict.PASSED) + " of " + results.size() + " passed"));
		add(parts, count(results, Verdict.FAILED), "failed");
		add(parts, count(results, Verdict.ERROR), "ended with the death of the agent");
		add(parts, count(results, Verdict.SKIPPED), "skipped");
		add(parts, count(results, Verdict.NOT_RUN), "not run");
		return String.join(", ", parts);
	}

	private static void add(List<String> parts, long count, String what) {
		if (count > 0) {
			parts.add(count + " " + what);
		}
	}

	private static String coloured(@Nullable String colour, String text) {
		return (colour != null) ? Ansi.AUTO.string("@|" + colour + " " + text + "|@") : text;
	}

	private long failed(Level level) {
		return this.results.stream()
			.filter((result) -> result.verdict() == Verdict.FAILED || result.verdict() == Verdict.ERROR)
			.filter((result) -> result.conformanceCase().level() == level)
			.count();
	}

	private static long count(List<CaseResult> results, Verdict verdict) {
		return results.stream().filter((result) -> result.verdict() == verdict).count();
	}

	static String words(Verdict verdict) {
		return verdict.name().toLowerCase(Locale.ROOT).replace('_', ' ');
	}

}
