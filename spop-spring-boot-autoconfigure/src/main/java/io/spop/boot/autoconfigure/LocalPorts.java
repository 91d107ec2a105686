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
 * The properties {@code local.spop.<name>.port} with the ports that TCP listeners got,
 * like {@code local.server.port} of a web server.
 */
final class LocalPorts extends MapPropertySource {

	private LocalPorts(String name) {
		super(name, new ConcurrentHashMap<>());
	}

	/**
	 * Set the properties in the environment of a context and of its parents. In the
	 * context, they hide the properties of other agents. In the parents, the properties
	 * that are there win.
	 * @param context the context
	 * @param agent the agent, with its listeners open
	 */
	static void set(ApplicationContext context, BoundSpopAgent agent) {
		// A child context merges the property sources of its parent by name, so the name
		// is unique
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
