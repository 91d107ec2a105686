package io.spop.haproxy.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.spop.haproxy.HaproxyVersion;
import org.jspecify.annotations.Nullable;

/**
 * Reads files or texts, and makes a configuration of them. For one use.
 */
final class Reading {

	private final HaproxyVersion version;

	private final Path folder;

	private final Map<String, String> texts;

	private final Problems problems = new Problems();

	private final SectionReader reader;

	private final List<Section> sections = new ArrayList<>();

	private final List<Proxy> proxies = new ArrayList<>();

	private final List<SpoeFilter> filters = new ArrayList<>();

	/** The SPOE files by where they are, {@code null} for those that cannot be read. */
	private final Map<Object, @Nullable SpoeFile> spoeFiles = new LinkedHashMap<>();

	private final Map<Object, String> mainFiles = new HashMap<>();

	private final IdentityHashMap<Section, List<Section>> inherited = new IdentityHashMap<>();

	private final Map<String, Section> namedDefaults = new HashMap<>();

	private @Nullable Section lastDefaults;

	private String defaultPath = "current";

	private String origin = "";

	Reading(HaproxyVersion version, Map<String, String> environment, Path folder, Map<String, String> texts) {
		this.version = version;
		this.folder = folder;
		this.texts = texts;
		this.reader = new SectionReader(version, environment, this.problems);
	}

	/**
	 * Add a file or the files of a folder.
	 */
	void add(Path path) {
		String name = path.toString();
		Path resolved = this.folder.resolve(path);
		if (!Files.isDirectory(resolved)) {
			addFile(resolved, name, false);
			return;
		}
		List<Path> files = new ArrayList<>();
		try (DirectoryStream<Path> stream = Files.newDirectoryStream(resolved, "[!.]*.cfg")) {
			stream.forEach(files::add);
		}
		catch (IOException | DirectoryIteratorException | SecurityException ex) {
			this.problems.error("file-not-readable", new Location(name, 1, 1),
					"The folder " + name + " cannot be read.", "Look at the rights of this user.");
			return;
		}
		if (files.isEmpty()) {
			this.problems.error("folder-empty", new Location(name, 1, 1), "The folder " + name + " has no file *.cfg.",
					"Name the file.");
		}
		files.stream().sorted().forEach((file) -> addFile(file, path.resolve(file.getFileName()).toString(), true));
	}

	private void addFile(Path path, String name, boolean ofFolder) {
		Object key = key(path);
		if (this.mainFiles.containsKey(key) || this.spoeFiles.containsKey(key)) {
			return;
		}
		Source source = Source.read(path, name, null, this.problems);
		if (source != null) {
			add(source, key);
			if (ofFolder && this.spoeFiles.containsKey(key)) {
				this.problems.hint("spoe-file-in-folder", new Location(name, 1, 1),
						name + " is a SPOE file, which HAProxy refuses if it is started with the whole folder.",
						"Give it another ending than .cfg, or another folder.");
			}
		}
	}

	/**
	 * Add what a stream has.
	 */
	void add(String name, InputStream input) throws IOException {
		Source source = Source.read(input, name, new Location(name, 1, 1), this.problems);
		if (source != null) {
			add(source, name);
		}
	}

	/**
	 * Add a text.
	 */
	void add(String name, String text) {
		add(Source.of(name, new Location(name, 1, 1), text, this.problems), name);
	}

	private void add(Source source, Object key) {
		if (SectionReader.isSpoe(source.text()) || isNamedByFilter(source.name())) {
			this.spoeFiles.put(key, new SpoeFile(source.name(), this.reader.spoeFile(source)));
			return;
		}
		this.mainFiles.put(key, source.name());
		for (Section section : this.reader.mainFile(source)) {
			this.sections.add(section);
			switch (section.type()) {
				case "defaults" -> defaults(section);
				case "frontend", "backend", "listen" -> this.proxies.add(new Proxy(section, inherited(section)));
				case "global" -> section.lines("default-path").forEach((line) -> {
					this.defaultPath = line.text(1);
					this.origin = line.text(2);
				});
				default -> {
				}
			}
		}
	}

	private boolean isNamedByFilter(String name) {
		return this.proxies.stream()
			.flatMap((proxy) -> proxy.lines("filter", "spoe").stream())
			.anyMatch((line) -> line.words().stream().anyMatch((word) -> word.text().equals(name)));
	}

	private void defaults(Section section) {
		this.inherited.put(section, (from(section) != null) ? inherited(section) : List.of());
		this.lastDefaults = section;
		if (section.name() != null) {
			this.namedDefaults.put(section.name(), section);
		}
	}

