package io.spop.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.ToDoubleFunction;

import io.spop.client.SpopClient;
import io.spop.protocol.Actions;
import io.spop.protocol.Argument;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopValue;
import reactor.netty.ReactorNetty;

/**
 * Measures how long {@linkplain BlockingAgent an agent} takes to answer messages whose
 * handler runs on the event loop: first alone, then with as many other messages whose
 * handler blocks, on a pool of threads or on virtual threads.
 */
public final class BlockingHandlers {

	private static final int CONNECTIONS = 8;

	private static final int WARM_UP_SECONDS = 10;

	/** How many messages of each kind are sent in a second. */
	private static final int RATE = Integer.getInteger("rate", 300);

	private static final int SECONDS = Integer.getInteger("seconds", 10);

	private static final int ROUNDS = Integer.getInteger("rounds", 3);

	private static final NotifyMessage QUICK = NotifyMessage.of(BlockingAgent.QUICK);

	private static final NotifyMessage SLOW = slow(200);

	private final List<String> command;

	private final Random random = new Random(1);

	private BlockingHandlers(String[] command) {
		this.command = List.of(command);
	}

	/**
	 * Run the benchmark.
	 * @param command what to put in front of the command that starts an agent, such as
	 * {@code taskset -c 0}
	 * @throws Exception if an agent does not start, or does not answer
	 */
	public static void main(String[] command) throws Exception {
		System.setProperty(ReactorNetty.IO_WORKER_COUNT, "1");
		new BlockingHandlers(command).run();
	}

	private static NotifyMessage slow(int millis) {
		return NotifyMessage.of(BlockingAgent.SLOW, new Argument("millis", SpopValue.of(millis)));
	}

	private void run() throws Exception {
		System.out.printf("Java %s, %d connections, %d messages/s of each kind, %d rounds of %d s%n",
				System.getProperty("java.version"), CONNECTIONS, RATE, ROUNDS, SECONDS);
		Map<String, Agent> agents = new LinkedHashMap<>();
		try {
			agents.put("pool", Agent.start(this.command, false));
			if (Runtime.version().feature() >= 21) {
				agents.put("virtual", Agent.start(this.command, true));
			}
			for (Agent agent : agents.values()) {
				warmUp(agent);
			}
			measure(agents);
		}
		finally {
			agents.values().forEach(Agent::stop);
		}
	}

	/**
	 * Let the JVM compile the code that the measurement calls. The rate is higher here,
	 * because the handler sleeps for a shorter time.
	 */
	private void warmUp(Agent agent) {
		int rate = 10 * RATE;
		load(agent, plan(QUICK, rate, WARM_UP_SECONDS), plan(slow(1), rate, WARM_UP_SECONDS));
		load(agent, plan(QUICK, RATE, 2), plan(SLOW, RATE, 2));
	}

	private void measure(Map<String, Agent> agents) {
		System.out.println("| slow ones on | messages | p50 | p99 | p99.9 | longest | slow answered | slow refused |");
		System.out.println("|---|---|---|---|---|---|---|---|");
		Map<String, List<Result>> results = new LinkedHashMap<>();
		for (int round = 0; round < ROUNDS; round++) {
			agents.forEach((threads, agent) -> {
				for (int rate : new int[] { 0, RATE }) {
					String row = "| " + threads + " | " + ((rate > 0) ? "quick and slow" : "quick");
					Result result = load(agent, plan(QUICK, RATE, SECONDS), plan(SLOW, rate, SECONDS));
					print(row, List.of(result));
					results.computeIfAbsent(row, (key) -> new ArrayList<>()).add(result);
				}
			});
		}
		System.out.println("Medians of the rounds, sums of slow ones:");
		results.forEach(BlockingHandlers::print);
	}

	private static void print(String row, List<Result> results) {
		System.out.printf("%s | %.0f µs | %.0f µs | %.0f µs | %.0f µs | %d | %d |%n", row,
				median(results, (result) -> result.percentile(50)), median(results, (result) -> result.percentile(99)),
				median(results, (result) -> result.percentile(99.9)),
				median(results, (result) -> result.percentile(100)), results.stream().mapToInt(Result::answered).sum(),
				results.stream().mapToInt(Result::refused).sum());
	}

	private static double median(List<Result> results, ToDoubleFunction<Result> value) {
		double[] values = results.stream().mapToDouble(value).sorted().toArray();
		return values[values.length / 2];
	}

