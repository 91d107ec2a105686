package io.spop.handler;

import java.nio.charset.Charset;
import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

import io.micrometer.observation.ObservationRegistry;
import io.spop.agent.SpopExchange;
import io.spop.agent.SpopFinding;
import io.spop.agent.SpopHandler;
import io.spop.annotation.SpopExceptionHandler;
import io.spop.annotation.SpopMessage;
import io.spop.haproxy.AgentDescription;
import io.spop.haproxy.ListenerDescription;
import io.spop.haproxy.MessageDescription;
import io.spop.protocol.Actions;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.core.convert.ConversionService;

/**
 * The {@link SpopHandler} that calls the {@link SpopMessage @SpopMessage} methods of all
 * beans. It finds the methods when all singletons have been created. A message without a
 * method adds no action to the ACK.
 *
 * @since 0.1.0
 */
public final class AnnotatedSpopHandler implements SpopHandler, SmartInitializingSingleton {

	private static final Log logger = LogFactory.getLog(AnnotatedSpopHandler.class);

	private static final Duration WARM_UP_TIMEOUT = Duration.ofSeconds(5);

	private final ConfigurableListableBeanFactory beanFactory;

	private final ConversionService conversionService;

	private final ValueWriters writers;

	private final Charset charset;

	private final Execution execution;

	private final HandlerExecutor executor;

	private boolean warmUp = true;

	private @Nullable MessageObservations observations;

	private HandlerDispatcher dispatcher;

	private @Nullable List<HandlerDescription> handlers;

	/**
	 * Create a handler.
	 * @param beanFactory the factory of the beans
	 * @param conversionService converts arguments to types that SPOP does not have
	 * @param writers convert results to values
	 * @param charset the charset of the text of arguments
	 * @param execution the thread for methods that are marked neither as blocking nor as
	 * non-blocking
	 * @param executor calls the methods that may block
	 */
	public AnnotatedSpopHandler(ConfigurableListableBeanFactory beanFactory, ConversionService conversionService,
			ValueWriters writers, Charset charset, Execution execution, HandlerExecutor executor) {
		this.beanFactory = beanFactory;
		this.conversionService = conversionService;
		this.writers = writers;
		this.charset = charset;
		this.execution = execution;
		this.executor = executor;
		this.dispatcher = new HandlerDispatcher(new HandlerMapping(List.of()), executor, null);
	}

	/**
	 * Set whether to warm up the dispatch to the methods before the first message. The
	 * warm-up does not call the methods.
	 * @param warmUp whether to warm up; default {@code true}
	 */
	public void warmUp(boolean warmUp) {
		this.warmUp = warmUp;
	}

	/**
	 * Create an observation for each message.
	 * @param registry the registry of the observations
	 * @param convention the convention for their names and keys
	 * @param traceArgument the name of the argument with the caller's trace, in the
	 * format of the header {@code traceparent} or {@code b3}, or {@code null} for none
	 */
	public void observe(ObservationRegistry registry, SpopMessageObservationConvention convention,
			@Nullable String traceArgument) {
		this.observations = new MessageObservations(registry, convention, traceArgument);
	}

	/**
	 * Return whether there is an observation for each message.
	 * @return {@code true} if {@link #observe} was called
	 */
	public boolean isObserved() {
		return this.observations != null;
	}

