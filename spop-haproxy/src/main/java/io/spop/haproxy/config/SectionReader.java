package io.spop.haproxy.config;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;

import io.spop.haproxy.HaproxyVersion;
import org.jspecify.annotations.Nullable;

/**
 * Cuts files into sections, and decides which blocks of {@code .if} are taken.
 */
final class SectionReader {

	private static final Set<String> SPOE_SECTIONS = Set.of("spoe-agent", "spoe-message", "spoe-group");

	/** The greatest number of words of all files, so that memory is bounded. */
	private static final int WORDS = 1_000_000;

	/** The greatest number of their characters, which variables can multiply. */
	private static final int CHARACTERS = 64 * 1024 * 1024;

	/** HAProxy's limit for {@code .if} within {@code .if}. */
	private static final int BLOCKS = 99;

	/**
	 * The types of sections of main files, with the first version that knows the type,
	 * and the first version that no longer does.
	 */
	private static final Map<String, int[]> SECTIONS = Map.ofEntries(section("global"), section("defaults"),
			section("frontend"), section("backend"), section("listen"), section("userlist"), section("peers"),
			section("mailers"), section("resolvers"), section("cache"), section("fcgi-app"), section("http-errors"),
			section("ring"), section("log-forward"), section("namespace_list"),
			Map.entry("program", new int[] { 0, 0, 3, 3 }), Map.entry("crt-store", new int[] { 3, 0, 99, 0 }),
			Map.entry("log-profile", new int[] { 3, 1, 99, 0 }), Map.entry("traces", new int[] { 3, 1, 99, 0 }),
			Map.entry("acme", new int[] { 3, 2, 99, 0 }), Map.entry("healthcheck", new int[] { 3, 4, 99, 0 }));

	private final HaproxyVersion version;

	private final Map<String, String> environment;

	private final Problems problems;

	private final Tokenizer tokenizer;

	private final Deque<Block> blocks = new ArrayDeque<>();

	private final Map<String, Location> scopes = new LinkedHashMap<>();

	private int words;

	private int characters;

	private boolean ended;

	private boolean spoe;

	private String scope = "";

	private @Nullable Line header;

	private List<Line> lines = new ArrayList<>();

	SectionReader(HaproxyVersion version, Map<String, String> environment, Problems problems) {
		this.version = version;
		this.environment = new HashMap<>(environment);
		this.problems = problems;
		this.environment.putIfAbsent("HAPROXY_LOCALPEER", "localhost");
		this.environment.put("HAPROXY_STARTUP_VERSION", version.toString());
		if (version.isAtLeast(2, 7)) {
			this.environment.put("HAPROXY_BRANCH", version.toString());
			this.environment.put("HAPROXY_TCP_LOG_FMT", "%ci:%cp [%t] %ft %b/%s %Tw/%Tc/%Tt %B %ts");
			this.environment.put("HAPROXY_HTTP_LOG_FMT", "%ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %tsc");
			this.environment.put("HAPROXY_HTTPS_LOG_FMT", "%ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %tsc");
		}
		this.tokenizer = new Tokenizer(version, this.environment, problems);
	}

	private static Map.Entry<String, int[]> section(String name) {
		return Map.entry(name, new int[] { 0, 0, 99, 0 });
	}

	/**
	 * Return whether a text is a SPOE file: the first line that begins a scope or a
	 * section is one of a SPOE file.
	 */
	static boolean isSpoe(String text) {
		return text.lines()
			.map((line) -> line.strip().split("\\s", 2)[0])
			.filter((word) -> word.startsWith("[") || SPOE_SECTIONS.contains(word) || SECTIONS.containsKey(word))
			.findFirst()
			.filter((word) -> !SECTIONS.containsKey(word))
			.isPresent();
	}

	/**
	 * Read a main file.
	 */
	List<Section> mainFile(Source source) {
		List<Section> sections = new ArrayList<>();
		this.spoe = false;
		read(source, (scopeName, section) -> sections.add(section));
		return sections;
	}

	/**
	 * Read a SPOE file.
	 */
	List<SpoeScope> spoeFile(Source source) {
		Map<String, List<Section>> sections = new LinkedHashMap<>();
		this.spoe = true;
		this.scopes.clear();
		read(source,
				(scopeName, section) -> sections.computeIfAbsent(scopeName, (key) -> new ArrayList<>()).add(section));
		this.scopes.keySet().forEach((name) -> sections.putIfAbsent(name, List.of()));
		List<SpoeScope> result = new ArrayList<>();
		sections.forEach((name, list) -> {
			Location location = this.scopes.get(name);
			result.add(new SpoeScope(name.isEmpty() ? null : name,
					(location != null) ? location : list.get(0).location(), list));
		});
		return result;
	}

