package io.spop.test.haproxy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A real HAProxy for a test, in a container or as a process. {@link HaproxySetup#start()}
 * starts it, {@link #close()} stops it.
 *
 * <pre class="code">
 * try (Haproxy haproxy = Haproxy.withSpoe("""
 *         [reputation]
 *         spoe-agent reputation
 *             messages check-client-ip
 *             option var-prefix rep
 *             timeout processing 1s
 *             use-backend agents
 *         spoe-message check-client-ip
 *             args ip=src
 *             event on-client-session
 *         """, "http-request return status 200 hdr score %[var(sess.rep.ip_score)]")
 *     .agent(port)
 *     .start()) {
 *     haproxy.awaitUp();
 *     HttpResponse&lt;Void&gt; response = http.send(HttpRequest.newBuilder(haproxy.uri()).build(), discarding());
 * }
 * </pre>
 *
 * The configuration reads the addresses from environment variables. HAProxy itself
 * replaces environment variables within double quotes. Safe to use by any thread.
 *
 * @since 0.1.0
 */
public sealed interface Haproxy extends AutoCloseable permits RunningHaproxy {

	/**
	 * Begin with the text of a whole configuration. Environment variables have the
	 * addresses of {@link HaproxySetup#agent(String, int)} and
	 * {@link HaproxySetup#bind(String)}. {@linkplain HaproxySetup#file Files} are in the
	 * folder of the configuration.
	 * @param configuration the text
	 * @return the setup of the HAProxy to start
	 */
	static HaproxySetup configuredWith(String configuration) {
		return new HaproxySetup(configuration);
	}

	/**
	 * Begin with the file of a whole configuration, such as that of production.
	 * @param configuration the file
	 * @return the setup of the HAProxy to start
	 * @throws UncheckedIOException if the file cannot be read
	 * @see #configuredWith(String)
	 */
	static HaproxySetup configuredWith(Path configuration) {
		try {
			return new HaproxySetup(Files.readString(Objects.requireNonNull(configuration, "configuration")));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Begin with a SPOE configuration. HAProxy gets a main configuration for it: an HTTP
	 * frontend with a filter for each engine, which answers 200, and the backends that
	 * the agents name, with the {@linkplain HaproxySetup#agent(int) agent} as their
	 * server.
	 * @param spoe the text of the SPOE configuration
	 * @param rules lines for the frontend, such as {@code http-request} rules
	 * @return the setup of the HAProxy to start
	 * @throws IllegalArgumentException if there is no {@code use-backend} in the text
	 */
	static HaproxySetup withSpoe(String spoe, String... rules) {
		Objects.requireNonNull(spoe, "spoe");
		Objects.requireNonNull(rules, "rules");
		Set<String> backends = new LinkedHashSet<>(find("^\\s*use-backend\\s+(\\S+)", spoe));
		if (backends.isEmpty()) {
			throw new IllegalArgumentException(
					"The SPOE configuration names no backend: add 'use-backend agents' to its spoe-agent section");
		}
		StringBuilder configuration = new StringBuilder("""
				global
					log stdout format raw local0
				defaults
					log global
					mode http
					option httplog
					timeout connect 5s
					timeout client 1m
					timeout server 5m
				frontend test
					bind "${FRONTEND}"
				""");
		List<String> engines = find("^\\s*\\[([^\\]]+)\\]", spoe);
		if (engines.isEmpty()) {
			configuration.append("\tfilter spoe config spoe.conf\n");
		}
		engines.forEach((engine) -> configuration.append("\tfilter spoe engine " + engine + " config spoe.conf\n"));
		for (String rule : rules) {
			configuration.append("\t" + rule + "\n");
		}
		configuration.append("\thttp-request return status 200\n");
		for (String backend : backends) {
			configuration.append("backend " + backend + "\n");
			configuration.append("\tmode tcp\n\toption spop-check\n\tserver agent \"${AGENT}\" check inter 100ms\n");
		}
		return configuredWith(configuration.toString()).file("spoe.conf", spoe).bind("FRONTEND");
	}

	private static List<String> find(String pattern, String text) {
		Matcher matcher = Pattern.compile(pattern, Pattern.MULTILINE).matcher(text);
		return matcher.results().map((result) -> result.group(1)).toList();
	}

	/**
	 * Return where the first frontend listens.
	 * @return a URI for HTTP, such as {@code http://127.0.0.1:40123}
	 */
	URI uri();

	/**
	 * Return the port of an address of {@link HaproxySetup#bind(String)}.
	 * @param variable the name given to {@link HaproxySetup#bind(String)}
	 * @return the port on which clients reach it
	 */
	int port(String variable);

	/**
	 * Return what HAProxy wrote to its standard output and error. With
	 * {@code log stdout format raw local0} in the configuration, this includes its log.
	 * @return the lines
	 */
	List<String> log();

	/**
	 * Run a command of HAProxy's runtime API, such as {@code show stat} or
	 * {@code show servers state}.
	 * @param command the command
	 * @return the answer
	 * @throws UncheckedIOException if HAProxy does not answer
	 */
	String command(String command);

	/**
	 * Wait until all servers that HAProxy checks have passed a check and are UP.
	 * @throws IllegalStateException if that takes more than 30 s, or if HAProxy ends; the
	 * message contains the log
	 */
	void awaitUp();

	/**
	 * Wait for a line in the {@linkplain #log() log}.
	 * @param part a part of the line
	 * @return the first such line
	 * @throws IllegalStateException if that takes more than 30 s, or if HAProxy ends; the
	 * message contains the log
	 */
	String awaitLog(String part);

	/**
	 * Wait until the answer of a {@linkplain #command(String) command} meets a condition.
	 * Repeats the command.
	 * @param command the command
	 * @param condition the condition for the answer
	 * @throws IllegalStateException if that takes more than 30 s, or if HAProxy ends; the
	 * message contains the log
	 */
	void awaitAnswer(String command, Predicate<String> condition);

	/**
	 * Stop HAProxy at once.
	 */
	@Override
	void close();

}
