package io.spop.handler;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.UnaryOperator;

import org.springframework.boot.convert.ApplicationConversionService;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.core.convert.ConversionService;

/**
 * Creates the objects that find and call handler methods.
 */
final class TestHandlers {

	private static final ConversionService conversionService = new ApplicationConversionService();

	static final BindingContext CONTEXT = context(UnaryOperator.identity());

	private TestHandlers() {
	}

	private static BindingContext context(UnaryOperator<String> placeholders) {
		return new BindingContext(conversionService, StandardCharsets.UTF_8, placeholders, List.of());
	}

	static ArgumentResolvers resolvers() {
		return resolvers(CONTEXT);
	}

	private static ArgumentResolvers resolvers(BindingContext context) {
		return new ArgumentResolvers(context, (parameter) -> (object) -> {
		});
	}

	static HandlerMapping detect(AnnotationConfigApplicationContext context) {
		return new HandlerMapping(new HandlerMethodDetector(context.getBeanFactory(),
				resolvers(context(context.getEnvironment()::resolvePlaceholders)),
				new ResultConverters(new ValueWriters(conversionService)), Execution.AUTO)
			.detect());
	}

	static HandlerMapping detect(Class<?>... components) {
		return detect(new AnnotationConfigApplicationContext(components));
	}

	/**
	 * Return a dispatcher that calls the methods of beans.
	 */
	static HandlerDispatcher dispatcher(Executor executor, Class<?>... components) {
		return new HandlerDispatcher(detect(components), new HandlerExecutor(executor), null);
	}

}
