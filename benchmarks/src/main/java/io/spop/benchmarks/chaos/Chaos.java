package io.spop.benchmarks.chaos;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.spop.agent.SpopMetricsRecorder.NotifyOutcome;
import io.spop.benchmarks.chaos.Ledger.Fate;
import io.spop.benchmarks.chaos.Ledger.Outcome;
import org.HdrHistogram.Histogram;

/**
 * Sends requests through a HAProxy with three agents while faults happen, and accounts
 * for each NOTIFY. {@code benchmarks/README.md} explains what it prints.
 */
public final class Chaos {

	private static final long SEED = Long.getLong("seed", 1);

	private static final long NOTIFIES = Long.getLong("notifies", Long.MAX_VALUE);

	private static final long SECONDS = Long.getLong("seconds", Long.MAX_VALUE / 2);

	private static final int CLIENTS = Integer.getInteger("clients", 24);

	private static final long EVERY_MILLIS = Long.getLong("every", 2000);

	private final Account account = new Account();

	private final EventLoop loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory()).next();

	private final List<AgentProcess> agents = new ArrayList<>();

	private final List<Link> links = new ArrayList<>();

	private Chaos() {
	}

	/**
	 * Run the test.
	 * @param args the HAProxy, its version, and a folder for temporary files
	 * @throws Exception if the test cannot run
	 */
	public static void main(String[] args) throws Exception {
		Set<Faults.Kind> kinds = Set.of();
		try {
			kinds = Faults.Kind.parse(System.getProperty("faults", "all"));
		}
		catch (IllegalArgumentException ex) {
			System.err.println(ex.getMessage());
			System.exit(2);
		}
		boolean passed = new Chaos().run(args[0], args[1], Path.of(args[2]), kinds);
		System.exit(passed ? 0 : 1);
	}

	private boolean run(String binary, String version, Path folder, Set<Faults.Kind> kinds) throws Exception {
		boolean mux = !version.startsWith("2.") && !version.equals("3.0");
		Certificates certificates = new Certificates(folder);
		AgentList list = new AgentList(folder.resolve("list"));
		// The run may be interrupted while the agents start
		Runtime.getRuntime().addShutdownHook(new Thread(() -> List.copyOf(this.agents).forEach(AgentProcess::destroy)));
		startAgents(folder, certificates, list);
		for (AgentProcess agent : this.agents) {
			this.links.add(new Link(agent.name(), this.loop, this.account, agent.address(),
					agent.name().equals("tls") ? certificates.client() : null, SEED + this.links.size()));
		}
		HaproxyProcess haproxy = new HaproxyProcess(binary, mux, folder, this.links);
		Runtime.getRuntime().addShutdownHook(new Thread(haproxy::destroy));
		try {
			haproxy.awaitListening();
			List<Faults.Target> targets = new ArrayList<>();
			for (int i = 0; i < this.agents.size(); i++) {
				targets.add(new Faults.Target(this.agents.get(i), this.links.get(i)));
			}
			Faults faults = new Faults(this.loop, this.account, targets, haproxy, certificates, list, kinds, SEED);
			Client client = new Client(this.loop, haproxy.port(), this.account, SEED, list::number);
			System.out
				.println("HAProxy " + version + ", seed " + SEED + ", faults " + kinds + ", " + CLIENTS + " clients");
			long start = System.nanoTime();
			load(client, faults);
			double seconds = (System.nanoTime() - start) / 1e9;
			haproxy.findCrashes(this.account);
			stopAgents();
			return report(client, faults, seconds);
		}
		finally {
			haproxy.destroy();
			this.agents.forEach(AgentProcess::destroy);
		}
	}

	private void startAgents(Path folder, Certificates certificates, AgentList list)
			throws IOException, InterruptedException {
		List<String> common = List.of("--chaos.seed=" + SEED, "--chaos.list=" + list.file(),
				"--spring.main.banner-mode=off", "--spop.handler.timeout=" + Scenario.DEADLINE.toMillis(),
				"--spop.handler.error-variable.name=" + Scenario.FALLBACK, "--spop.shutdown.pre-drain-delay=2s");
		List<String> recording = new ArrayList<>(common);
		recording.add("--spop.record.file=" + folder.resolve("recording.spop"));
		recording.add("--spop.record.max-file-size=1MB");
		recording.add("--spop.record.max-files=2");
		List<String> tls = new ArrayList<>(common);
		tls.add("--spop.listeners.main.ssl.bundle=agent");
		tls.add("--spring.ssl.bundle.jks.agent.keystore.location=file:" + certificates.keystore());
		tls.add("--spring.ssl.bundle.jks.agent.keystore.password=" + Certificates.PASSWORD);
		tls.add("--spring.ssl.bundle.jks.agent.keystore.type=PKCS12");
		tls.add("--spring.ssl.bundle.jks.agent.reload-on-update=true");
		tls.add("--spring.ssl.bundle.watch.file.quiet-period=300ms");
		this.agents.add(AgentProcess.tcp(folder, "tcp", common));
		this.agents.add(AgentProcess.unix(folder, "unix", recording));
		this.agents.add(AgentProcess.tcp(folder, "tls", tls));
		for (AgentProcess agent : this.agents) {
			agent.launch();
		}
		for (AgentProcess agent : this.agents) {
			agent.awaitStarted();
		}
	}

	private void load(Client client, Faults faults) throws Exception {
		onLoop(() -> {
			client.start(CLIENTS);
			return null;
		});
		if (Boolean.getBoolean("swallow-ack")) {
			this.loop.schedule(() -> this.links.get(0).swallowAck(), 1, TimeUnit.SECONDS);
		}
		long start = System.nanoTime();
		long ticks = 0;
		while (onLoop(() -> this.account.notifies) < NOTIFIES
				&& System.nanoTime() - start < TimeUnit.SECONDS.toNanos(SECONDS)) {
			Thread.sleep(EVERY_MILLIS);
			faults.next();
			onLoop(() -> {
				this.links.forEach(Link::checkAges);
				return null;
			});
			if (++ticks % Math.max(1, 30_000 / EVERY_MILLIS) == 0) {
				progress(client, start);
			}
		}
		faults.finish();
		onLoop(() -> {
			client.finish();
			return null;
		});
		await(Scenario.REQUEST.toSeconds() + 2, () -> !client.isWaiting());
		await(10, () -> this.links.stream().allMatch((link) -> link.pending() == 0));
		onLoop(() -> {
			this.links.forEach(Link::finish);
			return null;
		});
	}

	private void progress(Client client, long start) throws Exception {
		onLoop(() -> {
			System.out.printf(Locale.ROOT, "%d s: %d requests, %d NOTIFYs, %d ACKs, %d killed, %d failed%n",
					TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start), client.answered(), this.account.notifies,
					this.account.acks, this.account.killed(), this.account.failed());
			return null;
		});
	}

	private <T> T onLoop(Callable<T> task) throws Exception {
		return this.loop.submit(task).get();
	}

	private void await(long seconds, Callable<Boolean> condition) throws Exception {
		long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
		while (!onLoop(condition) && System.nanoTime() - end < 0) {
			Thread.sleep(50);
		}
	}

	private void stopAgents() throws InterruptedException {
		for (AgentProcess agent : this.agents) {
			if (!agent.stop()) {
				this.account.fail("The agent " + agent.name() + " did not stop in time");
			}
		}
	}

	private boolean report(Client client, Faults faults, double seconds) throws Exception {
		Account account = this.account;
		long withoutAck = account.killed() + account.givenUp + account.crossed;
		Agents agents = new Agents();
		this.agents.forEach(agents::add);
		Map<Outcome, Map<Fate, Long>> table = account.ledger.table();
		check(account.notifies == account.acks + withoutAck + account.unanswered,
				"the NOTIFYs are not the sum of the ACKs and of those without");
		check(account.acks > 0, "no NOTIFY was answered");
		check(client.sent() == client.answered(), (client.sent() - client.answered()) + " requests have no response");
		check(agents.received <= account.notifies && account.notifies - agents.received <= withoutAck,
				"the agents received " + agents.received + " NOTIFYs of " + account.notifies + ", and " + withoutAck
						+ " have no ACK");
		long closed = agents.ended.getOrDefault(NotifyOutcome.CLOSED, 0L);
		check(closed <= account.killed() + account.givenUp,
				"the agents dropped " + closed
						+ " NOTIFYs because their connection was closed, but faults and HAProxy closed those of "
						+ (account.killed() + account.givenUp) + " alone");
		check(agents.acks >= account.acks && agents.acks - account.acks <= withoutAck + account.unanswered,
				"the agents sent " + agents.acks + " ACKs, the proxy " + account.acks + ", and " + withoutAck
						+ " NOTIFYs have no ACK");
		table.forEach((outcome, fates) -> fates.forEach((fate, count) -> check(outcome.fits(fate),
				count + " NOTIFYs with the outcome " + outcome + " at HAProxy were " + fate)));

		System.out.println();
		System.out.println("| faults | |\n|---|---|");
		faults.counts().forEach((kind, count) -> row(kind, count));
		row("all", faults.counts().values().stream().mapToInt(Integer::intValue).sum());
		System.out.println();
		System.out.println("| what HAProxy told the client |" + header() + " all |");
		System.out.println("|---|" + "---|".repeat(Fate.values().length + 1));
		table.forEach((outcome, fates) -> {
			StringBuilder row = new StringBuilder("| " + outcome + " |");
			for (Fate fate : Fate.values()) {
				row.append(' ').append(fates.getOrDefault(fate, 0L)).append(" |");
			}
			System.out.println(row.append(' ').append(sum(fates)).append(" |"));
		});
		System.out.println();
		System.out.println("| NOTIFYs | |\n|---|---|");
		row("that HAProxy was asked for, " + Scenario.ENGINES + " for a request", client.sent() * Scenario.ENGINES);
		row("sent by HAProxy", account.notifies);
		row("of these, sent again", account.repeated);
		row("ACKs to HAProxy", account.acks);
		account.killed.forEach((fault, count) -> row("connection killed by " + fault, count));
		row("connection closed by HAProxy", account.givenUp);
		row("connection closed by the agent, in order, at the same time", account.crossed);
		row("unanswered", account.unanswered);
		row("received by the agents", agents.received);
		agents.ended.forEach((outcome, count) -> row("of these, " + outcome.name().toLowerCase(Locale.ROOT), count));
		row("ACKs of the agents", agents.acks);
		account.errors.forEach((error, count) -> row("error " + error + " at HAProxy", count));
		System.out.println();
		for (Link link : this.links) {
			if (!link.handshakes().isEmpty()) {
				System.out.println("TLS handshakes by certificate: " + link.handshakes());
			}
		}
		Histogram micros = client.micros();
		System.out.printf(Locale.ROOT,
				"%d of %d requests answered on %d connections, p50 %.1f ms, p99 %.1f ms, the longest %.1f ms%n",
				client.answered(), client.sent(), client.connects(), micros.getValueAtPercentile(50) / 1e3,
				micros.getValueAtPercentile(99) / 1e3, micros.getMaxValue() / 1e3);
		System.out.printf(Locale.ROOT, "%.0f s, %.0f NOTIFYs in a second%n", seconds, account.notifies / seconds);
		System.out.println((account.failed() == 0) ? "PASSED: nothing is lost"
				: "FAILED: " + account.failed() + " times; the first are above");
		return account.failed() == 0;
	}

	private void check(boolean right, String failure) {
		if (!right) {
			this.account.fail(failure);
		}
	}

	private static String header() {
		StringBuilder header = new StringBuilder();
		for (Fate fate : Fate.values()) {
			header.append(' ').append(fate).append(" |");
		}
		return header.toString();
	}

	private static long sum(Map<Fate, Long> fates) {
		return fates.values().stream().mapToLong(Long::longValue).sum();
	}

	private static void row(Object name, long count) {
		System.out.println("| " + name + " | " + count + " |");
	}

	/**
	 * The sums of all processes of the agents.
	 */
	private final class Agents {

		private final Map<NotifyOutcome, Long> ended = new EnumMap<>(NotifyOutcome.class);

		private long received;

		private long acks;

		void add(AgentProcess agent) {
			for (AgentProcess.Run run : agent.runs()) {
				AgentCounts counts = run.counts();
				this.received += counts.received();
				this.acks += counts.acks();
				long ended = 0;
				for (NotifyOutcome outcome : NotifyOutcome.values()) {
					this.ended.merge(outcome, counts.ended(outcome), Long::sum);
					ended += counts.ended(outcome);
				}
				long answered = ended - counts.ended(NotifyOutcome.CLOSED) - counts.ended(NotifyOutcome.SUPERSEDED);
				check(run.isKilled() || ended == counts.received(), "the agent " + agent.name() + " received "
						+ counts.received() + " NOTIFYs, of which " + ended + " have an outcome");
				check(run.isKilled() || answered == counts.acks(), "the agent " + agent.name() + " answered " + answered
						+ " NOTIFYs, by " + counts.acks() + " ACKs");
			}
		}

	}

}
