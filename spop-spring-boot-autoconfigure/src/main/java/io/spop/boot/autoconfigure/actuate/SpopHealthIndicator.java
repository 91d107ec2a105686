package io.spop.boot.autoconfigure.actuate;

import java.util.LinkedHashMap;
import java.util.Map;

import io.spop.agent.BoundSpopAgent;
import io.spop.agent.SpopAgent;
import io.spop.agent.SpopListener;
import io.spop.boot.autoconfigure.SpopAgentLifecycle;

import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;

/**
 * Tells whether HAProxy can reach the agent: DOWN if a listener is not open,
 * OUT_OF_SERVICE when the agent begins to stop. An agent without a connection is UP. An
 * agent at its limit of connections is UP, too, and the details say how many connections
 * wait. UNKNOWN if the application was processed ahead of time and {@code spop.enabled}
 * is false, because the bean then exists without an agent that is started.
 *
 * @since 0.1.0
 */
public final class SpopHealthIndicator extends AbstractHealthIndicator {

	private final SpopAgent agent;

	private final SpopAgentLifecycle lifecycle;

	/**
	 * Create an indicator.
	 * @param agent the agent
	 * @param lifecycle opens the listeners of the agent
	 */
	public SpopHealthIndicator(SpopAgent agent, SpopAgentLifecycle lifecycle) {
		super("SPOP health check failed");
		this.agent = agent;
		this.lifecycle = lifecycle;
	}

	@Override
	protected void doHealthCheck(Health.Builder builder) {
		BoundSpopAgent bound = this.lifecycle.agent();
		if (bound == null && !this.lifecycle.isAutoStartup()) {
			builder.unknown().withDetail("reason", "spop.enabled is false");
			return;
		}
		Map<String, ListenerState> listeners = new LinkedHashMap<>();
		Map<String, Integer> waiting = new LinkedHashMap<>();
		for (SpopListener listener : this.agent.listeners()) {
			String name = listener.name();
			listeners.put(name, ListenerState.of(name, bound));
			int waitingConnections = (bound != null) ? bound.waitingConnections(name) : 0;
			if (waitingConnections > 0) {
				waiting.put(name, waitingConnections);
			}
		}
		if (listeners.containsValue(ListenerState.CLOSED)) {
			builder.down();
		}
		else if (listeners.containsValue(ListenerState.STOPPING)) {
			builder.outOfService();
		}
		else {
			builder.up();
		}
		builder.withDetail("listeners", listeners);
		if (!waiting.isEmpty()) {
			builder.withDetail("waitingConnections", waiting);
		}
	}

}
