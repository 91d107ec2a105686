package io.spop.boot.autoconfigure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import tools.jackson.databind.JsonNode;

/**
 * The page of the documentation that lists the properties. Its tables are made from the
 * metadata: each stands behind a comment that has a prefix, and lists the properties of
 * that prefix that no longer prefix of the page has.
 */
final class PropertiesPage {

	private static final Path FILE = Path.of("../docs/configuration-properties.md");

	private static final Pattern TABLE = Pattern.compile("(<!-- properties: (?<prefix>\\S+) -->\\n)\\n(?:\\|.*\\n)*");

	private static final Pattern ROW = Pattern.compile("(?m)^\\| `([a-z][a-z0-9.<>-]*)` \\|");

	private final String text;

	PropertiesPage() throws IOException {
		this.text = Files.readString(FILE);
	}

	/**
	 * Return the names of all properties that the page lists.
	 */
	List<String> names() {
		return ROW.matcher(this.text).results().map((row) -> row.group(1)).toList();
	}

	String text() {
		return this.text;
	}

	/**
	 * Return the page as it should be.
	 * @param properties the properties by name
	 */
	String update(Map<String, JsonNode> properties) {
		List<String> prefixes = TABLE.matcher(this.text)
			.results()
			.map((table) -> table.group(2))
			.sorted(Comparator.comparingInt(String::length).reversed())
			.toList();
		Map<String, StringBuilder> tables = new TreeMap<>();
		new TreeMap<>(properties).forEach((name, property) -> {
			String prefix = prefixes.stream()
				.filter((candidate) -> name.startsWith(candidate + "."))
				.findFirst()
				.orElseThrow(() -> new AssertionError("No table of " + FILE + " is for " + name));
			tables
				.computeIfAbsent(prefix,
						(key) -> new StringBuilder("\n| property | default | what it is |\n|---|---|---|\n"))
				.append(row(name, property));
		});
		return TABLE.matcher(this.text)
			.replaceAll((MatchResult table) -> Matcher
				.quoteReplacement(table.group(1) + tables.getOrDefault(table.group(2), new StringBuilder("\n"))));
	}

	void write(String text) throws IOException {
		Files.writeString(FILE, text);
	}

	private static String row(String name, JsonNode property) {
		JsonNode value = property.path("defaultValue");
		return "| `" + name + "` | " + (value.isMissingNode() ? "none" : "`" + value.asString() + "`") + " | "
				+ property.path("description").asString() + " |\n";
	}

}
