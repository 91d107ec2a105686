package io.spop.boot.autoconfigure;

import java.time.Duration;

import io.spop.agent.BoundSpopAgent;
import io.spop.agent.SpopAgent;
import io.spop.agent.SpopListener;
import io.spop.handler.AnnotatedSpopHandler;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.SmartLifecycle;

/**
 * Opens the listeners of the agent when the context is ready, in the last phase to start,
 * and closes them in the first phase to stop.
 *
 * @since 0.1.0
 */
public final class SpopAgentLifecycle implements SmartLifecycle {

	/**
	 * Frames in flight have a deadline of their own, so that this is only a safety net;
	 * shorter than the time that Spring Boot gives a phase by default.
	 */
	private static final Duration GRACE = Duration.ofSeconds(20);

	private final SpopAgent agent;

	private final ObjectProvider<AnnotatedSpopHandler> handler;

	private final ApplicationEventPublisher events;

	private volatile @Nullable BoundSpopAgent bound;

	SpopAgentLifecycle(SpopAgent agent, ObjectProvider<AnnotatedSpopHandler> handler,
			ApplicationEventPublisher events) {
		this.agent = agent;
		this.handler = handler;
		this.events = events;
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
		BoundSpopAgent bound = this.agent.bind();
		this.bound = bound;
		this.events.publishEvent(new SpopAgentStartedEvent(bound));
	}

	@Override
	public void stop() {
		BoundSpopAgent bound = this.bound;
		if (bound != null) {
			bound.stop(GRACE);
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
