package io.spop.handler;

import java.lang.reflect.Method;
import java.util.List;
import java.util.Objects;

import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopValue;
import org.jspecify.annotations.Nullable;

import org.springframework.aot.hint.ExecutableMode;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.util.ReflectionUtils;

/**
 * Adds to a native image what this package itself looks up by name: methods for its
 * method handles, and classes of libraries that the application may have.
 */
final class HandlerRuntimeHints implements RuntimeHintsRegistrar {

	static final List<String> OPTIONAL_TYPES = List.of(Validation.VALIDATOR, HandlerExecutor.CONTEXT_SNAPSHOT_FACTORY,
			TraceIds.TRACING_OBSERVATION_HANDLER);

	@Override
	public void registerHints(RuntimeHints hints, @Nullable ClassLoader classLoader) {
		register(hints, ArgumentResolver.class, "resolve", ArgumentResolvers.TYPE.parameterArray());
		register(hints, BeanFactory.class, "getBean", String.class);
		register(hints, NamedArgumentResolver.class, "find", NotifyMessage.class);
		register(hints, NamedArgumentResolver.class, "resolveValue", SpopValue.class, NotifyMessage.class);
		register(hints, ResultConverter.class, "convertNullable", Object.class);
		OPTIONAL_TYPES.forEach((type) -> hints.reflection().registerTypeIfPresent(classLoader, type));
	}

	private static void register(RuntimeHints hints, Class<?> type, String name, Class<?>... parameters) {
		Method method = Objects.requireNonNull(ReflectionUtils.findMethod(type, name, parameters));
		hints.reflection().registerMethod(method, ExecutableMode.INVOKE);
	}

}
