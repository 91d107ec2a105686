package io.spop.benchmarks.chaos;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

import io.netty.channel.EventLoop;

/**
 * Injects faults, one every few seconds. The seed decides which, and how long they last.
 * A fault may go on when the next one begins, but one of the agents always has none.
 */
final class Faults {

	private static final long MAX_DELAY_MILLIS = 1500;

	private final EventLoop loop;

	private final Account account;

	private final List<Target> targets;

	private final HaproxyProcess haproxy;

	private final Certificates certificates;

	private final AgentList list;

	private final Set<Kind> kinds;

	private final Random random;

	private final Map<Kind, Integer> counts = new EnumMap<>(Kind.class);

	private final Set<Target> busy = new HashSet<>();

	private final ExecutorService executor = Executors.newCachedThreadPool();

	Faults(EventLoop loop, Account account, List<Target> targets, HaproxyProcess haproxy, Certificates certificates,
			AgentList list, Set<Kind> kinds, long seed) {
		this.loop = loop;
		this.account = account;
		this.targets = targets;
		this.haproxy = haproxy;
		this.certificates = certificates;
		this.list = list;
		this.kinds = kinds;
		this.random = new Random(seed);
	}

	Map<Kind, Integer> counts() {
		return this.counts;
	}

	/** Begin the next fault. */
	synchronized void next() {
		List<Kind> kinds = List.copyOf(this.kinds);
		if (kinds.isEmpty()) {
			return;
		}
		Kind kind = kinds.get(this.random.nextInt(kinds.size()));
		List<Target> targets = this.targets.stream().filter((target) -> kind.concerns(target)).toList();
		Target target = targets.get(this.random.nextInt(targets.size()));
		long seed = this.random.nextLong();
		boolean isFree = kind.isOfHaproxyOrFiles()
				|| (this.busy.size() < this.targets.size() - 1 && this.busy.add(target));
		if (isFree) {
			this.counts.merge(kind, 1, Integer::sum);
			this.executor.execute(() -> run(kind, target, new Random(seed)));
		}
	}

	private void run(Kind kind, Target target, Random random) {
		try {
			inject(kind, target, random);
		}
		catch (Exception ex) {
			this.loop.execute(() -> this.account.fail("The fault " + kind + " of " + target.link.name() + ": " + ex));
		}
		finally {
			if (!kind.isOfHaproxyOrFiles()) {
				free(target);
			}
		}
	}

	private synchronized void free(Target target) {
		this.busy.remove(target);
	}

	private void inject(Kind kind, Target target, Random random) throws IOException, InterruptedException {
		Link link = target.link;
		switch (kind) {
			case KILL -> kill(target, random);
			case STOP -> {
				onLoop(link::faultBegins);
				target.agent.signal("STOP");
				Thread.sleep(5000);
				target.agent.signal("CONT");
				Thread.sleep(1000);
				onLoop(link::faultEnds);
			}
			case RESTART -> restart(target);
			case SOCKET -> {
				Files.deleteIfExists(((UnixDomainSocketAddress) target.agent.address()).getPath());
				Thread.sleep(2000);
				restart(target);
			}
			case RESET -> onLoop(() -> {
				link.faultBegins();
				link.reset();
				link.faultEnds();
			});
			case BLACKHOLE -> blackhole(link, random);
			case DELAY -> {
				onLoop(() -> {
					link.faultBegins();
					link.delay(1 + random.nextLong(MAX_DELAY_MILLIS));
				});
				Thread.sleep(2000 + random.nextInt(3000));
				onLoop(() -> link.delay(0));
				Thread.sleep(MAX_DELAY_MILLIS);
				onLoop(link::faultEnds);
			}
			case SLOW -> {
				onLoop(() -> {
					link.faultBegins();
					link.slow(true);
				});
				Thread.sleep(2000 + random.nextInt(3000));
				onLoop(() -> link.slow(false));
				Thread.sleep(1000);
				onLoop(link::faultEnds);
			}
			case RELOAD -> this.haproxy.reload();
			case CERTIFICATE -> this.certificates.swap();
			case LIST -> changeList(random);
		}
	}

