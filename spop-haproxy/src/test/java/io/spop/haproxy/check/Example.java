package io.spop.haproxy.check;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.spop.haproxy.AgentDescription;
import io.spop.haproxy.HaproxyVersion;
import io.spop.haproxy.config.HaproxyConfiguration;

/**
 * A configuration in which all is right, and what becomes of it by a few changes.
 *
 * @param name what is different
 * @param main the main file, {@code haproxy.cfg}
 * @param spoe the SPOE file, {@code agent.conf}
 */
record Example(String name, String main, String spoe) {

	private static final String MAIN = """
			global
			    log stdout format raw local0

			defaults
			    log global
			    timeout connect 1s
			    timeout client 30s
			    timeout server 30s

			frontend web
			    mode http
			    bind 127.0.0.1:8080
			    filter spoe engine guard config agent.conf
			    http-request deny deny_status 503 if { var(txn.guard.error) -m found }
			    http-request deny if { var(txn.guard.verdict) -m str deny }
			    default_backend app

			backend app
			    mode http
			    server app 127.0.0.1:8081

			backend agents
			    mode tcp
			    option spop-check
			    server agent 127.0.0.1:12345 check
			""";

	private static final String SPOE = """
			[guard]
			spoe-agent guard
			    messages check-request
			    option set-on-error error
			    no option send-frag-payload
			    timeout hello 2s
			    timeout idle 20s
			    timeout processing 100ms
			    log global
			    use-backend agents

			spoe-message check-request
			    args ip=src path=path
			    event on-frontend-http-request
			""";

	static Example of(String name) {
		return new Example(name, MAIN, SPOE);
	}

	/**
	 * Replace a part of the main file.
	 */
	Example main(String from, String to) {
		return new Example(this.name, replace(this.main, from, to), this.spoe);
	}

	/**
	 * Replace a part of the SPOE file.
	 */
	Example spoe(String from, String to) {
		return new Example(this.name, this.main, replace(this.spoe, from, to));
	}

	/**
	 * Add a line to the agent.
	 */
	Example agent(String line) {
		return spoe("    use-backend agents\n", "    use-backend agents\n    " + line + "\n");
	}

	/**
	 * Add a line to the message, behind its others.
	 */
	Example message(String line) {
		return spoe("    event on-frontend-http-request\n", "    event on-frontend-http-request\n    " + line + "\n");
	}

	/**
	 * Add lines behind the last of the SPOE file.
	 */
	Example more(String lines) {
		return new Example(this.name, this.main, this.spoe + lines);
	}

	/**
	 * Add a line to the frontend, before the default backend.
	 */
	Example frontend(String line) {
		return main("    default_backend app\n", "    " + line + "\n    default_backend app\n");
	}

	/**
	 * Add a line to the backend of the agent.
	 */
	Example backend(String line) {
		return new Example(this.name, this.main + "    " + line + "\n", this.spoe);
	}

	/**
	 * Send the message with a group instead of an event.
	 */
	Example grouped() {
		return spoe("    messages check-request\n", "    groups requests\n")
			.spoe("    event on-frontend-http-request\n", "")
			.more("spoe-group requests\n    messages check-request\n")
			.main("    http-request deny deny_status",
					"    http-request send-spoe-group guard requests\n    http-request deny deny_status");
	}

	HaproxyConfiguration read(HaproxyVersion version) {
		Map<String, String> texts = new LinkedHashMap<>();
		texts.put("haproxy.cfg", this.main);
		texts.put("agent.conf", this.spoe);
		return HaproxyConfiguration.reader().version(version).environment(Map.of()).readTexts(texts);
	}

	List<Finding> check(HaproxyVersion version) {
		return ConfigurationCheck.check(read(version));
	}

	List<Finding> check(HaproxyVersion version, AgentDescription agent) {
		return ConfigurationCheck.check(read(version), agent);
	}

	void writeTo(Path folder) throws IOException {
		Files.writeString(folder.resolve("haproxy.cfg"), this.main, StandardCharsets.UTF_8);
		Files.writeString(folder.resolve("agent.conf"), this.spoe, StandardCharsets.UTF_8);
	}

	private static String replace(String text, String from, String to) {
		int start = text.indexOf(from);
		if (start < 0) {
			throw new IllegalArgumentException("No '" + from + "' in:\n" + text);
		}
		return text.substring(0, start) + to + text.substring(start + from.length());
	}

	@Override
	public String toString() {
		return this.name;
	}

}
