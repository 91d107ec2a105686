
package io.spop.haproxy.write;

import io.spop.haproxy.AgentDescription;
import io.spop.haproxy.HaproxyVersion;

/**
 * Writes HAProxy's half of an agent.
 *
 * @since 0.1.0
 */
public final class ConfigurationWriter {

	private ConfigurationWriter() {
	}

	/**
	 * Write the configuration for an agent.
	 * @param agent the agent
	 * @param version the version of HAProxy that is to read it, from 2.6 to 3.4
	 * @return the texts
	 * @throws IllegalArgumentException if the version is not among these, or if a name or
	 * a text of the description cannot stand in a configuration file
	 */
	public static WrittenConfiguration write(AgentDescription agent, HaproxyVersion version) {
		throw new UnsupportedOperationException();
	}

}
