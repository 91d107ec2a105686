package io.spop.boot.autoconfigure;

import java.time.Duration;

import io.spop.agent.BoundSpopAgent;
import io.spop.agent.SpopAgent;
import io.spop.agent.SpopListener;
import io.spop.handler.AnnotatedSpopHandler;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.diagnostics.FailureAnalyzedException;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.SmartLifecycle;

/**
 * Opens the listeners of the agent when the context is ready, in the last phase to start,
 * and closes them in the first phase to stop.
 *
 * @since 0.1.0
 */
public final class SpopAgentLifecycle implements SmartLifecycle {

	private final SpopAgent agent;

	private final ObjectProvider<AnnotatedSpopHandler> handler;

	private final ApplicationEventPublisher events;

	private final Duration preDrainDelay;

	private final Duration gracePeriod;

	private volatile @Nullable BoundSpopAgent bound;

	SpopAgentLifecycle(SpopAgent agent, ObjectProvider<AnnotatedSpopHandler> handler, ApplicationEventPublisher events,
			SpopProperties.Shutdown shutdown) {
		this.agent = agent;
		this.handler = handler;
		this.events = events;
		this.preDrainDelay = check("pre-drain-delay", shutdown.getPreDrainDelay());
		this.gracePeriod = check("grace-period", shutdown.getGracePeriod());
	}

	private static Duration check(String property, Duration value) {
		if (value.isNegative() || value.compareTo(AgentConfiguration.MAX_DURATION) > 0) {
			throw new InvalidConfigurationPropertyValueException("spop.shutdown." + property, value,
					"It must not be negative, and less than 100 years.");
		}
		return value;
	}

	/**
	 * Return the agent whose listeners this opened last.
	 * @return the agent, which may have been stopped again, or {@code null} if the
	 * context has not come so far
	 */
	public @Nullable BoundSpopAgent agent() {
		return this.bound;
	}

	@Override
	public void start() {
		this.handler.ifUnique(
				(handler) -> handler.checkListeners(this.agent.listeners().stream().map(SpopListener::name).toList()));
		if (this.agent.listeners().isEmpty()) {
			throw new FailureAnalyzedException("The SpopAgent bean has no listener.",
					"Give it one with SpopAgent.listener(...), or remove the bean to have an agent"
							+ " with the listeners of 'spop.listeners'.");
		}
		BoundSpopAgent bound = this.agent.bind();
		this.bound = bound;
		this.events.publishEvent(new SpopAgentStartedEvent(bound));
	}

	@Override
	public void stop() {
		BoundSpopAgent bound = this.bound;
		if (bound != null && !bound.isStopping()) {
			AvailabilityChangeEvent.publish(this.events, this, ReadinessState.REFUSING_TRAFFIC);
			bound.stop(this.preDrainDelay, this.gracePeriod);
		}
	}

	@Override
	public boolean isRunning() {
		BoundSpopAgent bound = this.bound;
		return bound != null && !bound.isStopping();
	}

	@Override
	public int getPhase() {
		return Integer.MAX_VALUE;
	}

}
