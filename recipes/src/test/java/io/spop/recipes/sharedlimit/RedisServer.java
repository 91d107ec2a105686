package io.spop.recipes.sharedlimit;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import java.util.stream.Stream;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisConnectionException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import org.awaitility.Awaitility;

/**
 * A real Redis, as a process that a test stops and starts again.
 */
final class RedisServer implements AutoCloseable {

	private final Path program;

	private final Path folder;

	private final int port;

	private final RedisClient client;

	private Process process;

	private RedisServer(Path program, Path folder) throws IOException {
		this.program = program;
		this.folder = folder;
		this.port = freePort();
		this.client = RedisClient.create(RedisURI.create("127.0.0.1", this.port));
		this.process = launch();
	}

	/**
	 * Start Redis.
	 * @param program the program
	 * @param folder an empty folder for it
	 * @return the running Redis
	 */
	static RedisServer start(Path program, Path folder) throws IOException {
		return new RedisServer(program, folder);
	}

	/**
	 * Look for Redis.
	 * @return the program that the environment variable {@code REDIS_SERVER} names, or
	 * that of the {@code PATH}
	 */
	static Optional<Path> find() {
		String named = System.getenv("REDIS_SERVER");
		Stream<Path> places = (named != null) ? Stream.of(Path.of(named))
				: Stream.of(System.getenv("PATH").split(":")).map((folder) -> Path.of(folder, "redis-server"));
		return places.filter(Files::isExecutable).findFirst();
	}

	private static int freePort() throws IOException {
		// Below the ports of connections, which could take this one while Redis is away
		while (true) {
			int port = ThreadLocalRandom.current().nextInt(20000, 30000);
			try (ServerSocket socket = new ServerSocket(port, 0, InetAddress.getLoopbackAddress())) {
				return socket.getLocalPort();
			}
			catch (BindException ex) {
				// Another process has it
			}
		}
	}

	private Process launch() throws IOException {
		Process process = new ProcessBuilder(this.program.toString(), "--bind", "127.0.0.1", "--port",
				Integer.toString(this.port), "--save", "", "--dir", this.folder.toString())
			.redirectErrorStream(true)
			.redirectOutput(ProcessBuilder.Redirect.appendTo(this.folder.resolve("log").toFile()))
			.start();
		try {
			Awaitility.await().pollInSameThread().ignoreException(RedisConnectionException.class).until(() -> {
				if (!process.isAlive()) {
					throw new IllegalStateException(Files.readString(this.folder.resolve("log")));
				}
				return run(RedisCommands::ping).equals("PONG");
			});
			return process;
		}
		catch (RuntimeException ex) {
			process.destroyForcibly();
			throw ex;
		}
	}

	int port() {
		return this.port;
	}

	<T> T run(Function<RedisCommands<String, String>, T> commands) {
		try (StatefulRedisConnection<String, String> connection = this.client.connect()) {
			return commands.apply(connection.sync());
		}
	}

	/**
	 * Let the process stand still, with its connections.
	 */
	void pause() {
		signal("STOP");
	}

	void resume() {
		signal("CONT");
	}

	private void signal(String name) {
		try {
			Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(this.process.pid())).start();
			if (kill.waitFor() != 0) {
				throw new IllegalStateException(
						new String(kill.getErrorStream().readAllBytes(), StandardCharsets.UTF_8));
			}
		}
		catch (IOException | InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * End the process, without a farewell to its clients.
	 */
	void kill() {
		this.process.destroyForcibly().onExit().join();
	}

	/**
	 * Start the process again, on the same port and without data.
	 */
	void restart() throws IOException {
		this.process = launch();
	}

	@Override
	public void close() {
		this.client.shutdown();
		kill();
	}

}