	private static @Nullable Word from(Section section) {
		List<Word> words = section.header().words();
		for (int i = 1; i + 1 < words.size(); i++) {
			if (words.get(i).text().equals("from")) {
				return words.get(i + 1);
			}
		}
		return null;
	}

	private List<Section> inherited(Section section) {
		Word from = from(section);
		Section defaults = (from != null) ? this.namedDefaults.get(from.text()) : this.lastDefaults;
		if (defaults == null) {
			if (from != null) {
				this.problems.error("defaults-unknown", from.location(),
						"There is no defaults section '" + from + "' before this line.",
						"Correct the name, or move the section here.");
			}
			return List.of();
		}
		List<Section> all = new ArrayList<>();
		all.add(defaults);
		all.addAll(this.inherited.getOrDefault(defaults, List.of()));
		return List.copyOf(all);
	}

	HaproxyConfiguration configuration() {
		for (Proxy proxy : this.proxies) {
			for (Line line : proxy.lines("filter", "spoe")) {
				this.filters.add(filter(proxy, line));
			}
		}
		List<SpoeFile> files = new ArrayList<>();
		this.spoeFiles.values().forEach((file) -> {
			if (file != null) {
				files.add(file);
			}
		});
		return new HaproxyConfiguration(this.version, this.sections, this.proxies, this.filters, files,
				this.problems.list());
	}

	private SpoeFilter filter(Proxy proxy, Line line) {
		String engine = null;
		Word config = null;
		for (int i = 2; i + 1 < line.words().size(); i += 2) {
			switch (line.text(i)) {
				case "engine" -> engine = line.text(i + 1);
				case "config" -> config = line.words().get(i + 1);
				default -> {
				}
			}
		}
		return new SpoeFilter(proxy, line, engine, config, (config != null) ? file(config) : null);
	}

	private @Nullable SpoeFile file(Word config) {
		String name = config.text();
		if (this.texts.containsKey(name)) {
			return file(name, config, null);
		}
		try {
			Path path = Path.of(name);
			Path main = Path.of(config.location().file());
			Path wanted = base(main).resolve(path);
			if (Files.exists(this.folder.resolve(wanted)) || !this.texts.isEmpty()) {
				return file(config, wanted);
			}
			Path beside = main.resolveSibling(path);
			if (!Files.isRegularFile(this.folder.resolve(beside))) {
				beside = main.resolveSibling(path.getFileName());
			}
			if (!Files.isRegularFile(this.folder.resolve(beside))) {
				return file(config, wanted);
			}
			this.problems.hint("spoe-file-elsewhere", config.location(), wanted.isAbsolute()
					? "HAProxy looks for " + wanted + ", where no such file is; " + beside + " was read."
					: "HAProxy looks for " + wanted + ", which is not in " + this.folder.toAbsolutePath().normalize()
							+ ", from which this check runs; " + beside + " was read.",
					wanted.isAbsolute() ? "Put it there before HAProxy starts."
							: "Run the check from the folder in which HAProxy starts, set default-path, or write an absolute path.");
			return file(config, beside);
		}
		catch (InvalidPathException | SecurityException ex) {
			this.problems.error("file-missing", config.location(), "There is no file of this name.",
					"Correct the path.");
			return null;
		}
	}

	/**
	 * Return the folder that relative paths in a main file are relative to.
	 */
	private Path base(Path main) {
		Path parent = (main.getParent() != null) ? main.getParent() : Path.of("");
		return switch (this.defaultPath) {
			case "config" -> parent;
			case "parent" -> parent.resolve("..");
			case "origin" -> Path.of(this.origin);
			default -> Path.of("");
		};
	}

	private @Nullable SpoeFile file(Word config, Path path) {
		return file(key(this.folder.resolve(path)), config, path);
	}

	private @Nullable SpoeFile file(Object key, Word config, @Nullable Path path) {
		if (this.mainFiles.containsKey(key)) {
			this.problems.error("spoe-file-is-main-file", config.location(),
					config + " is a main file of this configuration, not a SPOE file.",
					"Name the file with the spoe-agent section.");
			return null;
		}
		if (!this.spoeFiles.containsKey(key)) {
			Source source = (path != null)
					? Source.read(this.folder.resolve(path), path.toString(), config.location(), this.problems) : null;
			this.spoeFiles.put(key,
					(source != null) ? new SpoeFile(source.name(), this.reader.spoeFile(source)) : null);
		}
		return this.spoeFiles.get(key);
	}

	private static Object key(Path path) {
		try {
			return path.toRealPath();
		}
		catch (IOException | SecurityException ex) {
			return path.toAbsolutePath().normalize();
		}
	}

}
