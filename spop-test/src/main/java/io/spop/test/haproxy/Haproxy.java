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
 * A real HAProxy that a test starts and that {@link #close()} stops, in a container or as
 * a process, whatever the machine has.
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
 * Its configuration finds the addresses in environment variables, which HAProxy itself
 * replaces within double quotes. Safe to use by any thread.
 *
 * @since 0.1.0
 */
public sealed interface Haproxy extends AutoCloseable permits RunningHaproxy {

	/**
	 * Begin with the text of a whole configuration. It finds the addresses of
	 * {@link HaproxySetup#agent(String, int)} and {@link HaproxySetup#bind(String)} in
	 * environment variables, and {@linkplain HaproxySetup#file files} beside it.
	 * @param configuration the text
	 * @return what to start
	 */
	static HaproxySetup configuredWith(String configuration) {
		return new HaproxySetup(configuration);
	}

	/**
	 * Begin with the file of a whole configuration, such as that of production.
	 * @param configuration the file
	 * @return what to start
	 * @throws UncheckedIOException if it cannot be read
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
	 * Begin with a SPOE configuration. What it needs around it is added: a frontend for
	 * HTTP that applies all of its engines and answers 200, and the backends that they
	 * name, with the {@linkplain HaproxySetup#agent(int) agent} as their server.
	 * @param spoe the text of the SPOE configuration
	 * @param rules lines for the frontend, such as {@code http-request} rules
	 * @return what to start
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
	 * Return the port of an address that was bound.
	 * @param variable the name given to {@link HaproxySetup#bind(String)}
	 * @return the port on which clients reach it
	 */
	int port(String variable);

	/**
	 * Return all that HAProxy wrote to its standard output and error, which includes its
	 * log if the configuration has {@code log stdout format raw local0}.
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
	 * message has the log
	 */
	void awaitUp();

	/**
	 * Wait for a line in the {@linkplain #log() log}.
	 * @param part a part of the line
	 * @return the first such line
	 * @throws IllegalStateException if that takes more than 30 s, or if HAProxy ends; the
	 * message has the log
	 */
	String awaitLog(String part);

	/**
	 * Wait until a {@linkplain #command(String) command} has a certain answer.
	 * @param command the command
	 * @param condition tells the answer waited for
	 * @throws IllegalStateException if that takes more than 30 s, or if HAProxy ends; the
	 * message has the log
	 */
	void awaitAnswer(String command, Predicate<String> condition);

	/**
	 * Stop HAProxy at once.
	 */
	@Override
	void close();

}
