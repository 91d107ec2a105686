package io.spop.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;

import javax.xml.stream.XMLStreamException;

import io.spop.cli.conformance.CaseResult;
import io.spop.cli.conformance.CaseResult.Verdict;
import io.spop.cli.conformance.Category;
import io.spop.cli.conformance.ConformanceCase;
import io.spop.cli.conformance.ConformanceRun;
import io.spop.cli.conformance.ConformanceSuite;
import io.spop.cli.conformance.JunitReport;
import io.spop.cli.conformance.Restart;
import io.spop.cli.wire.Connector;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/**
 * Tests whether an agent, in any language, gives HAProxy what it needs.
 */
@Command(name = "conformance", mixinStandardHelpOptions = true,
		description = "Tests whether an agent, in any language, gives HAProxy what it needs. The agent has to answer any "
				+ "message with an ACK, with or without actions.",
		footer = { "",
				"Exit status: 0 if all cases passed or were skipped, 1 if a case failed, 69 if the agent cannot be "
						+ "reached, or died and was not restarted.",
				"", "Examples:", "  spop conformance 127.0.0.1:12345",
				"  spop conformance unix:/run/agent.sock --restart ./agent --junit report.xml",
				"  spop conformance 127.0.0.1:12345 --case frames.ack-fin",
				"  spop conformance --list --case frames.ack-fin" })
final class ConformanceCommand implements Callable<Integer> {

	private static final Duration RESTART_LIMIT = Duration.ofSeconds(30);

	@Parameters(index = "0", arity = "0..1", paramLabel = "ADDRESS",
			description = "The agent: " + AgentAddress.SYNTAX + ". --list needs none.")
	private @Nullable String address;

	@Option(names = "--unix", description = "ADDRESS is the path of a UNIX socket, as with unix: in front of it.")
	private boolean unix;

	@Option(names = "--list", description = "List the cases and run none. With --case, show the bytes as well.")
	private boolean list;

	@Option(names = "--category", paramLabel = "CATEGORY", converter = CategoryConverter.class,
			description = "Run the cases of this category; may be repeated.")
	private List<Category> categories = new ArrayList<>();

	@Option(names = "--case", paramLabel = "ID", description = "Run this case; may be repeated.")
	private List<String> ids = new ArrayList<>();

	@Option(names = "--profile", paramLabel = "PROFILE",
			description = "Run the cases for what an agent answers, too: ip-reputation is for one that sets sess.ip_score for "
					+ "check-client-ip and txn.my_var to tequila for log-request.")
	private @Nullable String profile;

	@Option(names = "--restart", paramLabel = "COMMAND",
			description = "Start the agent again with this command of the shell when it died or hangs. The agent keeps running "
					+ "at the end.")
	private @Nullable String restart;

	@Option(names = "--timeout", paramLabel = "TIME", defaultValue = "1s", converter = TimeConverter.class,
			description = "How long connecting and an answer may take, such as 500ms or 2s. A case takes at most ten times as "
					+ "long. Default: ${DEFAULT-VALUE}.")
	private Duration timeout = Duration.ofSeconds(1);

	@Option(names = "--silence", paramLabel = "TIME", defaultValue = "100ms", converter = TimeConverter.class,
			description = "How long a case waits where nothing may come. Default: ${DEFAULT-VALUE}.")
	private Duration silence = Duration.ofMillis(100);

	@Option(names = "--junit", paramLabel = "FILE", description = "Write the results to this file as JUnit XML.")
	private @Nullable Path junit;

	@Option(names = "--json", description = "Print a JSON object for each case instead of the report.")
	private boolean json;

	@ArgGroup(validate = false, heading = "Options for an address that begins with tls:%n")
	private TlsOptions tls = new TlsOptions();

	@Spec
	@SuppressWarnings("NullAway.Init") // picocli sets it
	private CommandSpec spec;

	@Override
	public Integer call() throws InterruptedException {
		List<ConformanceCase> cases = cases();
		if (this.list) {
			list(cases);
			return ExitStatus.GOOD;
		}
		if (this.address == null) {
			throw new CommandException(ExitStatus.USAGE, "ADDRESS is missing: " + AgentAddress.SYNTAX + ".");
		}
		AgentAddress agent = AgentAddress.of(this.unix ? "unix:" + this.address : this.address);
		Connector connector = new AgentConnector(agent, this.tls, this.timeout);
		if (this.junit != null) {
			// Before the run, so that a wrong path does not cost it
			junit(agent, List.of());
		}
		connectOnce(agent, connector);
		return run(agent, connector, cases);
	}

	// The cases

