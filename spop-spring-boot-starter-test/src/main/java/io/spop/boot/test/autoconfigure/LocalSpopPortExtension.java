package io.spop.boot.test.autoconfigure;

import java.lang.reflect.Field;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;

import io.netty.channel.local.LocalAddress;
import io.spop.agent.BoundSpopAgent;
import io.spop.boot.autoconfigure.SpopAgentLifecycle;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.TestInstancePostProcessor;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.ModifierSupport;

import org.springframework.context.ApplicationContext;
import org.springframework.test.context.junit.jupiter.SpringExtension;
import org.springframework.util.Assert;
import org.springframework.util.ReflectionUtils;

/**
 * Injects ports into fields and parameters with {@link LocalSpopPort @LocalSpopPort}.
 */
final class LocalSpopPortExtension implements TestInstancePostProcessor, ParameterResolver {

	LocalSpopPortExtension() {
	}

	@Override
	public void postProcessTestInstance(Object test, ExtensionContext context) {
		for (Field field : AnnotationSupport.findAnnotatedFields(test.getClass(), LocalSpopPort.class,
				ModifierSupport::isNotStatic)) {
			ReflectionUtils.makeAccessible(field);
			ReflectionUtils.setField(field, test, port(context, field.getAnnotation(LocalSpopPort.class)));
		}
	}

	@Override
	public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
		return parameter.isAnnotated(LocalSpopPort.class);
	}

	@Override
	public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
		return port(context, parameter.findAnnotation(LocalSpopPort.class).orElseThrow());
	}

	private static int port(ExtensionContext context, LocalSpopPort annotation) {
		ApplicationContext application = SpringExtension.getApplicationContext(context);
		SpopAgentLifecycle lifecycle = application.getBeanProvider(SpopAgentLifecycle.class).getIfAvailable();
		BoundSpopAgent agent = (lifecycle != null) ? lifecycle.agent() : null;
		Assert.state(agent != null, "@LocalSpopPort: the application has started no agent. Is spop.enabled false?");
		String name = annotation.value().isEmpty() ? onlyTcpListener(agent) : annotation.value();
		Assert.state(agent.listeners().contains(name), () -> "@LocalSpopPort: the agent has no listener '" + name
				+ "'. It has " + String.join(", ", agent.listeners()));
		SocketAddress address = agent.address(name);
		if (address instanceof InetSocketAddress tcp) {
			return tcp.getPort();
		}
		Assert.state(!(address instanceof LocalAddress),
				"@LocalSpopPort: the agent listens in memory, as in @SpopTest, and has no port. "
						+ "Use SpopTestClient, or @SpringBootTest without @AutoConfigureInMemorySpopAgent.");
		throw new IllegalStateException(
				"@LocalSpopPort: listener '" + name + "' has no port, but listens on " + address);
	}

	private static String onlyTcpListener(BoundSpopAgent agent) {
		List<String> all = agent.listeners();
		if (all.size() == 1) {
			return all.get(0);
		}
		List<String> tcp = all.stream().filter((name) -> agent.address(name) instanceof InetSocketAddress).toList();
		Assert.state(tcp.size() == 1, () -> "@LocalSpopPort: the agent has the listeners " + String.join(", ", all)
				+ ": name the one whose port it is, such as @LocalSpopPort(\"" + all.get(0) + "\")");
		return tcp.get(0);
	}

}
