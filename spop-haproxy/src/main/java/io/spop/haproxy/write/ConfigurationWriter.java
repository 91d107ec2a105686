
package io.spop.haproxy.write;

import java.util.List;

import io.spop.haproxy.AgentDescription;
import io.spop.haproxy.HaproxyVersion;

/**
 * Writes HAProxy's configuration for an agent: a SPOE file, the backends with the agent's
 * servers, and the lines of a frontend.
 * <p>
 * Messages with the same listeners and the same deadline form an engine, which has one
 * {@code filter} line. The messages of an engine that have the same event travel in one
 * NOTIFY, in the order of the description. An engine is called {@code spop}; if there are
 * several, listeners and deadline are added to the name, such as {@code spop-50ms}. The
 * variables of all engines begin with {@code spop}, such as {@code txn.spop.score}.
 *
 * @since 0.1.0
 */
public final class ConfigurationWriter {

	private ConfigurationWriter() {
	}

	/**
	 * Write the configuration for an agent.
	 * @param agent the agent
	 * @param version the version of HAProxy that is to read it, from 2.6 to 3.4 without
	 * 3.1
	 * @return the texts
	 * @throws IllegalArgumentException if the version is not supported, if a name, a
	 * sample or a condition cannot stand in a configuration file, if a message has more
	 * than 255 arguments, or if two messages of the same name have a listener in common
	 */
	public static WrittenConfiguration write(AgentDescription agent, HaproxyVersion version) {
		version.requireSupported();
		List<WrittenEngine> engines = WrittenEngine.of(agent);
		String mark = WrittenConfiguration.MARK + " for HAProxy " + version
				+ ", and replaced the next time. Delete this line if you change the file.\n";
		String spoe = mark + SpoeFileWriter.write(engines, version);
		String backend = mark + BackendWriter.write(engines, agent.listeners(), version);
		String frontend = RulesWriter.frontend(engines, version);
		String backendRules = RulesWriter.backend(engines, version);
		return new WrittenConfiguration(spoe, backend, mark + lines(frontend, backendRules),
				mark + main(frontend + RulesWriter.headers(engines, version), backendRules));
	}

	private static String lines(String frontend, String backend) {
		String lines = "#\n# Lines for your frontend, before its own rules. If messages read HTTP, it needs mode http\n\n"
				+ frontend;
		return backend.isEmpty() ? lines : lines + "\n# Lines for the backends of your frontend\n" + backend;
	}

	private static String main(String frontend, String backend) {
		return """
				#
				# To try the agent, start in this folder
				#   haproxy -f haproxy.cfg -f backend.cfg
				# and ask http://127.0.0.1:5080/

				global
				    log stdout format raw local0

				defaults
				    log global
				    mode http
				    option httplog
				    timeout connect 5s
				    timeout client 30s
				    timeout server 30s
				    timeout http-request 10s

				frontend spop-example
				    bind 127.0.0.1:5080
				""" + frontend + """

				    default_backend spop-example-web

				backend spop-example-web
				""" + backend + """
				    server web 127.0.0.1:5081

				# Stands for the web server
				frontend spop-example-end
				    bind 127.0.0.1:5081
				    http-request return status 200 content-type text/plain string Hello
				""";
	}

}