	private void onLoop(Runnable task) {
		this.loop.submit(task).syncUninterruptibly();
	}

	private void kill(Target target, Random random) throws IOException, InterruptedException {
		onLoop(() -> {
			target.link.faultBegins();
			target.link.blame("kill");
		});
		target.agent.kill();
		Thread.sleep(random.nextInt(1000));
		target.agent.start();
		onLoop(() -> {
			target.link.blame(null);
			target.link.faultEnds();
		});
	}

	private void restart(Target target) throws IOException, InterruptedException {
		onLoop(() -> target.link.stopping(true));
		if (!target.agent.stop()) {
			throw new IllegalStateException("the agent did not stop in time");
		}
		target.agent.start();
		onLoop(() -> target.link.stopping(false));
	}

	/** Sometimes the network comes back, sometimes its connections are gone. */
	private void blackhole(Link link, Random random) throws InterruptedException {
		boolean comesBack = random.nextBoolean();
		onLoop(() -> {
			link.faultBegins();
			link.blackhole(true);
			if (!comesBack) {
				link.blame("blackhole");
			}
		});
		Thread.sleep(500 + random.nextInt(2500));
		onLoop(() -> {
			if (!comesBack) {
				link.reset();
				link.blame(null);
			}
			link.blackhole(false);
		});
		Thread.sleep(1000);
		onLoop(link::faultEnds);
	}

	private synchronized void changeList(Random random) throws IOException, InterruptedException {
		if (random.nextInt(4) == 0) {
			this.list.spoil();
			Thread.sleep(500);
		}
		this.list.replace();
	}

	/** Wait until all faults are over. */
	void finish() throws InterruptedException {
		this.executor.shutdown();
		if (!this.executor.awaitTermination(3, TimeUnit.MINUTES)) {
			throw new IllegalStateException("A fault did not end");
		}
	}

	/**
	 * An agent and the way to it.
	 *
	 * @param agent the agent
	 * @param link the proxy in front of it
	 */
	record Target(AgentProcess agent, Link link) {
	}

	/**
	 * A kind of fault.
	 */
	enum Kind {

		/** SIGKILL, and a start. */
		KILL,

		/** SIGSTOP for 5 s. */
		STOP,

		/** SIGTERM, and a start. */
		RESTART,

		/** RST on all connections of an agent. */
		RESET,

		/** No byte gets through for up to 3 s; after that, RST or all that has waited. */
		BLACKHOLE,

		/** Bytes arrive up to 1.5 s later. */
		DELAY,

		/** Bytes arrive in pieces of up to 64, every 2 ms. */
		SLOW,

		/** The file of the UNIX socket is removed; 2 s later the agent restarts. */
		SOCKET,

		/** HAProxy is reloaded. */
		RELOAD,

		/** The certificate of the agent with TLS is replaced. */
		CERTIFICATE,

		/** The list of the agents is replaced, sometimes by one that is wrong before. */
		LIST;

		static Set<Kind> parse(String names) {
			Set<Kind> kinds = EnumSet.noneOf(Kind.class);
			for (String name : names.split(",")) {
				switch (name) {
					case "all" -> kinds.addAll(EnumSet.allOf(Kind.class));
					case "none" -> {
					}
					default -> kinds.add(of(name));
				}
			}
			return kinds;
		}

		private static Kind of(String name) {
			for (Kind kind : values()) {
				if (kind.toString().equals(name)) {
					return kind;
				}
			}
			throw new IllegalArgumentException("There is no fault '" + name + "', but all, none, "
					+ EnumSet.allOf(Kind.class).stream().map(Kind::toString).collect(Collectors.joining(", ")));
		}

		boolean isOfHaproxyOrFiles() {
			return this == RELOAD || this == CERTIFICATE || this == LIST;
		}

		boolean concerns(Target target) {
			return this != SOCKET || target.agent.address() instanceof UnixDomainSocketAddress;
		}

		@Override
		public String toString() {
			return name().toLowerCase(Locale.ROOT);
		}

	}

}
