package io.spop.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;

import io.spop.haproxy.HaproxyVersion;
import io.spop.haproxy.check.ConfigurationCheck;
import io.spop.haproxy.check.Finding;
import io.spop.haproxy.check.Severity;
import io.spop.haproxy.config.ConfigurationReader;
import io.spop.haproxy.config.HaproxyConfiguration;
import io.spop.haproxy.config.Location;
import io.spop.protocol.LogText;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * Checks HAProxy's configuration of SPOE.
 */
@Command(name = "check",
		description = "Checks what HAProxy's configuration has of SPOE: finds what HAProxy refuses, and what HAProxy "
				+ "accepts although it cannot work.",
		footer = { "",
				"Exit status: 0 if nothing was found but hints, 1 if there are errors or warnings, 65 if a FILE "
						+ "is not a text that can be a configuration, 66 if a FILE cannot be read.",
				"", "Examples:", "  spop check haproxy.cfg",
				"  spop check --version 3.2 --format sarif /etc/haproxy > spop.sarif",
				"  envsubst < haproxy.cfg.template | spop check -" })
final class CheckCommand implements Callable<Integer> {

	private static final Path STANDARD_INPUT = Path.of("-");

	private static final Set<String> UNREADABLE = Set.of("file-missing", "file-is-folder", "file-not-regular",
			"file-not-readable", "folder-empty");

	private static final Set<String> NO_TEXT = Set.of("file-too-big", "file-binary", "file-charset");

	@Parameters(paramLabel = "FILE", arity = "1..*",
			description = "Main files with the SPOE files that their filters name, folders with files *.cfg, or SPOE "
					+ "files alone. - is standard input.")
	private List<Path> files = new ArrayList<>();

	@Option(names = "--version", paramLabel = "VERSION", converter = AgentOptions.VersionConverter.class,
			description = "The version of HAProxy to check for, 2.6 to 3.4 but 3.1. Default: the newest.")
	private HaproxyVersion version = HaproxyVersion.newest();

	@Option(names = "--format", paramLabel = "FORMAT", defaultValue = "text",
			description = "text for people, json, sarif (2.1.0), or github for annotations. Default: ${DEFAULT-VALUE}.")
	private ReportFormat format = ReportFormat.TEXT;

	@Option(names = { "-h", "--help" }, usageHelp = true, description = "Show this help message and exit.")
	@SuppressWarnings("UnusedVariable") // picocli reads it
	private boolean help;

	@Spec
	@SuppressWarnings("NullAway.Init") // picocli sets it
	private CommandSpec spec;

	@Override
	public Integer call() {
		List<Finding> findings = ConfigurationCheck.check(read());
		this.format.write(findings, this.version, this.spec.commandLine().getOut());
		first(findings, UNREADABLE).ifPresent((file) -> {
			throw new CommandException(ExitStatus.NO_INPUT,
					"The check is not complete: '" + LogText.message(file) + "' could not be read.");
		});
		first(findings, NO_TEXT).ifPresent((file) -> {
			throw new CommandException(ExitStatus.DATA, "The check is not complete: '" + LogText.message(file)
					+ "' is not a text that can be a configuration.");
		});
		return findings.stream().allMatch((finding) -> finding.severity() == Severity.HINT) ? ExitStatus.GOOD
				: ExitStatus.NO;
	}

	private HaproxyConfiguration read() {
		ConfigurationReader reader = HaproxyConfiguration.reader().version(this.version);
		if (!this.files.contains(STANDARD_INPUT)) {
			return reader.read(this.files.toArray(new Path[0]));
		}
		if (this.files.size() > 1) {
			throw new CommandException(ExitStatus.USAGE,
					"Standard input cannot be checked together with files: write their names alone, or - alone.");
		}
		try {
			return reader.read(STANDARD_INPUT.toString(), System.in);
		}
		catch (IOException ex) {
			throw new CommandException(ExitStatus.NO_INPUT, "Standard input cannot be read: " + Sentences.of(ex) + ".");
		}
	}

	/**
	 * Return the first file of the command line about which a rule has a finding. A
	 * finding about a file that a filter names has the line of the filter, and does not
	 * count here.
	 */
	private static Optional<String> first(List<Finding> findings, Set<String> rules) {
		return findings.stream()
			.filter((finding) -> rules.contains(finding.rule()) && finding.severity() == Severity.ERROR)
			.map(Finding::location)
			.filter((location) -> location.line() == 1 && location.column() == 1)
			.map(Location::file)
			.findFirst();
	}

}
