package io.spop.boot.autoconfigure;

import java.net.InetSocketAddress;
import java.util.concurrent.ConcurrentHashMap;

import io.spop.agent.BoundSpopAgent;

import org.springframework.context.ApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.MutablePropertySources;
import org.springframework.util.ObjectUtils;

/**
 * The properties {@code local.spop.<name>.port} with the ports that TCP listeners got, as
 * {@code local.server.port} has that of a web server.
 */
final class LocalPorts extends MapPropertySource {

	private LocalPorts(String name) {
		super(name, new ConcurrentHashMap<>());
	}

	/**
	 * Set the properties in the environment of a context, where they hide those of
	 * others, and in those of the contexts above it, where those that are there stay.
	 * @param context the context
	 * @param agent the agent, with its listeners open
	 */
	static void set(ApplicationContext context, BoundSpopAgent agent) {
		// A context that comes later has all that is in the one above it, by its name
		LocalPorts ports = new LocalPorts("spop.ports of " + ObjectUtils.identityToString(context));
		for (String listener : agent.listeners()) {
			if (agent.address(listener) instanceof InetSocketAddress address) {
				ports.getSource().put("local.spop." + listener + ".port", address.getPort());
			}
		}
		for (ApplicationContext each = context; each != null; each = each.getParent()) {
			if (each instanceof ConfigurableApplicationContext configurable) {
				MutablePropertySources sources = configurable.getEnvironment().getPropertySources();
				if (each.equals(context)) {
					sources.addFirst(ports);
				}
				else {
					sources.addLast(ports);
				}
			}
		}
	}

}
