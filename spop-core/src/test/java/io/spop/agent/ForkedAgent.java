package io.spop.agent;

import java.io.BufferedReader;
import java.io.File;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.spop.protocol.Actions;
import io.spop.protocol.VarScope;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An agent in a JVM of its own, for tests of what an agent does when its process has no
 * file descriptors or no memory left. Tests that use it have a time limit.
 */
final class ForkedAgent implements AutoCloseable {

	private static final Pattern REPLY = Pattern.compile("port \\d+|full|released|up|down");

	private static final String END = "";

	private final Process process;

	private final BlockingQueue<String> replies = new LinkedBlockingQueue<>();

	private final List<String> lines = new CopyOnWriteArrayList<>();

	private final Thread reader = new Thread(this::read);

	private final InetSocketAddress address;

	/**
	 * Start an agent with two event loops.
	 * @param folder a folder for a jar, because classes in a folder cannot be loaded
	 * without file descriptors
	 * @param files the number of file descriptors that the process may have
	 * @param options options of the JVM
	 */
	ForkedAgent(Path folder, int files, String... options) throws IOException, InterruptedException {
		Path jar = folder.resolve("agent.jar");
		int jarred = ToolProvider.findFirst("jar")
			.orElseThrow()
			.run(System.out, System.err, "--create", "--no-compress", "--file", jar.toString(), "-C", "target/classes",
					".", "-C", "target/test-classes", ".");
		assertThat(jarred).isZero();
		List<String> command = new ArrayList<>(List.of("sh", "-c", "ulimit -n " + files + " && exec \"$@\"", "sh",
				Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:+UseSerialGC",
				"-XX:TieredStopAtLevel=1"));
		command.addAll(List.of(options));
		command.addAll(List.of("-cp", jar + File.pathSeparator + libraries()));
		command.add(Main.class.getName());
		this.process = new ProcessBuilder(command).redirectErrorStream(true).start();
		this.reader.start();
		this.address = new InetSocketAddress(InetAddress.getLoopbackAddress(),
				Integer.parseInt(awaitReply().substring("port ".length())));
	}

	private static String libraries() {
		return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
			.filter((entry) -> entry.endsWith(".jar"))
			.collect(Collectors.joining(File.pathSeparator));
	}

	InetSocketAddress address() {
		return this.address;
	}

	/**
	 * Let the process fill its heap to the last byte, and keep it full.
	 */
	void fillHeap() throws IOException, InterruptedException {
		send('f');
		assertThat(awaitReply()).isEqualTo("full");
	}

	/**
	 * Let the process release what {@link #fillHeap()} has allocated.
	 */
	void releaseHeap() throws IOException, InterruptedException {
		send('r');
		assertThat(awaitReply()).isEqualTo("released");
	}

	/**
	 * Return whether the listener is open, as the health of an application tells.
	 */
	boolean isUp() throws IOException, InterruptedException {
		send('h');
		return awaitReply().equals("up");
	}

	private void send(char command) throws IOException {
		this.process.getOutputStream().write(command);
		this.process.getOutputStream().flush();
	}

	private void read() {
		try (BufferedReader output = this.process.inputReader()) {
			for (String line = output.readLine(); line != null; line = output.readLine()) {
				(REPLY.matcher(line).matches() ? this.replies : this.lines).add(line);
			}
		}
		catch (IOException ex) {
			this.lines.add(ex.toString());
		}
		this.replies.add(END);
	}

	private String awaitReply() throws IOException, InterruptedException {
		String reply = this.replies.take();
		if (reply.equals(END)) {
			this.replies.add(END);
			throw new IOException("The process has ended: " + this.lines);
		}
		return reply;
	}

	/**
	 * Wait until the process ends, and return its exit code.
	 */
	int awaitEnd() throws InterruptedException {
		int code = this.process.waitFor();
		this.reader.join();
		return code;
	}

	/**
	 * Return the lines that the process has written, except its replies. All of them are
	 * there after {@link #awaitEnd()}.
	 */
	List<String> lines() {
		return this.lines;
	}

	/**
	 * Let the process stop its agent and end, unless it has ended.
	 */
	void stop() throws IOException {
		this.process.getOutputStream().close();
	}

	@Override
	public void close() {
		this.process.destroyForcibly();
	}

	/**
	 * The program of the process. A NOTIFY is answered when the listener has failed to
	 * accept as often as the id of its stream says, or when the heap was released, with
	 * the time in nanoseconds that the event loops have spent on the processors.
	 */
	public static final class Main {

		private static final FileOutputStream out = new FileOutputStream(FileDescriptor.out);

		private static final byte[] FULL = "full\n".getBytes(StandardCharsets.US_ASCII);

		private static final byte[] RELEASED = "released\n".getBytes(StandardCharsets.US_ASCII);

		private static final Sinks.Many<Long> failures = Sinks.many().replay().latestOrDefault(0L);

		private static @Nullable Chunk chunks;

		private Main() {
		}

		public static void main(String[] arguments) throws Exception {
			((Logger) LoggerFactory.getLogger("io.spop")).setLevel(Level.WARN);
			BoundSpopAgent agent = SpopAgent.create()
				.listener(SpopListener.tcp("main", new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)))
				.eventLoops(2)
				.handlerTimeout(Duration.ofSeconds(60))
				.metricsRecorder((listener) -> new Recorder())
				.handler(Main::handle)
				.bind();
			out.write(("port " + agent.port() + "\n").getBytes(StandardCharsets.US_ASCII));
			// Without file descriptors, its library cannot be loaded
			nanosOfEventLoops();
			for (int command = System.in.read(); command > 0; command = System.in.read()) {
				if (command == 'f') {
					keepFull();
					failures.tryEmitNext(Long.MAX_VALUE);
					out.write(RELEASED);
				}
				else if (command == 'h') {
					out.write((agent.isListening("main") ? "up\n" : "down\n").getBytes(StandardCharsets.US_ASCII));
				}
			}
			agent.close();
		}

		private static void keepFull() throws IOException {
			fill();
			out.write(FULL);
			while (System.in.available() == 0) {
				fill();
			}
			chunks = null;
		}

		private static void fill() {
			for (int size = 1 << 20; size > 0;) {
				try {
					chunks = new Chunk(chunks, new byte[size]);
				}
				catch (OutOfMemoryError ex) {
					size /= 2;
				}
			}
		}

		private static Mono<Actions> handle(SpopExchange exchange) {
			return failures.asFlux()
				.filter((count) -> count >= exchange.streamId())
				.next()
				.map((count) -> Actions.set(VarScope.TRANSACTION, "nanos", nanosOfEventLoops()));
		}

		private static long nanosOfEventLoops() {
			ThreadMXBean threads = ManagementFactory.getThreadMXBean();
			return Stream.of(threads.getThreadInfo(threads.getAllThreadIds()))
				.filter((thread) -> thread != null && thread.getThreadName().startsWith("spop-nio"))
				.mapToLong((thread) -> threads.getThreadCpuTime(thread.getThreadId()))
				.sum();
		}

		private record Chunk(@Nullable Chunk next, byte[] bytes) {
		}

		private static final class Recorder implements SpopMetricsRecorder {

			private long count;

			@Override
			public void limitReached(Limit limit) {
				if (limit == Limit.OPEN_FILES) {
					this.count++;
					failures.tryEmitNext(this.count);
				}
			}

		}

	}

}
