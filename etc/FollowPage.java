import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Does what a page tells its reader to do, from top to bottom, in a new empty folder:
 *
 *     java etc/FollowPage.java [--keep] [--repository FOLDER] docs/getting-started-spring.md ...
 *
 * --keep leaves the folder there; --repository is Maven's local repository, ~/.m2/repository unless it is named. The modules
 * of this checkout have to be packaged: their jars in target/ are what the page's project gets as io.spop.
 *
 * What a page has to look like:
 *
 * - A fence of any language with title="NAME" is a file: it is written to NAME in the folder when its turn comes. A second
 *   fence with the same title writes the file anew. Fences without a title are there to be read.
 * - A fence ```console has commands: each line that begins with "$ " is one, with bash, in the folder. A line that begins
 *   with "> " continues it. Each command has a shell of its own: "cd" and variables do not last. "sudo " is left out.
 * - The lines below a command are what it prints, standard error included. In them "..." stands for any text, and a line that
 *   consists of "..." for any number of lines, none included. Blanks at the end of lines do not count. Below a command
 *   without such lines anything may be printed.
 * - A command has to end with status 0 within 5 minutes.
 *
 * Comments on the lines directly before a fence say what is different there. Each is a line of its own:
 *
 *     <!-- follow: skip REASON -->      is not run
 *     <!-- follow: needs PROGRAM -->    is not run where there is no such program; docker and systemctl have to work, too
 *     <!-- follow: as COMMAND -->       runs COMMAND instead of each command shown; $SPOP is the root of this checkout
 *     <!-- follow: background -->       goes on running until the end of the page, or until it is stopped; the next step
 *                                       comes when what it printed begins with the lines below, or, without such lines, when
 *                                       one more of the page's ports is open
 *     <!-- follow: repeat -->           is run again, for up to 30 s, until status and output are right
 *     <!-- follow: status 52 -->        has to end with that status
 *     <!-- follow: numbers vary -->     each number below may be another one
 *
 * Comments anywhere on the page:
 *
 *     <!-- follow: ports 8000 12345 -->     these numbers are ports: files, commands and output have free ones in their place
 *     <!-- follow: folders /etc/reputation --> these are folders outside: they become folders of the same name in the new one,
 *                                           in titles, files, commands and output
 *     <!-- follow: stop COMMAND -->         ends the command in the background that begins like that, as Ctrl-C does
 *
 * "haproxy" is the one that the environment variable HAPROXY names, or that of the PATH. "mvn" uses the given repository.
 */
class FollowPage {

	private static final Duration COMMAND = Duration.ofMinutes(5);

	private static final Duration START = Duration.ofSeconds(90);

	private static final Duration REPEAT = Duration.ofSeconds(30);

	private static final Path ROOT = Path.of("").toAbsolutePath();

	private static final Pattern FENCE = Pattern.compile("```+(\\w*)(?: title=\"([^\"]+)\")?");

	private static final Pattern DIRECTIVE = Pattern.compile("<!-- follow: (\\w+) ?(.*?) *-->");

	public static void main(String[] args) throws Exception {
		Path repository = Path.of(System.getProperty("user.home"), ".m2", "repository");
		boolean keep = false;
		List<Path> pages = new ArrayList<>();
		for (int i = 0; i < args.length; i++) {
			switch (args[i]) {
				case "--keep" -> keep = true;
				case "--repository" -> repository = Path.of(args[++i]).toAbsolutePath();
				default -> pages.add(Path.of(args[i]));
			}
		}
		System.err.println("Not written yet: " + pages + repository + keep);
	}

}