	/**
	 * Find the annotated methods, and {@linkplain #warmUp(boolean) warm up} the dispatch
	 * to them.
	 * @throws InvalidSpopHandlerException if one of the methods is not a valid handler
	 * method
	 */
	@Override
	public void afterSingletonsInstantiated() {
		BindingContext context = new BindingContext(this.conversionService, this.charset, this::resolvePlaceholders,
				this.beanFactory.getBeanProvider(SpopArgumentResolver.class).orderedStream().toList());
		ArgumentResolvers resolvers = new ArgumentResolvers(context,
				(parameter) -> Validation.of(this.beanFactory, parameter));
		ResultConverters converters = new ResultConverters(this.writers);
		HandlerMapping mapping = new HandlerMapping(
				new HandlerMethodDetector(this.beanFactory, resolvers, converters, this.execution).detect());
		if (mapping.handlers().isEmpty()) {
			logger.warn("No bean has a method annotated with @SpopMessage");
		}
		if (this.warmUp) {
			new DispatchWarmUp(mapping.handlers()).run(WARM_UP_TIMEOUT);
		}
		this.dispatcher = new HandlerDispatcher(mapping, this.executor, this.observations);
		this.handlers = mapping.handlers().stream().map(HandlerDescription::new).toList();
	}

	/**
	 * Return the methods that handle messages.
	 * @return the methods, in no particular order; empty until all singletons have been
	 * created
	 */
	public List<HandlerDescription> handlers() {
		return (this.handlers != null) ? this.handlers : List.of();
	}

	/**
	 * Describe the methods and the listeners, to write or check HAProxy's configuration.
	 * May call converters of the application, to find out which types of values can be
	 * converted.
	 * @param listeners the listeners of the agent
	 * @param timeout the timeout of messages whose method does not set one
	 * @return the description
	 * @throws IllegalStateException if not all singletons have been created yet
	 * @throws InvalidSpopHandlerException if two samples are declared for one argument
	 */
	public AgentDescription describe(List<ListenerDescription> listeners, Duration timeout) {
		List<HandlerDescription> handlers = this.handlers;
		if (handlers == null) {
			throw new IllegalStateException("The handlers of messages are known once all singletons are there."
					+ " Ask for their description later, by an ObjectProvider or with @Lazy.");
		}
		return AgentDescription
			.of(listeners,
					handlers.stream()
						.filter((handler) -> handler.message() != null)
						.map((handler) -> handler.describe(timeout))
						.sorted(Comparator.comparing(MessageDescription::name)
							.thenComparing((message) -> String.join(",", message.listeners())))
						.toList())
			.handlesAll(handlers.stream().anyMatch((handler) -> handler.message() == null));
	}

	/**
	 * Check that all listeners that the methods name exist.
	 * @param listeners the names of the listeners of the agent
	 * @throws InvalidSpopHandlerException if a method names another listener
	 */
	public void checkListeners(Collection<String> listeners) {
		for (HandlerDescription handler : handlers()) {
			for (String listener : handler.listeners()) {
				if (!listeners.contains(listener)) {
					throw new InvalidSpopHandlerException(
							handler.method() + " handles messages of listener '" + listener
									+ "', which does not exist. The agent has " + String.join(", ", listeners) + ".",
							"Correct the name, or add the listener with a property below 'spop.listeners." + listener
									+ "'.");
				}
			}
		}
	}

	private String resolvePlaceholders(String text) {
		String resolved = this.beanFactory.resolveEmbeddedValue(text);
		return (resolved != null) ? resolved : "";
	}

	@Override
	public Mono<Actions> handle(SpopExchange exchange) {
		return this.dispatcher.handle(exchange);
	}

	@Override
	public Duration timeout(SpopExchange exchange, Duration timeout) {
		return this.dispatcher.timeout(exchange, timeout);
	}

	/**
	 * Return findings: messages that have never come, arguments that are missing or
	 * cannot be converted, and bodies that are cut.
	 */
	@Override
	public List<SpopFinding> findings(String listener, boolean settled) {
		return this.dispatcher.findings(listener, settled);
	}

	/**
	 * Return, for each message, the answer of the
	 * {@link SpopExceptionHandler @SpopExceptionHandler} method for the failure. If there
	 * is no such method, or if it may block, return the fallback.
	 */
	@Override
	public Actions fallback(SpopExchange exchange, Throwable failure) {
		return this.dispatcher.fallback(exchange, failure);
	}

}