	private void read(Source source, BiConsumer<String, Section> sections) {
		this.ended = this.words > WORDS || this.characters > CHARACTERS;
		this.blocks.clear();
		this.scope = "";
		this.header = null;
		this.lines = new ArrayList<>();
		this.tokenizer.file(source.name());
		String text = source.text();
		int number = 0;
		for (int start = 0; start < text.length() && !this.ended;) {
			int end = text.indexOf('\n', start);
			number++;
			if (end < 0) {
				end = text.length();
				this.problems.error("missing-line-feed", new Location(source.name(), number, end - start + 1),
						"The last line has no line feed, which HAProxy refuses.",
						"Put a line feed at the end of the file.");
			}
			line(source.name(), text.substring(start, end), number, sections);
			start = end + 1;
		}
		finish(sections);
		if (!this.blocks.isEmpty() && !this.ended) {
			this.problems.error("conditional-block", this.blocks.getLast().location, "A .if has no .endif.",
					"Add the .endif.");
		}
	}

	private void line(String file, String text, int number, BiConsumer<String, Section> sections) {
		int first = 0;
		while (first < text.length() && isBlank(text.charAt(first))) {
			first++;
		}
		if (first == text.length() || text.charAt(first) == '#') {
			return;
		}
		if (text.charAt(first) == '[') {
			scope(new Location(file, number, first + 1), text.substring(first), sections);
			return;
		}
		boolean taken = this.blocks.isEmpty() || this.blocks.getFirst().taken;
		this.tokenizer.skipped(!taken);
		List<Word> found = this.tokenizer.words(text, number);
		if (found.isEmpty()) {
			return;
		}
		if (found.get(0).text().startsWith(".")) {
			directive(found, taken);
		}
		else if (taken) {
			found.forEach((word) -> count(word.text().length(), word.location()));
			add(new Line(found), sections);
		}
	}

	private void count(int length, Location location) {
		this.words++;
		this.characters += length;
		if ((this.words > WORDS || this.characters > CHARACTERS) && !this.ended) {
			this.ended = true;
			this.problems.error("configuration-too-big", location, "The configuration has more than " + WORDS
					+ " words or " + CHARACTERS + " characters; what follows was not read.", "Read a part of it.");
		}
	}

	private static boolean isBlank(char c) {
		return c == ' ' || (c >= '\t' && c <= '\r');
	}

	private void scope(Location location, String text, BiConsumer<String, Section> sections) {
		int end = text.indexOf(']');
		String rest = (end < 0) ? "" : text.substring(end + 1).strip();
		String name = (end < 0) ? "" : text.substring(1, end);
		if (name.isEmpty() || !name.chars().allMatch(SectionReader::isNameCharacter)
				|| !(rest.isEmpty() || rest.startsWith("#"))) {
			this.problems.error("scope", location, "A scope is a name in brackets, and nothing else on the line.",
					"Write it as [name], with letters, digits and the characters . : - _ in the name.");
			return;
		}
		if (this.spoe) {
			finish(sections);
			count(name.length(), location);
			this.scope = name;
			this.scopes.putIfAbsent(name, location);
		}
	}

	private static boolean isNameCharacter(int c) {
		return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-'
				|| c == '.' || c == ':';
	}

	private void add(Line line, BiConsumer<String, Section> sections) {
		String keyword = line.text(0);
		if (isSection(keyword)) {
			finish(sections);
			this.header = line;
			this.tokenizer.section((line.words().size() > 1) ? line.text(1) : keyword);
			return;
		}
		if (this.header == null) {
			this.problems.error("line-outside-section", line.location(),
					"'" + shortened(keyword) + "' comes before any section" + (this.spoe ? " of a SPOE file" : "")
							+ ".",
					this.spoe ? "A SPOE file has the sections spoe-agent, spoe-message and spoe-group."
							: "Put it into a section, such as global or defaults.");
			if (this.spoe) {
				sections.accept(this.scope, new Section(keyword, null, line, List.of()));
			}
			return;
		}
		if (!this.spoe && this.header.text(0).equals("global")) {
			environment(line);
		}
		this.lines.add(line);
	}

	private boolean isSection(String keyword) {
		if (this.spoe) {
			return SPOE_SECTIONS.contains(keyword);
		}
		int[] versions = SECTIONS.get(keyword);
		return versions != null && this.version.isAtLeast(versions[0], versions[1])
				&& !this.version.isAtLeast(versions[2], versions[3]);
	}

