package io.spop.boot.autoconfigure;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;

import io.spop.agent.BoundSpopAgent;
import io.spop.agent.SpopAgent;
import io.spop.agent.SpopListener;
import io.spop.handler.AnnotatedSpopHandler;
import io.spop.recording.Recorder;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.core.Ordered;
import org.springframework.core.PriorityOrdered;

/**
 * Opens the listeners of the agent in the last phase to start, after everything that
 * handlers may use, and stops the agent before everything else of the application:
 * <ul>
 * <li>When its context begins to close, the agent drains and closes its listeners before
 * the first bean or pool is stopped. The context goes on to close after that.</li>
 * <li>When its context is stopped without being closed, the agent drains in the first
 * phase to stop, at the same time as other beans of that phase.</li>
 * </ul>
 * Readiness is REFUSING_TRAFFIC from the moment at which the agent begins to stop. When
 * the agent is started again, readiness becomes ACCEPTING_TRAFFIC, unless somebody else
 * has refused traffic.
 *
 * @since 0.1.0
 */
public final class SpopAgentLifecycle
		implements SmartLifecycle, ApplicationListener<ApplicationEvent>, PriorityOrdered {

	private static final Log logger = LogFactory.getLog(SpopAgentLifecycle.class);

	static final int PHASE = DEFAULT_PHASE;

	private final SpopAgent agent;

	private final ObjectProvider<AnnotatedSpopHandler> handler;

	private final ApplicationContext context;

	private final Duration preDrainDelay;

	private final Duration gracePeriod;

	private final RecorderFactory recorders;

	private final boolean enabled;

	private volatile @Nullable Run run;

	private volatile @Nullable AvailabilityChangeEvent<?> readiness;

	SpopAgentLifecycle(SpopAgent agent, ObjectProvider<AnnotatedSpopHandler> handler, ApplicationContext context,
			SpopProperties properties) {
		SpopProperties.Shutdown shutdown = properties.getShutdown();
		this.agent = agent;
		this.handler = handler;
		this.context = context;
		this.preDrainDelay = check("pre-drain-delay", shutdown.getPreDrainDelay());
		this.gracePeriod = check("grace-period", shutdown.getGracePeriod());
		this.recorders = new RecorderFactory(properties.getRecord());
		this.enabled = properties.isEnabled();
		if (!this.enabled) {
			logger.info("No SPOP listener opens, because 'spop.enabled' is false");
		}
	}

	private static Duration check(String property, Duration value) {
		if (value.isNegative() || value.compareTo(PropertiesAgentCustomizer.MAX_DURATION) > 0) {
			throw new InvalidConfigurationPropertyValueException("spop.shutdown." + property, value,
					"It must not be negative, and less than 100 years.");
		}
		return value;
	}

	/**
	 * Return the agent whose listeners were opened last.
	 * @return the agent, which may have been stopped since, or {@code null} if no
	 * listener has been opened yet
	 */
	public @Nullable BoundSpopAgent agent() {
		Run run = this.run;
		return (run != null) ? run.agent : null;
	}

	/**
	 * Return the recorder of the agent whose listeners were opened last.
	 * @return the recorder, which may have been closed since, or {@code null} if nothing
	 * is recorded because {@code spop.record.file} is not set
	 */
	public @Nullable Recorder recorder() {
		Run run = this.run;
		return (run != null) ? run.recorder : null;
	}

	@Override
	public void start() {
		Run last = beginStop();
		if (last != null) {
			// The ports belong to the agent until it has drained. A listener of
			// SpopAgentStoppedEvent that calls this method must not wait for its own end.
			((last.stopping.get() == Thread.currentThread()) ? last.closed : last.stopped).join();
		}
		this.handler.ifUnique(
				(handler) -> handler.checkListeners(this.agent.listeners().stream().map(SpopListener::name).toList()));
		if (this.agent.listeners().isEmpty()) {
			throw new SpopStartException("The SpopAgent bean has no listener.",
					"Give it one with SpopAgent.listener(...), or remove the bean to have an agent"
							+ " with the listeners of 'spop.listeners'.");
		}
		Recorder recorder = this.recorders.open();
		BoundSpopAgent bound = bind(recorder);
		this.run = new Run(bound, recorder);
		LocalPorts.set(this.context, bound);
		this.context.publishEvent(new SpopAgentStartedEvent(bound));
		AvailabilityChangeEvent<?> readiness = this.readiness;
		if (readiness != null && readiness.getSource() == this && isRefused(readiness)) {
			AvailabilityChangeEvent.publish(this.context, this, ReadinessState.ACCEPTING_TRAFFIC);
		}
	}

	private BoundSpopAgent bind(@Nullable Recorder recorder) {
		if (recorder == null) {
			return this.agent.bind();
		}
		try {
			return this.agent.recorder(recorder).bind();
		}
		catch (RuntimeException ex) {
			recorder.close();
			throw ex;
		}
	}

	/**
	 * Stop the agent, and block until all is closed and listeners of
	 * {@link SpopAgentStoppedEvent} have been called. When an event loop of the agent
	 * calls this method, it returns at once, and the agent stops in the background.
	 */
	@Override
	public void stop() {
		Run run = beginStop();
		if (run != null && !run.agent.isEventLoop() && run.stopping.get() != Thread.currentThread()) {
			run.stopped.join();
		}
	}

	/**
	 * Begin to stop the agent.
	 * @param callback called by another thread when all is closed
	 */
	@Override
	public void stop(Runnable callback) {
		Run run = beginStop();
		if (run != null) {
			run.stopped.thenRun(callback);
		}
		else {
			callback.run();
		}
	}

	private @Nullable Run beginStop() {
		Run run = this.run;
		if (run == null) {
			return null;
		}
		// A new thread, because the current one may be an event loop of the agent
		Thread thread = new Thread(() -> stop(run), "spop-stop");
		if (run.stopping.compareAndSet(null, thread)) {
			try {
				if (!isRefused(this.readiness)) {
					AvailabilityChangeEvent.publish(this.context, this, ReadinessState.REFUSING_TRAFFIC);
				}
			}
			finally {
				thread.start();
			}
		}
		return run;
	}

	private void stop(Run run) {
		try {
			run.agent.stop(this.preDrainDelay, this.gracePeriod);
		}
		finally {
			if (run.recorder != null) {
				run.recorder.close();
			}
			run.closed.complete(null);
			try {
				this.context.publishEvent(new SpopAgentStoppedEvent(run.agent));
			}
			catch (RuntimeException ex) {
				logger.warn("A listener of SpopAgentStoppedEvent failed", ex);
			}
			finally {
				run.stopped.complete(null);
			}
		}
	}

	private static boolean isRefused(@Nullable AvailabilityChangeEvent<?> readiness) {
		return readiness != null && readiness.getState() == ReadinessState.REFUSING_TRAFFIC;
	}

	@Override
	public boolean isRunning() {
		Run run = this.run;
		return run != null && run.stopping.get() == null && !run.agent.isStopping();
	}

	/**
	 * Return whether the start of the context starts the agent.
	 * @return whether {@code spop.enabled} is true. Without processing ahead of time
	 * there is no bean of this class if it is false
	 */
	@Override
	public boolean isAutoStartup() {
		return this.enabled;
	}

	/**
	 * Return whether to stop when the context is paused.
	 * @return {@code false}: the listeners stay open, with their ports and connections
	 */
	@Override
	public boolean isPauseable() {
		return false;
	}

	@Override
	public int getPhase() {
		return PHASE;
	}

	/**
	 * Stop the agent when its own context begins to close. The end of a child context
	 * does not matter.
	 * @param event any event
	 */
	@Override
	public void onApplicationEvent(ApplicationEvent event) {
		if (event instanceof ContextClosedEvent closed && closed.getApplicationContext().equals(this.context)) {
			stop();
		}
		else if (event instanceof AvailabilityChangeEvent<?> change && change.getState() instanceof ReadinessState) {
			this.readiness = change;
		}
	}

	/**
	 * Return whether events may be delivered on another thread.
	 * @return {@code false}: the context must not go on to close before the agent has
	 * stopped
	 */
	@Override
	public boolean supportsAsyncExecution() {
		return false;
	}

	/**
	 * Return the order among the listeners of events.
	 * @return the highest precedence: executors refuse tasks after they have received the
	 * event that the context closes
	 */
	@Override
	public int getOrder() {
		return Ordered.HIGHEST_PRECEDENCE;
	}

	/**
	 * The agent from a start to the next stop.
	 *
	 * @param agent the agent
	 * @param recorder the recorder, or {@code null} if nothing is recorded
	 * @param stopping the thread that stops it, set when it begins to
	 * @param closed done when all is closed, and the agent may be started again
	 * @param stopped done when the listeners of {@link SpopAgentStoppedEvent} have been
	 * called, too
	 */
	private record Run(BoundSpopAgent agent, @Nullable Recorder recorder, AtomicReference<@Nullable Thread> stopping,
			CompletableFuture<Void> closed, CompletableFuture<Void> stopped) {

		Run(BoundSpopAgent agent, @Nullable Recorder recorder) {
			this(agent, recorder, new AtomicReference<>(), new CompletableFuture<>(), new CompletableFuture<>());
		}

	}

}
