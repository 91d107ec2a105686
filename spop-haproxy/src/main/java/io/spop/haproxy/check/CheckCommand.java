package io.spop.haproxy.check;

import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;

import io.spop.haproxy.HaproxyVersion;
import io.spop.haproxy.SetOnError;
import io.spop.haproxy.config.ConfigurationReader;
import io.spop.haproxy.config.HaproxyConfiguration;
import org.jspecify.annotations.Nullable;

/**
 * The command that checks files:
 * {@code java -jar spop-haproxy-VERSION-check.jar check haproxy.cfg}. It also explains
 * the codes of {@code option set-on-error}: {@code explain 257}. The exit status is 0 if
 * the check finds nothing but hints, 1 if it finds errors or warnings, and 2 if the
 * command line is wrong or a file cannot be read.
 *
 * @since 0.1.0
 */
public final class CheckCommand {

	/** Nothing was found, or only hints. */
	static final int GOOD = 0;

	/** There are errors or warnings. */
	static final int BAD = 1;

	/** The command line is wrong, or a file could not be read. */
	static final int FAILED = 2;

	private static final Set<String> UNREADABLE = Set.of("file-missing", "file-is-folder", "file-not-regular",
			"file-too-big", "file-not-readable", "file-binary", "file-charset", "folder-empty");

	private static final String USAGE = """
			Usage: check [--version 3.2] [--format text|json|sarif|github] FILE...
			       explain CODE...

			'check' checks what HAProxy's configuration has of SPOE: main files with the SPOE files that their filters
			name, folders with such files, or SPOE files alone.

			  --version VERSION  the version of HAProxy to check for, %s to %s but 3.1; by default the newest
			  --format FORMAT    text for people, json, sarif (2.1.0), or github for annotations; by default text
			  --help             this text

			'explain' says what a code means that HAProxy puts into the variable of 'option set-on-error', and
			into its log as 'st=', such as 257.

			Exit status: 0 if nothing was found but hints, 1 if there are errors or warnings, 2 if the command
			line is wrong or a file could not be read.
			""".formatted(HaproxyVersion.SUPPORTED.get(0), HaproxyVersion.newest());

	private final List<Path> files = new ArrayList<>();

	private HaproxyVersion version = HaproxyVersion.newest();

	private ReportFormat format = ReportFormat.TEXT;

	private CheckCommand() {
	}

	/**
	 * Run the command. Ends the process if the exit status is not 0.
	 * @param arguments the words of the command line; {@code --help} explains them
	 */
	public static void main(String[] arguments) {
		int status = run(arguments, System.out, System.err);
		if (status != GOOD) {
			System.exit(status);
		}
	}

	static int run(String[] arguments, PrintStream out, PrintStream err) {
		PrintWriter writer = new PrintWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8));
		try {
			List<String> words = Arrays.asList(arguments);
			if (words.contains("--help") || words.contains("-h")) {
				writer.print(USAGE);
				return GOOD;
			}
			if (!words.isEmpty() && words.get(0).equals("explain")) {
				return explain(words.subList(1, words.size()), writer, err);
			}
			CheckCommand command = new CheckCommand();
			String wrong = command.parse(words);
			if (wrong != null) {
				return failed(wrong, err);
			}
			return command.check(writer);
		}
		catch (RuntimeException | StackOverflowError | OutOfMemoryError ex) {
			err.println("The check failed: " + Finding.printable(ex.toString())
					+ ". Please report this with the configuration.");
			return FAILED;
		}
		finally {
			writer.flush();
		}
	}

	private static int failed(String wrong, PrintStream err) {
		err.println(Finding.printable(wrong) + " --help explains the command.");
		return FAILED;
	}

	private static int explain(List<String> codes, PrintWriter out, PrintStream err) {
		if (codes.isEmpty()) {
			return failed("explain needs a code of set-on-error, such as 257.", err);
		}
		List<SetOnError> explained = new ArrayList<>();
		for (String code : codes) {
			try {
				explained.add(SetOnError.explain(Integer.parseInt(code)));
			}
			catch (NumberFormatException ex) {
				return failed("'" + code + "' is not a code of set-on-error: a code is a number, such as 257.", err);
			}
		}
		explained.forEach(out::println);
		return GOOD;
	}

	/**
	 * Read the command line.
	 * @return what is wrong, or {@code null}
	 */
	private @Nullable String parse(List<String> words) {
		if (words.isEmpty() || !words.get(0).equals("check")) {
			return "The first word is 'check' or 'explain'.";
		}
		for (int i = 1; i < words.size(); i++) {
			String word = words.get(i);
			int equals = word.indexOf('=');
			String option = (word.startsWith("--") && equals > 0) ? word.substring(0, equals) : word;
			if (option.equals("--version") || option.equals("--format")) {
				String value = (equals > 0) ? word.substring(equals + 1) : (i + 1 < words.size()) ? words.get(++i) : "";
				String wrong = option.equals("--version") ? version(value) : format(value);
				if (wrong != null) {
					return wrong;
				}
			}
			else if (word.startsWith("-")) {
				return "There is no option '" + word + "'.";
			}
			else {
				try {
					this.files.add(Path.of(word));
				}
				catch (InvalidPathException ex) {
					return "'" + word + "' is not a path.";
				}
			}
		}
		return this.files.isEmpty() ? "No file is named." : null;
	}

	private @Nullable String version(String value) {
		if (value.isEmpty()) {
			return "--version needs a value, such as 3.2.";
		}
		try {
			this.version = HaproxyVersion.of(value).requireSupported();
			return null;
		}
		catch (IllegalArgumentException ex) {
			return ex.getMessage() + ".";
		}
	}

	private @Nullable String format(String value) {
		if (value.isEmpty()) {
			return "--format needs a value, such as json.";
		}
		for (ReportFormat one : ReportFormat.values()) {
			if (one.name().toLowerCase(Locale.ROOT).equals(value)) {
				this.format = one;
				return null;
			}
		}
		return "'" + value + "' is not one of the formats text, json, sarif and github.";
	}

	private int check(PrintWriter out) {
		ConfigurationReader reader = HaproxyConfiguration.reader().version(this.version);
		HaproxyConfiguration configuration = reader.read(this.files.toArray(new Path[0]));
		List<Finding> findings = ConfigurationCheck.check(configuration);
		this.format.write(findings, this.version, out);
		if (findings.stream().anyMatch(CheckCommand::isUnreadable)) {
			return FAILED;
		}
		return findings.stream().anyMatch((finding) -> finding.severity() != Severity.HINT) ? BAD : GOOD;
	}

	/**
	 * Return whether the finding is about a file of the command line that could not be
	 * read. A finding about a file that a filter names has the line of the filter, and
	 * does not count here.
	 */
	private static boolean isUnreadable(Finding finding) {
		return UNREADABLE.contains(finding.rule()) && finding.severity() == Severity.ERROR
				&& finding.location().line() == 1 && finding.location().column() == 1;
	}

}