	/**
	 * Send messages at planned times, whether or not earlier ones have been answered.
	 */
	private static Result load(Agent agent, List<Message> quick, List<Message> slow) {
		List<Message> messages = new ArrayList<>(quick);
		messages.addAll(slow);
		messages.sort(Comparator.comparingLong(Message::time));
		CountDownLatch missing = new CountDownLatch(messages.size());
		long start = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(100);
		for (int i = 0; i < messages.size(); i++) {
			Message message = messages.get(i);
			long due = start + message.time;
			for (long wait = due - System.nanoTime(); wait > 0; wait = due - System.nanoTime()) {
				LockSupport.parkNanos(wait);
			}
			agent.clients.get(i % CONNECTIONS)
				.notify(message.content)
				.doOnNext((actions) -> message.answered(actions, System.nanoTime() - due))
				.doOnTerminate(missing::countDown)
				.subscribe();
		}
		await(missing);
		return Result.of(quick, slow);
	}

	/**
	 * Plan one message for each period, at a random time in the period, so that it does
	 * not always coincide with the answer to another one.
	 */
	private List<Message> plan(NotifyMessage content, int rate, int seconds) {
		List<Message> messages = new ArrayList<>();
		for (int i = 0; i < rate * seconds; i++) {
			double time = (i + this.random.nextDouble()) * TimeUnit.SECONDS.toNanos(1) / rate;
			messages.add(new Message(content, (long) time));
		}
		return messages;
	}

	private static void await(CountDownLatch latch) {
		try {
			if (!latch.await(10, TimeUnit.SECONDS)) {
				throw new IllegalStateException(latch.getCount() + " messages have no answer");
			}
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * A message and its result.
	 */
	private static final class Message {

		private final NotifyMessage content;

		private final long time;

		/** How long the answer took, in nanoseconds, with actions or without. */
		private long latency;

		private boolean refused = true;

		Message(NotifyMessage content, long time) {
			this.content = content;
			this.time = time;
		}

		long time() {
			return this.time;
		}

		long latency() {
			return this.latency;
		}

		boolean refused() {
			return this.refused;
		}

		void answered(Actions actions, long latency) {
			this.latency = latency;
			this.refused = actions.isEmpty();
		}

	}

	/**
	 * The results of all messages.
	 *
	 * @param latencies the latencies of the quick messages, in nanoseconds, in ascending
	 * order
	 * @param answered how many slow messages were handled
	 * @param refused how many slow messages were refused
	 */
	private record Result(long[] latencies, int answered, int refused) {

		static Result of(List<Message> quick, List<Message> slow) {
			if (quick.stream().anyMatch(Message::refused)) {
				throw new IllegalStateException("A quick message was refused");
			}
			int refused = (int) slow.stream().filter(Message::refused).count();
			return new Result(quick.stream().mapToLong(Message::latency).sorted().toArray(), slow.size() - refused,
					refused);
		}

		/**
		 * Return a percentile of the latencies.
		 * @param percent the percentage of the quick messages that do not exceed the
		 * latency
		 * @return the latency in microseconds
		 */
		double percentile(double percent) {
			int place = (int) Math.ceil(percent / 100 * this.latencies.length) - 1;
			return this.latencies[place] / 1000.0;
		}

	}

	/**
	 * The process of an agent, and the connections to it.
	 */
	private record Agent(Process process, List<SpopClient> clients) {

		static Agent start(List<String> prefix, boolean virtualThreads) throws IOException {
			List<String> command = new ArrayList<>(prefix);
			command.addAll(List.of(System.getProperty("java.home") + "/bin/java", "-cp",
					System.getProperty("java.class.path"), BlockingAgent.class.getName(),
					"--spop.listeners.default.port=0", "--spring.threads.virtual.enabled=" + virtualThreads,
					"--spring.main.banner-mode=off", "--logging.level.root=warn"));
			Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
			try {
				InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port(process));
				List<SpopClient> clients = new ArrayList<>();
				for (int i = 0; i < CONNECTIONS; i++) {
					clients.add(SpopClient.connect(address).block());
				}
				return new Agent(process, clients);
			}
			catch (RuntimeException ex) {
				process.destroy();
				throw ex;
			}
		}

		/**
		 * Return the port from the agent's output, and print all its other lines.
		 */
		private static int port(Process process) {
			CompletableFuture<Integer> port = new CompletableFuture<>();
			Thread reader = new Thread(() -> {
				try (BufferedReader output = process.inputReader()) {
					output.lines().forEach((line) -> {
						if (line.startsWith(BlockingAgent.PORT)) {
							port.complete(Integer.valueOf(line.substring(BlockingAgent.PORT.length())));
						}
						else {
							System.out.println(line);
						}
					});
				}
				catch (IOException ex) {
					throw new UncheckedIOException(ex);
				}
				finally {
					port.completeExceptionally(new IllegalStateException("The agent ended"));
				}
			});
			reader.setDaemon(true);
			reader.start();
			return port.join();
		}

		void stop() {
			this.clients.forEach(SpopClient::close);
			this.process.destroy();
		}

	}

}
