package io.spop.boot.autoconfigure;

import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import io.spop.agent.BoundSpopAgent;

import org.springframework.context.ApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.MutablePropertySources;

/**
 * The properties {@code local.spop.<name>.port} with the ports that TCP listeners got, as
 * {@code local.server.port} has that of a web server.
 */
final class LocalPorts extends MapPropertySource {

	private static final String NAME = "spop.ports";

	private LocalPorts() {
		super(NAME, new ConcurrentHashMap<>());
	}

	/**
	 * Set the properties in the environment of a context and of those above it.
	 * @param context the context
	 * @param agent the agent, with its listeners open
	 */
	static void set(ApplicationContext context, BoundSpopAgent agent) {
		for (ApplicationContext each = context; each != null; each = each.getParent()) {
			if (each instanceof ConfigurableApplicationContext configurable) {
				Map<String, Object> ports = ports(configurable.getEnvironment().getPropertySources());
				for (String listener : agent.listeners()) {
					if (agent.address(listener) instanceof InetSocketAddress address) {
						ports.put("local.spop." + listener + ".port", address.getPort());
					}
				}
			}
		}
	}

	private static Map<String, Object> ports(MutablePropertySources sources) {
		if (sources.get(NAME) instanceof LocalPorts ports) {
			return ports.getSource();
		}
		LocalPorts ports = new LocalPorts();
		sources.addFirst(ports);
		return ports.getSource();
	}

}