	private List<ConformanceCase> cases() {
		List<ConformanceCase> cases = new ArrayList<>(ConformanceSuite.cases());
		if (this.profile != null) {
			if (!this.profile.equals(Category.IP_REPUTATION.toString())) {
				throw new CommandException(ExitStatus.USAGE,
						"There is no profile '" + this.profile + "'. There is " + Category.IP_REPUTATION + ".");
			}
			cases.addAll(ConformanceSuite.ipReputation());
		}
		for (String id : this.ids) {
			if (cases.stream().noneMatch((each) -> each.id().equals(id))) {
				throw new CommandException(ExitStatus.USAGE, "There is no case '" + id
						+ "'. 'spop conformance --list' lists them"
						+ (id.startsWith(Category.IP_REPUTATION + ".") ? ", with --profile ip-reputation." : "."));
			}
		}
		cases.removeIf((each) -> (!this.ids.isEmpty() && !this.ids.contains(each.id()))
				|| (!this.categories.isEmpty() && !this.categories.contains(each.category())));
		if (cases.isEmpty()) {
			throw new CommandException(ExitStatus.USAGE,
					"No case is left: --case, --category and --profile exclude all.");
		}
		return cases;
	}

	private void list(List<ConformanceCase> cases) {
		PrintWriter out = this.spec.commandLine().getOut();
		if (this.json) {
			JsonLines lines = new JsonLines(out);
			cases.forEach((each) -> lines.write((json) -> {
				json.writeStringProperty("case", each.id());
				json.writeStringProperty("level", each.level().toString());
				json.writeStringProperty("title", each.title());
				json.writeStringProperty("haproxy", each.otherwise());
				json.writeStringProperty("source", each.source());
			}));
		}
		else if (this.ids.isEmpty()) {
			int width = cases.stream().mapToInt((each) -> each.id().length()).max().orElse(0);
			cases.forEach((each) -> out.printf(Locale.ROOT, "%-" + width + "s  %-6s  %s%n", each.id(), each.level(),
					each.title()));
		}
		else {
			for (ConformanceCase each : cases) {
				out.println(each.id() + " (" + each.level() + "): " + each.title());
				out.println("  HAProxy with another answer: " + each.otherwise());
				out.println("  source: " + each.source());
				each.script().forEach((line) -> out.println("    " + line));
			}
		}
	}

	// The connection

	private static void connectOnce(AgentAddress agent, Connector connector) {
		try {
			connector.open().close();
		}
		catch (IOException ex) {
			throw AgentFailure.explain(agent, ex, "AGENT-HELLO");
		}
	}

	// The run

	private int run(AgentAddress agent, Connector connector, List<ConformanceCase> cases) throws InterruptedException {
		ConformanceRun run = new ConformanceRun(connector, this.timeout, this.silence,
				(this.restart != null) ? new Restart(this.restart, RESTART_LIMIT) : null);
		List<CaseResult> results = new ArrayList<>();
		PrintWriter out = this.spec.commandLine().getOut();
		ConformanceReport report = new ConformanceReport(out);
		JsonLines lines = new JsonLines(out);
		long start = System.nanoTime();
		Interruption interruption = Interruption.endsWith(run::stop);
		try {
			run.run(cases, (result) -> {
				results.add(result);
				if (this.json) {
					print(lines, result);
					out.flush();
				}
				else {
					report.add(result);
				}
			});
			if (!this.json) {
				report.end(Duration.ofNanos(System.nanoTime() - start));
			}
			junit(agent, results);
			out.flush();
		}
		finally {
			interruption.close();
		}
		if (run.isAgentGone()) {
			return ExitStatus.UNAVAILABLE;
		}
		boolean good = results.stream()
			.allMatch((result) -> result.verdict() == Verdict.PASSED || result.verdict() == Verdict.SKIPPED);
		return good ? ExitStatus.GOOD : ExitStatus.NO;
	}

	private static void print(JsonLines lines, CaseResult result) {
		lines.write((json) -> {
			json.writeStringProperty("case", result.conformanceCase().id());
			json.writeStringProperty("level", result.conformanceCase().level().toString());
			json.writeStringProperty("verdict", ConformanceReport.words(result.verdict()));
			if (!result.expected().isEmpty()) {
				json.writeStringProperty("expected", result.expected());
			}
			if (!result.reason().isEmpty()) {
				json.writeStringProperty("reason", result.reason());
			}
			json.writeNumberProperty("milliseconds", result.time().toMillis());
		});
	}

	private void junit(AgentAddress agent, List<CaseResult> results) {
		if (this.junit == null) {
			return;
		}
		try (Writer writer = Files.newBufferedWriter(this.junit)) {
			JunitReport.write(agent.toString(), results, writer);
		}
		catch (IOException ex) {
			throw new CommandException(ExitStatus.CANNOT_CREATE,
					"The file '" + this.junit + "' cannot be written: " + Sentences.of(ex) + ".");
		}
		catch (XMLStreamException ex) {
			throw new CommandException(ExitStatus.IO_ERROR,
					"The file '" + this.junit + "' cannot be written: " + ex.getMessage() + ".");
		}
	}

	private static final class CategoryConverter implements ITypeConverter<Category> {

		@Override
		public Category convert(String text) {
			try {
				return Category.of(text);
			}
			catch (IllegalArgumentException ex) {
				throw new TypeConversionException(ex.getMessage());
			}
		}

	}

}
