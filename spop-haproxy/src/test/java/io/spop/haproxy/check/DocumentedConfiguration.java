package io.spop.haproxy.check;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import io.spop.test.Documentation;
import org.jspecify.annotations.Nullable;

/**
 * A HAProxy configuration on a page of the documentation, completed if it is a part.
 * <p>
 * A block with a title is a whole file, and is checked with the other files of the page
 * that it names. A block without one stands behind a comment that says where its lines
 * belong:
 *
 * <pre>
 * &lt;!-- haproxy: frontend, versions 3.1+ --&gt;
 * </pre>
 *
 * @param place the page and the line
 * @param main the main file
 * @param files the SPOE files by name
 * @param complete whether the page has all of it
 * @param from the first version that it is for
 * @param to the last version that it is for
 * @param refused whether it is an example of what HAProxy refuses
 * @param finding the rule of the check that it is an example for, or {@code null}
 */
record DocumentedConfiguration(String place, String main, Map<String, String> files, boolean complete, String from,
		String to, boolean refused, @Nullable String finding) {

	private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

	private static final Pattern BLOCK = Pattern.compile(
			"^(?:<!-- haproxy: (?<where>[^\\n]*) -->\\n)?"
					+ "```haproxy(?: title=\"(?<title>[^\"\\n]+)\")?\\n(?<text>.*?)^```$",
			Pattern.MULTILINE | Pattern.DOTALL);

	private static final Pattern FILTER = Pattern.compile("filter spoe(?: engine (\\S+))? config (\\S+)");

	private static final Pattern SEND = Pattern.compile("send-spoe-group (\\S+) (\\S+)");

	private static final Pattern BACKEND = Pattern.compile("(?m)^\\s*(?:use|default)[_-]backend ([A-Za-z0-9_.-]+)");

	private static final Pattern LISTED = Pattern.compile("(?m)^\\s*(messages|groups) ([^#\\n]+)");

	private static final String GLOBAL = """
			global
			    log stdout format raw local0
			""";

	private static final String DEFAULTS = """
			defaults
			    log global
			    mode http
			    timeout connect 1s
			    timeout client 30s
			    timeout server 3m
			""";

	/** What each backend of agents has. */
	private static final String SERVER = """
			    mode tcp
			    option spop-check
			    server agent 127.0.0.1:12345 check
			""";

	private static final String AGENT = """
			    option var-prefix rep
			    option set-on-error error
			    option dontlog-normal
			    no option send-frag-payload
			    log global
			    timeout hello 2s
			    timeout idle 2m
			    timeout processing 50ms
			    use-backend agents
			""";

	/**
	 * Find the configurations of all pages.
	 */
	static Stream<DocumentedConfiguration> all() throws IOException {
		return Documentation.pages().stream().flatMap(DocumentedConfiguration::of);
	}

	private static Stream<DocumentedConfiguration> of(Path page) {
		String text = read(page);
		List<MatchResult> blocks = BLOCK.matcher(text).results().toList();
		TreeMap<Integer, Map.Entry<String, String>> titled = new TreeMap<>();
		blocks.stream()
			.filter((block) -> block.group(2) != null)
			.forEach((block) -> titled.put(block.start(), Map.entry(name(block.group(2)), block.group(3))));
		return blocks.stream().filter((block) -> !isSpoeFileOfAnother(block, titled)).map((block) -> {
			String place = ROOT.relativize(page) + ":" + text.substring(0, block.start()).lines().count();
			String[] where = (block.group(1) != null) ? block.group(1).split(", *") : new String[] { "" };
			String versions = word(where, "versions");
			Map<String, String> files = new TreeMap<>();
			String main = (block.group(2) != null) ? whole(block, titled, files)
					: withAgents(part(place, where[0], block.group(3), files), files);
			return new DocumentedConfiguration(place, main, files, block.group(2) != null,
					(versions != null && versions.endsWith("+")) ? versions.replace("+", "") : "2.6",
					(versions != null && versions.startsWith("-")) ? versions.substring(1) : "9",
					List.of(where).contains("refused"), word(where, "finding"));
		});
	}

	private static @Nullable String word(String[] where, String name) {
		return Stream.of(where)
			.filter((part) -> part.startsWith(name + " "))
			.map((part) -> part.substring(name.length() + 1))
			.findFirst()
			.orElse(null);
	}

	private static String name(String path) {
		return path.substring(path.lastIndexOf('/') + 1);
	}

	private static boolean isSpoeFileOfAnother(MatchResult block, Map<Integer, Map.Entry<String, String>> titled) {
		return block.group(2) != null && isSpoe(block.group(3))
				&& titled.values()
					.stream()
					.anyMatch((file) -> FILTER.matcher(file.getValue())
						.results()
						.anyMatch((filter) -> name(filter.group(2)).equals(name(block.group(2)))));
	}

	private static boolean isSpoe(String text) {
		return Pattern.compile("(?m)^spoe-agent ").matcher(text).find();
	}

	/**
	 * Return a main file, with the SPOE files that its filters name: the nearest blocks
	 * with their titles.
	 */
	private static String whole(MatchResult block, TreeMap<Integer, Map.Entry<String, String>> titled,
			Map<String, String> files) {
		String text = block.group(3);
		if (isSpoe(text)) {
			String name = name(block.group(2));
			files.put(name, text);
			return complete("    filter spoe engine " + engine(text) + " config " + name + "\n", files);
		}
		return FILTER.matcher(text).replaceAll((filter) -> {
			String name = name(filter.group(2));
			titled.entrySet()
				.stream()
				.filter((entry) -> entry.getValue().getKey().equals(name))
				.min(Comparator.comparingInt((entry) -> Math.abs(entry.getKey() - block.start())))
				.ifPresent((entry) -> files.put(name, entry.getValue().getValue()));
			return Matcher.quoteReplacement(filter.group().replace(filter.group(2), name));
		});
	}

	private static String part(String place, String where, String lines, Map<String, String> files) {
		String indented = lines.lines().map((line) -> "    " + line.strip() + "\n").reduce("", String::concat);
		switch (where) {
			case "frontend" -> {
				return complete(indented, files);
			}
			case "global", "defaults" -> {
				return complete("", files).replaceFirst("(?m)^" + where + "\n",
						Matcher.quoteReplacement(where + "\n" + indented));
			}
			case "backend" -> {
				return complete("", files).replace("    server app 127.0.0.1:8080\n", indented);
			}
			case "agents" -> {
				String main = complete("", files);
				return (indented.contains(" server ") ? main.replaceFirst("    server agent .*\\n$", "") : main)
						+ indented;
			}
			case "agent" -> {
				files.put("part.conf", messagesFor("[reputation]\nspoe-agent reputation\n"
						+ without(AGENT + "    messages check-client-ip\n", indented) + indented));
				return complete("    filter spoe engine reputation config part.conf\n", files);
			}
			case "message" -> {
				files.put("part.conf",
						"[reputation]\nspoe-agent reputation\n" + AGENT + "    messages check-client-ip\n"
								+ "spoe-message check-client-ip\n" + indented
								+ (indented.contains(" event ") ? "" : "    event on-frontend-http-request\n"));
				return complete("    filter spoe engine reputation config part.conf\n", files);
			}
			case "spoe" -> {
				String scope = Pattern.compile("(?m)^\\[").matcher(lines).find() ? "" : "[reputation]\n";
				String agent = isSpoe(lines) ? "" : "spoe-agent reputation\n" + AGENT + listed(lines);
				files.put("part.conf", messagesFor(scope + agent + lines));
				return complete("    filter spoe engine " + engine(scope + lines) + " config part.conf\n", files);
			}
			case "sections" -> {
				return sections(lines, files);
			}
			default -> throw new AssertionError(place + " has neither a title nor a comment with its place: " + where);
		}
	}

	/**
	 * Remove from the lines of an agent those that others replace.
	 */
	private static String without(String agent, String lines) {
		return agent.lines().filter((line) -> {
			String words = line.strip().replaceFirst("^no ", "");
			String keyword = (words.startsWith("option ") || words.startsWith("timeout "))
					? words.split(" ")[0] + " " + words.split(" ")[1] : words.split(" ")[0];
			return !Pattern.compile("(?m)^ *(no )?" + Pattern.quote(keyword) + "( |$)").matcher(lines).find();
		}).map((line) -> line + "\n").reduce("", String::concat);
	}

	private static String listed(String lines) {
		StringBuilder listed = new StringBuilder();
		for (String kind : List.of("message", "group")) {
			Pattern.compile("(?m)^spoe-" + kind + " (\\S+)")
				.matcher(lines)
				.results()
				.filter((section) -> kind.equals("group") || !inGroup(lines, section.group(1)))
				.forEach((section) -> listed.append("    " + kind + "s " + section.group(1) + "\n"));
		}
		return listed.toString();
	}

	private static boolean inGroup(String lines, String message) {
		return Pattern.compile("(?m)^\\s+messages .*\\b" + Pattern.quote(message) + "\\b").matcher(lines).find();
	}

	/**
	 * Add the messages and groups that a SPOE file lists and does not have.
	 */
	private static String messagesFor(String spoe) {
		StringBuilder text = new StringBuilder(spoe);
		LISTED.matcher(spoe).results().forEach((list) -> {
			String kind = list.group(1).replaceFirst("s$", "");
			for (String name : list.group(2).strip().split("\\s+")) {
				if (!Pattern.compile("(?m)^spoe-" + kind + " " + Pattern.quote(name) + "$").matcher(text).find()) {
					text.append("spoe-" + kind + " " + name + "\n")
						.append(kind.equals("group")
								? "    messages of-" + name + "\nspoe-message of-" + name + "\n    args ip=src\n"
								: "    args ip=src\n    event on-client-session\n");
				}
			}
		});
		return text.toString();
	}

	private static String engine(String spoe) {
		Matcher scope = Pattern.compile("(?m)^\\[(\\S+)\\]").matcher(spoe);
		return scope.find() ? scope.group(1) : "reputation";
	}

	private static String sections(String lines, Map<String, String> files) {
		String text = lines;
		if (!Pattern.compile("(?m)^(frontend|listen) ").matcher(text).find()) {
			return complete("", files).replaceFirst(
					text.contains("backend agents\n") ? "(?s)\nbackend agents\n.*" : "(?!)", "") + "\n" + text;
		}
		String head = "";
		if (!text.contains("global\n")) {
			head += GLOBAL;
		}
		if (!text.contains("defaults\n")) {
			head += DEFAULTS;
		}
		return withBackends(head + withFilters(text, files));
	}

	/**
	 * Return a main file with the lines in its frontend.
	 */
	private static String complete(String lines, Map<String, String> files) {
		return withBackends(GLOBAL + DEFAULTS + """
				frontend web
				    bind 127.0.0.1:80
				""" + withFilters(lines, files) + """
				backend app
				    server app 127.0.0.1:8080

				backend agents
				""" + SERVER);
	}

	private static String withFilters(String lines, Map<String, String> files) {
		StringBuilder text = new StringBuilder(lines);
		Map<String, TreeSet<String>> groups = new TreeMap<>();
		SEND.matcher(lines)
			.results()
			.forEach((send) -> groups.computeIfAbsent(send.group(1), (key) -> new TreeSet<>()).add(send.group(2)));
		FILTER.matcher(lines)
			.results()
			.forEach((filter) -> groups.computeIfAbsent(filter.group(1), (key) -> new TreeSet<>()));
		groups.forEach((engine, names) -> {
			Matcher filter = Pattern.compile("filter spoe engine " + Pattern.quote(engine) + " config (\\S+)")
				.matcher(lines);
			String name = filter.find() ? filter.group(1) : engine + ".conf";
			if (!lines.contains("filter spoe engine " + engine + " ")) {
				int line = Math.max(0, lines.indexOf("\n", Math.max(0, lines.indexOf("frontend "))) + 1);
				text.insert(lines.contains("frontend ") ? line : 0,
						"    filter spoe engine " + engine + " config " + name + "\n");
			}
			String lists = names.isEmpty() ? "    messages check-client-ip\n"
					: "    groups " + String.join(" ", names) + "\n";
			files.merge(name(name), messagesFor("[" + engine + "]\nspoe-agent " + engine + "\n" + AGENT + lists),
					(there, more) -> there.contains("[" + engine + "]") ? there : there + more);
		});
		return FILTER.matcher(text)
			.replaceAll((filter) -> Matcher
				.quoteReplacement(filter.group().replace(filter.group(2), name(filter.group(2)))));
	}

	private static String withBackends(String main) {
		StringBuilder text = new StringBuilder(main);
		BACKEND.matcher(main).results().map((use) -> use.group(1)).distinct().forEach((name) -> {
			if (!Pattern.compile("(?m)^(backend|listen) " + Pattern.quote(name) + "$").matcher(text).find()) {
				int agents = text.indexOf("\nbackend agents\n");
				text.insert((agents >= 0) ? agents : text.length(),
						"\nbackend " + name + "\n    server one 127.0.0.1:8081\n");
			}
		});
		if (!text.toString().contains("\nbackend agents\n")) {
			text.append("\nbackend agents\n" + SERVER);
		}
		return text.toString();
	}

	private static String withAgents(String main, Map<String, String> files) {
		StringBuilder text = new StringBuilder(main);
		Pattern.compile("use-backend (\\S+)")
			.matcher(String.join("\n", files.values()))
			.results()
			.map((use) -> use.group(1))
			.distinct()
			.filter((name) -> !main.contains("backend " + name + "\n"))
			.forEach((name) -> text.append("\nbackend " + name + "\n" + SERVER));
		return text.toString();
	}

	private static String read(Path file) {
		try {
			return Files.readString(file);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	@Override
	public String toString() {
		return this.place;
	}

}
