import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Carries out the steps of a page, from top to bottom, in a new empty folder:
 *
 *     java etc/FollowPage.java [--keep] [--repository FOLDER] [--bundle FOLDER] docs/getting-started-spring.md ...
 *
 * --keep keeps the folder; --repository names Maven's local repository, by default ~/.m2/repository. The modules of this
 * checkout have to be packaged: the page's project gets their jars in target/ as modules of the group in pom.xml. With --bundle
 * it does not get them: the environment variable SPOP_BUNDLE is then the URL of that folder, for a repository in the page's POM.
 *
 * The rules for a page:
 *
 * - A fence of any language with title="NAME" is a file, which is written to NAME in the folder in its turn. A second fence
 *   with the same title replaces the file. Other fences without a title are not used.
 * - A fence ```console has commands: each line that begins with "$ " is a command, which bash runs in the folder. A line
 *   that begins with "> " continues the command. Each command has a shell of its own, so the next command does not see its
 *   "cd" and variables. "sudo " is left out.
 * - The lines below a command are its output, including standard error. In them, "..." stands for any text, and a line of
 *   "..." alone for any number of lines or none. Blanks at the end of lines do not count. A command without such lines may
 *   print anything.
 * - A command has to end with status 0 within 5 minutes.
 *
 * Comments on the lines directly before a fence change these rules for the fence. Each comment has a line of its own:
 *
 *     <!-- follow: skip REASON -->      is not run
 *     <!-- follow: needs PROGRAM -->    is not run without this program; docker and systemctl also have to work
 *     <!-- follow: as COMMAND -->       runs COMMAND instead of each command shown; $SPOP is the root of this checkout
 *     <!-- follow: background -->       runs until the end of the page, or until it is stopped; the next step begins when
 *                                       the output begins with the lines below, or, without such lines, when one more of the
 *                                       page's ports is open
 *     <!-- follow: repeat -->           is repeated for up to a minute, until status and output are right
 *     <!-- follow: status 52 -->        has to end with that status
 *     <!-- follow: numbers vary -->     each number below may be another one, with more or fewer blanks
 *                                       before it if there are several
 *
 * Comments anywhere on the page:
 *
 *     <!-- follow: ports 8000 12345 -->     these numbers are ports: they are replaced by free ports in files, commands and
 *                                           output
 *     <!-- follow: folders /etc/reputation --> these are absolute folders: they are replaced by folders of the same name in
 *                                              the new folder, in titles, files, commands and output
 *     <!-- follow: stop COMMAND -->         ends the command in the background that begins with COMMAND, as Ctrl-C does
 *
 * "haproxy" is the program that the environment variable HAPROXY names, or the one on the PATH. "mvn" uses the given
 * repository. "spop" is the command of this checkout, whose module spop-cli has to be packaged.
 */
class FollowPage {

	private static final Duration END = Duration.ofMinutes(5);

	private static final Duration START = Duration.ofMinutes(4);

	private static final Duration REPEAT = Duration.ofMinutes(1);

	private static final Path ROOT = Path.of("").toAbsolutePath();

	private static final Pattern FENCE = Pattern.compile("(```+)(\\w*)(?: title=\"([^\"]+)\")?");

	private static final Pattern DIRECTIVE = Pattern.compile("<!-- follow: (\\w+) ?(.*?) *-->");

	private static final Pattern GROUP = Pattern.compile("<groupId>(.*)</groupId>");

	private static final Pattern VERSION = Pattern.compile("<artifactId>spop-parent</artifactId>\\s*<version>(.*)</version>");

	private static final Pattern MODULE = Pattern.compile("<module>([\\w-]+)</module>");

	private final Path page;

	private final Path bundle;

	/** Contains the page's folder, its programs, its Maven repository, and the output of its commands. */
	private final Path work;

	private final Path folder;

	private final Map<String, Integer> ports = new LinkedHashMap<>();

	private final Set<String> folders = new LinkedHashSet<>();

	private final Map<String, Process> background = new LinkedHashMap<>();

	private final List<String> leftOut = new ArrayList<>();

	private int right;

	private FollowPage(Path page, Path bundle, Path work) throws IOException {
		this.page = page;
		this.bundle = bundle;
		this.work = work;
		this.folder = Files.createDirectories(work.resolve("page"));
	}

	public static void main(String[] args) throws Exception {
		Path repository = Path.of(System.getProperty("user.home"), ".m2", "repository");
		Path bundle = null;
		boolean keep = false;
		List<Path> pages = new ArrayList<>();
		for (int i = 0; i < args.length; i++) {
			switch (args[i]) {
				case "--keep" -> keep = true;
				case "--repository" -> repository = Path.of(args[++i]);
				case "--bundle" -> bundle = Path.of(args[++i]);
				default -> pages.add(Path.of(args[i]));
			}
		}
		for (Path page : pages) {
			Path work = Files.createTempDirectory("spop-page");
			FollowPage reader = new FollowPage(page, bundle, work);
			boolean kept = keep;
			Runtime.getRuntime().addShutdownHook(new Thread(() -> reader.end(kept)));
			boolean right = false;
			try {
				reader.prepare(repository.toAbsolutePath());
				reader.follow();
				right = true;
			}
			catch (WrongException ex) {
				System.err.println(ex.getMessage());
			}
			finally {
				reader.stopAll();
			}
			if (!right) {
				System.exit(1);
			}
		}
	}

	private void follow() throws Exception {
		long start = System.nanoTime();
		List<String> lines = Files.readAllLines(this.page);
		findPortsAndFolders(lines);
		Map<String, String> directives = new LinkedHashMap<>();
		for (int i = 0; i < lines.size(); i++) {
			String line = lines.get(i);
			Matcher fence = FENCE.matcher(line);
			Matcher directive = DIRECTIVE.matcher(line);
			if (fence.lookingAt()) {
				int first = i + 1;
				do {
					i++;
				}
				while (!lines.get(i).equals(fence.group(1)));
				List<String> content = lines.subList(first, i);
				if (fence.group(3) != null) {
					write(fence.group(3), content);
				}
				else if (fence.group(2).equals("console")) {
					run(first + 1, content, directives);
				}
				directives.clear();
			}
			else if (directive.matches() && directive.group(1).equals("stop")) {
				stop(i + 1, substitute(directive.group(2)));
			}
			else if (directive.matches()) {
				directives.put(directive.group(1), directive.group(2));
			}
			else if (!line.startsWith("<!--")) {
				directives.clear();
			}
		}
		if (this.right == 0) {
			throw new WrongException(this.page + " has no command");
		}
		System.out.printf("%s: %d commands right in %.1f s%s%n", this.page, this.right, seconds(start),
				this.leftOut.isEmpty() ? "" : ", left out: " + String.join(", ", this.leftOut));
	}

	private void findPortsAndFolders(List<String> lines) throws IOException {
		List<ServerSocket> sockets = new ArrayList<>();
		for (String line : lines) {
			Matcher directive = DIRECTIVE.matcher(line);
			if (directive.matches() && directive.group(1).equals("ports")) {
				for (String port : directive.group(2).split(" ")) {
					ServerSocket socket = bindFreePort();
					sockets.add(socket);
					this.ports.put(port, socket.getLocalPort());
				}
			}
			else if (directive.matches() && directive.group(1).equals("folders")) {
				this.folders.addAll(List.of(directive.group(2).split(" ")));
			}
		}
		for (ServerSocket socket : sockets) {
			socket.close();
		}
	}

	// Below the ports that the system gives to connections: one of them may take the port before the page's command does
	private static ServerSocket bindFreePort() throws IOException {
		for (int tries = 1;; tries++) {
			try {
				return new ServerSocket(ThreadLocalRandom.current().nextInt(20_000, 32_768));
			}
			catch (BindException ex) {
				if (tries == 100) {
					throw ex;
				}
			}
		}
	}

	private String substitute(String text) {
		String result = text;
		for (String outside : this.folders) {
			result = result.replaceAll("(?<![\\w./-])" + Pattern.quote(outside) + "(?![\\w.-])",
					Matcher.quoteReplacement(this.folder + outside));
		}
		return Pattern.compile("(?<![\\w.])\\d{2,5}(?!\\w)")
			.matcher(result)
			.replaceAll((number) -> this.ports.containsKey(number.group()) ? this.ports.get(number.group()).toString()
					: number.group());
	}

	private void write(String title, List<String> content) throws IOException {
		Path file = this.folder.resolve(substitute(title));
		Files.createDirectories(file.getParent());
		Files.writeString(file, substitute(String.join("\n", content) + "\n"));
	}

	private void run(int first, List<String> content, Map<String, String> directives) throws Exception {
		int i = 0;
		while (i < content.size()) {
			if (!content.get(i).startsWith("$ ")) {
				throw new WrongException("%s:%d: a command begins with \"$ \"".formatted(this.page, first + i));
			}
			int line = first + i;
			StringBuilder command = new StringBuilder(content.get(i++).substring(2));
			while (i < content.size() && content.get(i).startsWith("> ")) {
				command.append('\n').append(content.get(i++).substring(2));
			}
			List<String> expected = new ArrayList<>();
			while (i < content.size() && !content.get(i).startsWith("$ ")) {
				expected.add(content.get(i++));
			}
			run(new Command(this.page + ":" + line, command.toString(), substitute(String.join("\n", expected)),
					Map.copyOf(directives)));
		}
	}

	private void run(Command command) throws Exception {
		String reason = reasonToSkip(command);
		if (reason != null) {
			System.out.printf("%s: left out (%s): %s%n", command.place, reason, command.shown);
			this.leftOut.add(command.shown.lines().findFirst().orElseThrow() + " (" + reason + ")");
			return;
		}
		long start = System.nanoTime();
		if (command.has("background")) {
			startInBackground(command);
		}
		else {
			runToItsEnd(command);
		}
		this.right++;
		System.out.printf("%s: %.1f s: %s%n", command.place, seconds(start), command.shown);
	}

	private String reasonToSkip(Command command) throws Exception {
		if (command.has("skip")) {
			return command.directives.get("skip");
		}
		String program = command.directives.get("needs");
		if (program == null) {
			return null;
		}
		String test = switch (program) {
			case "docker" -> "docker info";
			case "systemctl" -> "systemctl show --property=Version && test -d /run/systemd/system";
			default -> "command -v '" + program + "'";
		};
		return (start(test, output("needs")).waitFor() == 0) ? null : "no " + program + " here";
	}

	private void runToItsEnd(Command command) throws Exception {
		int status = Integer.parseInt(command.directives.getOrDefault("status", "0"));
		long end = System.nanoTime() + (command.has("repeat") ? REPEAT.toNanos() : 0);
		while (true) {
			Path output = output("command");
			Process process = start(command.executed(), output);
			if (!process.waitFor(END.toSeconds(), TimeUnit.SECONDS)) {
				stop(process);
				throw new WrongException("%s does not end:%n%s".formatted(command, read(output)));
			}
			String printed = read(output);
			if (process.exitValue() == status && command.expects(printed).matches()) {
				return;
			}
			if (System.nanoTime() >= end) {
				throw new WrongException("%s%nThe page says, with status %d:%n%s%nBut it printed, with status %d:%n%s%s"
					.formatted(command, status, command.expected.indent(4), process.exitValue(), printed.indent(4),
							printedInBackground()));
			}
			Thread.sleep(200);
		}
	}

	private void startInBackground(Command command) throws Exception {
		long open = openPorts();
		Path output = output(Integer.toString(this.background.size()));
		Process process = start(command.executed(), output);
		this.background.put(command.shown, process);
		BooleanSupplier up = command.expected.isBlank() ? () -> openPorts() > open
				: () -> command.expects(read(output)).lookingAt();
		long end = System.nanoTime() + START.toNanos();
		while (!up.getAsBoolean()) {
			if (!process.isAlive() || System.nanoTime() >= end) {
				throw new WrongException(
						"%s%nThe page says:%n%s%nBut it printed%s:%n%s".formatted(command, command.expected.indent(4),
								process.isAlive() ? "" : " before it ended", read(output).indent(4)));
			}
			Thread.sleep(50);
		}
	}

	private String printedInBackground() {
		StringBuilder all = new StringBuilder();
		List<String> commands = List.copyOf(this.background.keySet());
		for (int i = 0; i < commands.size(); i++) {
			all.append("%nMeanwhile \"%s\" has printed:%n%s".formatted(commands.get(i),
					read(output(Integer.toString(i))).indent(4)));
		}
		return all.toString();
	}

	private long openPorts() {
		return this.ports.values().stream().filter(FollowPage::isOpen).count();
	}

	private static boolean isOpen(int port) {
		try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
			return socket.isConnected();
		}
		catch (IOException ex) {
			return false;
		}
	}

	private Process start(String command, Path output) throws IOException {
		String text = substitute(command.replaceAll("\\bsudo ", ""));
		ProcessBuilder builder = new ProcessBuilder("bash", "-c", text).directory(this.folder.toFile())
			.redirectInput(Path.of("/dev/null").toFile())
			.redirectErrorStream(true)
			.redirectOutput(output.toFile());
		Map<String, String> environment = builder.environment();
		String java = System.getProperty("java.home");
		environment.put("JAVA_HOME", java);
		environment.put("PATH", this.work.resolve("bin") + ":" + java + "/bin:" + environment.get("PATH")
				+ ":/usr/local/sbin:/usr/sbin:/sbin");
		environment.merge("MAVEN_OPTS", "-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dmaven.repo.local="
				+ this.work.resolve("repository"),
				(given, ours) -> given + " " + ours);
		environment.put("SPOP", ROOT.toString());
		if (this.bundle != null) {
			environment.put("SPOP_BUNDLE", this.bundle.toUri().toString());
		}
		environment.put("CURL_HOME", this.work.toString());
		return builder.start();
	}

	private Path output(String name) {
		return this.work.resolve(name + ".log");
	}

	private static String read(Path output) {
		try {
			String text = new String(Files.readAllBytes(output));
			return text.replace("\r", "").replaceAll("\u001b\\[[0-9;]*m", "").stripTrailing();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private void stop(int line, String beginning) throws WrongException {
		String found = this.background.keySet()
			.stream()
			.filter((command) -> substitute(command).startsWith(beginning) && this.background.get(command).isAlive())
			.findFirst()
			.orElseThrow(() -> new WrongException("%s:%d: \"%s\" does not run".formatted(this.page, line, beginning)));
		stop(this.background.get(found));
	}

	/** Is called when the program ends, also by a signal. */
	private void end(boolean keep) {
		stopAll();
		if (keep) {
			System.out.println("The page's folder is " + this.folder);
			return;
		}
		try {
			delete(this.work);
		}
		catch (IOException ex) {
			System.err.println("Cannot delete " + this.work + ": " + ex);
		}
	}

	private void stopAll() {
		this.background.values().forEach(FollowPage::stop);
	}

	private static void stop(Process process) {
		List<ProcessHandle> all = Stream.concat(process.descendants(), Stream.of(process.toHandle())).toList();
		all.forEach(ProcessHandle::destroy);
		for (ProcessHandle each : all) {
			try {
				each.onExit().get(15, TimeUnit.SECONDS);
			}
			catch (Exception ex) {
				each.destroyForcibly();
			}
		}
	}

	private void prepare(Path repository) throws IOException {
		Path programs = Files.createDirectories(this.work.resolve("bin"));
		String haproxy = System.getenv("HAPROXY");
		if (haproxy != null && !haproxy.isEmpty()) {
			program(programs.resolve("haproxy"), "'%s'".formatted(Path.of(haproxy).toAbsolutePath()));
		}
		program(programs.resolve("spop"),
				"java -jar '%s'".formatted(ROOT.resolve("spop-cli/target/spop-cli-" + version() + ".jar")));
		Files.writeString(this.work.resolve(".curlrc"), "no-progress-meter\n");
		Path ours = Files.createDirectories(this.work.resolve("repository"));
		Path from = repository;
		Path group = ours;
		for (String part : group().split("\\.")) {
			link(from, group, part);
			from = from.resolve(part);
			group = Files.createDirectories(group.resolve(part));
		}
		if (this.bundle == null) {
			install(group);
		}
	}

	private static void program(Path file, String command) throws IOException {
		Files.writeString(file, "#!/bin/sh\nexec %s \"$@\"\n".formatted(command));
		Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
	}

	private static String group() throws IOException {
		Matcher group = GROUP.matcher(Files.readString(ROOT.resolve("pom.xml")));
		group.find();
		return group.group(1);
	}

	private static String version() throws IOException {
		Matcher version = VERSION.matcher(Files.readString(ROOT.resolve("pom.xml")));
		version.find();
		return version.group(1);
	}

	/** Links the folders of the given repository: Maven finds files there, and downloads others to it. */
	private static void link(Path from, Path to, String except) throws IOException {
		if (Files.isDirectory(from)) {
			try (DirectoryStream<Path> entries = Files.newDirectoryStream(from,
					(entry) -> Files.isDirectory(entry) && !entry.getFileName().toString().equals(except))) {
				for (Path entry : entries) {
					Files.createSymbolicLink(to.resolve(entry.getFileName()), entry);
				}
			}
		}
	}

	private static void install(Path group) throws IOException {
		String parent = Files.readString(ROOT.resolve("pom.xml"));
		String version = version();
		install(ROOT, "spop-parent", version, group);
		for (Matcher module = MODULE.matcher(parent); module.find();) {
			install(ROOT.resolve(module.group(1)), module.group(1), version, group);
		}
	}

	private static void install(Path module, String artifact, String version, Path group) throws IOException {
		Path folder = Files.createDirectories(group.resolve(artifact).resolve(version));
		String name = artifact + "-" + version;
		Files.copy(module.resolve("pom.xml"), folder.resolve(name + ".pom"));
		Path jar = module.resolve("target").resolve(name + ".jar");
		if (Files.exists(jar)) {
			Files.copy(jar, folder.resolve(name + ".jar"));
		}
	}

	private static void delete(Path folder) throws IOException {
		try (Stream<Path> all = Files.walk(folder)) {
			for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
				Files.delete(path);
			}
		}
	}

	private static double seconds(long start) {
		return (System.nanoTime() - start) / 1e9;
	}

	private record Command(String place, String shown, String expected, Map<String, String> directives) {

		boolean has(String directive) {
			return this.directives.containsKey(directive);
		}

		String executed() {
			return this.directives.getOrDefault("as", this.shown);
		}

		/** Return a matcher for the output of the command. */
		Matcher expects(String printed) {
			String pattern = this.expected.isBlank() ? "[\\s\\S]*" : pattern();
			String lines = String.join("\n", printed.lines().map(String::stripTrailing).toList());
			return Pattern.compile(pattern).matcher(lines + "\n");
		}

		private String pattern() {
			StringBuilder pattern = new StringBuilder();
			for (String line : this.expected.stripTrailing().lines().map(String::stripTrailing).toList()) {
				pattern.append(line.equals("...") ? "[\\s\\S]*?(?<![^\\n])" : pattern(line) + "\n");
			}
			return pattern.toString();
		}

		private String pattern(String line) {
			Matcher parts = Pattern.compile("\\.\\.\\." + (has("numbers") ? "| {2,}(?=\\d)|\\d+" : "")).matcher(line);
			StringBuilder pattern = new StringBuilder();
			int end = 0;
			while (parts.find()) {
				pattern.append(Pattern.quote(line.substring(end, parts.start())))
					.append(parts.group().equals("...") ? ".*" : parts.group().isBlank() ? " +" : "\\d+");
				end = parts.end();
			}
			return pattern.append(Pattern.quote(line.substring(end))).toString();
		}

		@Override
		public String toString() {
			return this.place + ": $ " + this.shown;
		}

	}

	@SuppressWarnings("serial")
	private static class WrongException extends Exception {

		WrongException(String message) {
			super(message);
		}

	}

}
