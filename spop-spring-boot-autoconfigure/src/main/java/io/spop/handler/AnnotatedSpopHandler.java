package io.spop.handler;

import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;

import io.spop.agent.SpopExchange;
import io.spop.agent.SpopHandler;
import io.spop.annotation.SpopMessage;
import io.spop.protocol.Actions;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import reactor.core.publisher.Mono;

import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.core.convert.ConversionService;

/**
 * The {@link SpopHandler} that calls the methods annotated with
 * {@link SpopMessage @SpopMessage} of all beans. It finds them once all singletons are
 * there; a message that none of them claims contributes no action.
 *
 * @since 0.1.0
 */
public final class AnnotatedSpopHandler implements SpopHandler, SmartInitializingSingleton, DisposableBean {

	private static final Log logger = LogFactory.getLog(AnnotatedSpopHandler.class);

	private final ConfigurableListableBeanFactory beanFactory;

	private final ConversionService conversionService;

	private final Executor executor;

	private HandlerDispatcher dispatcher;

	/**
	 * Create a handler.
	 * @param beanFactory holds the beans
	 * @param conversionService converts arguments to types that SPOP does not have
	 * @param executor calls the methods that may block; shut down with this handler if it
	 * is an {@link ExecutorService}
	 */
	public AnnotatedSpopHandler(ConfigurableListableBeanFactory beanFactory, ConversionService conversionService,
			Executor executor) {
		this.beanFactory = beanFactory;
		this.conversionService = conversionService;
		this.executor = executor;
		this.dispatcher = new HandlerDispatcher(Map.of(), executor);
	}

	/**
	 * Find the annotated methods, and warm up the way to them without calling them.
	 * @throws InvalidSpopHandlerException if one of the methods cannot work
	 */
	@Override
	public void afterSingletonsInstantiated() {
		Map<String, HandlerMethod> handlers = new HandlerMethodDetector(this.beanFactory,
				new ArgumentResolvers(this.conversionService))
			.detect();
		if (handlers.isEmpty()) {
			logger.warn("No bean has a method annotated with @SpopMessage");
		}
		new WarmUp(handlers.values(), this.executor).run();
		this.dispatcher = new HandlerDispatcher(handlers, this.executor);
	}

	@Override
	public Mono<Actions> handle(SpopExchange exchange) {
		return this.dispatcher.handle(exchange);
	}

	@Override
	public void destroy() {
		if (this.executor instanceof ExecutorService service) {
			service.shutdownNow();
		}
	}

}
