package io.spop.test.haproxy;

import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

/**
 * The common part of a HAProxy in a container and as a process.
 */
abstract sealed class RunningHaproxy implements Haproxy permits HaproxyContainer, HaproxyProcess {

	static final long TIMEOUT_SECONDS = 30;

	private final String host;

	private final Map<String, Integer> ports;

	/**
	 * Create a HAProxy.
	 * @param host the host on which clients reach it
	 * @param ports the ports of its addresses, by variable
	 */
	RunningHaproxy(String host, Map<String, Integer> ports) {
		this.host = host;
		this.ports = ports;
	}

	@Override
	public URI uri() {
		if (this.ports.isEmpty()) {
			throw new IllegalStateException("No address is bound: call bind(...) before start()");
		}
		return URI.create("http://" + this.host + ":" + this.ports.values().iterator().next());
	}

	@Override
	public int port(String variable) {
		Integer port = this.ports.get(variable);
		if (port == null) {
			throw new IllegalArgumentException(
					"No address '" + variable + "' is bound, there are " + this.ports.keySet());
		}
		return port;
	}

	@Override
	public void awaitUp() {
		awaitAnswer("show stat -1 4 -1", RunningHaproxy::allUp);
	}

	@Override
	public String awaitLog(String part) {
		Objects.requireNonNull(part, "part");
		await("a line with '" + part + "'", () -> log().stream().anyMatch((line) -> line.contains(part)));
		return log().stream().filter((line) -> line.contains(part)).findFirst().orElseThrow();
	}

	@Override
	public void awaitAnswer(String command, Predicate<String> condition) {
		Objects.requireNonNull(command, "command");
		Objects.requireNonNull(condition, "condition");
		await("an answer to '" + command + "'", () -> condition.test(command(command)));
	}

	/**
	 * Wait until HAProxy answers or has ended.
	 * @return whether HAProxy runs
	 */
	abstract boolean awaitStart();

	/**
	 * Return whether HAProxy runs.
	 */
	abstract boolean isRunning();

	void await(String what, BooleanSupplier condition) {
		long start = System.nanoTime();
		while (true) {
			boolean running = isRunning();
			if (condition.getAsBoolean()) {
				return;
			}
			if (!running) {
				throw new IllegalStateException(
						"HAProxy has ended: waited for " + what + " in vain\n" + String.join("\n", log()));
			}
			if (System.nanoTime() - start > TimeUnit.SECONDS.toNanos(TIMEOUT_SECONDS)) {
				throw new IllegalStateException(
						"HAProxy: waited for " + what + " in vain\n" + String.join("\n", log()));
			}
			LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
		}
	}

	private static boolean allUp(String stat) {
		List<String[]> rows = stat.lines().filter((line) -> !line.isEmpty()).map((line) -> line.split(",")).toList();
		List<String> columns = List.of(rows.get(0));
		int status = columns.indexOf("status");
		int checkStatus = columns.indexOf("check_status");
		// A server counts as UP before its first check
		return rows.stream()
			.skip(1)
			.allMatch((row) -> row[status].equals("no check")
					|| (row[status].startsWith("UP") && row[checkStatus].endsWith("OK")));
	}

}