	private void environment(Line line) {
		switch (line.text(0)) {
			case "setenv" -> this.environment.put(line.text(1), line.text(2));
			case "presetenv" -> this.environment.putIfAbsent(line.text(1), line.text(2));
			case "unsetenv" -> line.words().stream().skip(1).forEach((word) -> this.environment.remove(word.text()));
			case "resetenv" -> this.environment.keySet()
				.retainAll(line.words().stream().skip(1).map(Word::text).collect(Collectors.toSet()));
			default -> {
			}
		}
	}

	private void finish(BiConsumer<String, Section> sections) {
		if (this.header != null) {
			Line line = this.header;
			String name = (line.words().size() > 1) ? line.text(1) : null;
			sections.accept(this.scope, new Section(line.text(0), name, line, this.lines));
		}
		this.header = null;
		this.lines = new ArrayList<>();
	}

	private void directive(List<Word> line, boolean taken) {
		Word directive = line.get(0);
		Block block = this.blocks.peekFirst();
		switch (directive.text()) {
			case ".if" -> {
				Block opened = new Block(directive.location(), taken);
				if (this.blocks.size() >= BLOCKS) {
					this.problems.error("conditional-block", directive.location(),
							"HAProxy takes no more than " + BLOCKS + " levels of .if; what follows was not read.",
							"Put conditions together with && and ||.");
					this.blocks.clear();
					this.ended = true;
					return;
				}
				this.blocks.addFirst(opened);
				if (taken) {
					opened.taken = holds(line);
					opened.done = opened.taken;
				}
			}
			case ".elif" -> {
				if (block == null || block.otherwise) {
					misplaced(directive);
				}
				else {
					block.taken = block.outer && !block.done && holds(line);
					block.done |= block.taken;
				}
			}
			case ".else" -> {
				if (block == null || block.otherwise) {
					misplaced(directive);
				}
				else {
					block.otherwise = true;
					block.taken = block.outer && !block.done;
				}
				noArgument(line);
			}
			case ".endif" -> {
				if (block == null) {
					misplaced(directive);
				}
				else {
					this.blocks.removeFirst();
				}
				noArgument(line);
			}
			case ".alert" -> {
				if (taken) {
					this.problems.error("alert", directive.location(),
							"HAProxy stops here with: " + shortened((line.size() > 1) ? line.get(1).text() : ""),
							"Do what the message says.");
				}
			}
			case ".notice", ".warning", ".diag" -> {
				if (taken && line.size() > 2) {
					this.problems.error("directive", line.get(2).location(),
							"The text of " + directive.text() + " must be one word.", "Put it in quotes.");
				}
			}
			default -> {
				if (taken) {
					this.problems.error("directive", directive.location(),
							"HAProxy has no directive " + shortened(directive.text()) + ".",
							"It has .if, .elif, .else, .endif, .notice, .warning, .alert and .diag.");
				}
			}
		}
	}

	private void misplaced(Word directive) {
		this.problems.error("conditional-block", directive.location(),
				"There is no .if for this " + directive.text() + ".", "Add the .if, or remove this line.");
	}

	private void noArgument(List<Word> line) {
		if (line.size() > 1) {
			this.problems.error("directive", line.get(1).location(), "Nothing may follow " + line.get(0) + ".",
					"Remove the rest of the line.");
		}
	}

	private boolean holds(List<Word> line) {
		String text = line.stream().skip(1).map(Word::text).collect(Collectors.joining(" "));
		Condition.Outcome outcome = Condition.evaluate(text, this.version, this.environment);
		Location location = line.get(0).location();
		if (outcome.error() != null) {
			this.problems.error("condition", location,
					"HAProxy cannot evaluate '" + shortened(text) + "': " + outcome.error() + ".",
					"Correct the condition. Its block was not read.");
		}
		else if (!outcome.open().isEmpty()) {
			this.problems.hint("condition-open", location, shortened(String.join(", ", outcome.open()))
					+ " depends on how HAProxy was built; the block was " + (outcome.holds() ? "read." : "not read."),
					"Look at the other case yourself.");
		}
		return outcome.holds();
	}

	private static String shortened(String text) {
		return (text.length() > 80) ? text.substring(0, 80) + "..." : text;
	}

	/** A level of {@code .if}. */
	private static final class Block {

		private final Location location;

		private final boolean outer;

		private boolean taken;

		private boolean done;

		private boolean otherwise;

		Block(Location location, boolean outer) {
			this.location = location;
			this.outer = outer;
		}

	}

}
