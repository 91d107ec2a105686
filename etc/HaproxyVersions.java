import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Makes the table of docs/haproxy-versions.md from the results that the tests write to
 * spop-core/target/haproxy-versions. The column of a HAProxy that the tests did not run
 * with stays as it is.
 *
 *     java etc/HaproxyVersions.java           writes the table
 *     java etc/HaproxyVersions.java --check   fails if the page has other results
 */
class HaproxyVersions {

	private static final String NOT_RUN = "not run";

	private static final Path PAGE = Path.of("docs", "haproxy-versions.md");

	private static final Path RESULTS = Path.of("spop-core", "target", "haproxy-versions");

	private static final Pattern BRANCH = Pattern.compile("\\d+\\.\\d+(-dev)?");

	/** A row. It ends with the test, and with the name of the result if the test has several. */
	private static final Pattern ROW = Pattern.compile("\\| .*\\| ([VCE]\\d+)( [a-z]+)? \\|");

	private static final Pattern TEST_CLASS = Pattern.compile("\\| \\| `(\\w+)` \\|");

	private static final Pattern TEST = Pattern.compile("\\| ([VCE]\\d+) \\| `(\\w+)` \\|");

	/** The versions, by branch. */
	private final Map<String, String> versions = new TreeMap<>();

	private final Map<String, Set<String>> seen = new LinkedHashMap<>();

	/** With --check, tests that did not run make no difference. */
	private final boolean check;

	private HaproxyVersions(boolean check) {
		this.check = check;
	}

	public static void main(String[] args) throws IOException {
		boolean check = List.of(args).equals(List.of("--check"));
		if (args.length > 0 && !check) {
			System.err.println("java etc/HaproxyVersions.java [--check]");
			System.exit(2);
		}
		HaproxyVersions results = new HaproxyVersions(check);
		results.read();
		List<String> page = Files.readAllLines(PAGE);
		List<String> made = results.make(page);
		if (!check) {
			Files.write(PAGE, made);
			return;
		}
		boolean differs = results.seen.isEmpty();
		if (differs) {
			System.err.println("No test has run.");
		}
		for (int i = 0; i < page.size(); i++) {
			if (!page.get(i).equals(made.get(i)) && !page.get(i).startsWith("Tested with ")) {
				System.err.printf("%s:%d says%n  %s%nThe tests saw%n  %s%n", PAGE, i + 1, page.get(i), made.get(i));
				differs = true;
			}
		}
		System.exit(differs ? 1 : 0);
	}

	private void read() throws IOException {
		if (!Files.isDirectory(RESULTS)) {
			System.err.println("There are no results in " + RESULTS + ". ./verify writes them, where it has a HAProxy.");
			System.exit(1);
		}
		Map<String, Path> newest = new TreeMap<>();
		try (DirectoryStream<Path> files = Files.newDirectoryStream(RESULTS, "*.txt")) {
			for (Path file : files) {
				Matcher branch = BRANCH.matcher(file.getFileName().toString());
				if (branch.lookingAt()) {
					newest.merge(branch.group(), file, HaproxyVersions::newer);
				}
			}
		}
		for (Map.Entry<String, Path> file : newest.entrySet()) {
			this.versions.put(file.getKey(), file.getValue().getFileName().toString().replaceAll("\\.txt$", ""));
			read(file.getKey(), file.getValue());
		}
	}

	private static Path newer(Path one, Path other) {
		return (one.toFile().lastModified() > other.toFile().lastModified()) ? one : other;
	}

	private void read(String branch, Path file) throws IOException {
		// The last result of a run counts, because a test may have run before
		Map<List<String>, String> runs = new LinkedHashMap<>();
		for (String line : Files.readAllLines(file)) {
			String[] part = line.split("\t", -1);
			if (part.length != 4) {
				throw new IllegalStateException(file + " has a line that no test writes: " + line);
			}
			runs.put(List.of(part[0], part[3], part[1]), part[2]);
		}
		runs.forEach((run, result) -> this.seen
			.computeIfAbsent(branch + " " + run.get(0) + " " + run.get(1), (key) -> new LinkedHashSet<>())
			.add(result));
	}

	private List<String> make(List<String> page) {
		Map<String, String> tests = tests(page);
		List<String> columns = List.of();
		List<String> made = new ArrayList<>();
		for (String line : page) {
			if (line.matches("\\| \\| \\d.*")) {
				columns = cells(line);
			}
			Matcher row = ROW.matcher(line);
			if (line.isEmpty()) {
				columns = List.of();
			}
			if (line.startsWith("Tested with ")) {
				made.add(testedWith(line));
			}
			else if (!columns.isEmpty() && row.matches()) {
				String thing = (row.group(2) != null) ? row.group(2).trim() : "";
				String test = tests.get(row.group(1));
				if (test == null) {
					throw new IllegalStateException("The page names no test " + row.group(1) + ": " + line);
				}
				made.add(row(columns, cells(line), test + " " + thing));
			}
			else {
				made.add(line);
			}
		}
		return made;
	}

	private static Map<String, String> tests(List<String> page) {
		Map<String, String> tests = new TreeMap<>();
		String type = "";
		for (String line : page) {
			Matcher testClass = TEST_CLASS.matcher(line);
			Matcher test = TEST.matcher(line);
			if (testClass.matches()) {
				type = testClass.group(1);
			}
			else if (test.matches()) {
				tests.put(test.group(1), type + "." + test.group(2));
			}
		}
		return tests;
	}

	private String row(List<String> columns, List<String> old, String test) {
		if (old.size() != columns.size()) {
			throw new IllegalStateException("A row of " + PAGE + " has " + old.size() + " cells, and its table " + columns.size()
					+ " columns. Give each row a cell for a new version, which may be empty: | " + String.join(" | ", old) + " |");
		}
		List<String> cells = new ArrayList<>(old);
		for (int i = 1; i < columns.size() - 1; i++) {
			if (this.versions.containsKey(columns.get(i))) {
				Set<String> results = this.seen.getOrDefault(columns.get(i) + " " + test, Set.of(this.check ? old.get(i) : NOT_RUN));
				cells.set(i, String.join(" or ", results));
			}
		}
		return "| " + String.join(" | ", cells) + " |";
	}

	/** Replaces the versions of this run, and keeps those of other branches. */
	private String testedWith(String line) {
		Map<String, String> all = new TreeMap<>();
		for (String version : line.replaceFirst("^Tested with ", "").replaceFirst("\\.$", "").split(", ")) {
			Matcher branch = BRANCH.matcher(version);
			if (branch.lookingAt()) {
				all.put(branch.group(), version);
			}
		}
		all.putAll(this.versions);
		return "Tested with " + String.join(", ", all.values()) + ".";
	}

	private static List<String> cells(String line) {
		return Arrays.stream(line.substring(1, line.length() - 1).split("\\|", -1)).map(String::trim).toList();
	}

}
