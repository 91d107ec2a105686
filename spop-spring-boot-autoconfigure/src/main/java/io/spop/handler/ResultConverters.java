package io.spop.handler;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

import io.spop.annotation.SpopVar;
import io.spop.protocol.Action;
import io.spop.protocol.Actions;
import io.spop.protocol.SpopValue;
import io.spop.protocol.VarScope;
import org.jspecify.annotations.Nullable;
import reactor.core.Exceptions;
import reactor.core.Fuseable;
import reactor.core.publisher.Mono;

import org.springframework.core.ResolvableType;
import org.springframework.core.annotation.AnnotatedElementUtils;

/**
 * Picks the {@link ResultConverter} of a method by its return type.
 */
final class ResultConverters {

	private static final ResultConverter ACTIONS = (result) -> result;

	private static final ResultConverter NOTHING = (result) -> null;

	private final ValueWriters writers;

	/**
	 * Create a choice.
	 * @param writers make values of the objects in results
	 */
	ResultConverters(ValueWriters writers) {
		this.writers = writers;
	}

	/**
	 * Return the converter for the results of a method.
	 * @param method the method
	 * @param type the class of the bean
	 * @return the converter
	 * @throws InvalidSpopHandlerException if nothing can be made of them
	 */
	ResultConverter get(Method method, Class<?> type) {
		ResolvableType result = ResolvableType.forMethodReturnType(method, type);
		SpopVar annotation = AnnotatedElementUtils.findMergedAnnotation(method, SpopVar.class);
		ResultConverter converter = get(result, annotation, true);
		if (converter == null) {
			throw new InvalidSpopHandlerException(HandlerMethod.describe(method) + " returns " + result + ".",
					"Let it return void, Actions, a record or bean with @SpopVar members, a Map<String, ?>,"
							+ " or an Optional, Mono or CompletionStage of one of these.");
		}
		return converter;
	}

	/**
	 * Return whether the result of a method comes later, so that the method itself need
	 * not block.
	 */
	static boolean isAsynchronous(Method method) {
		return Mono.class.isAssignableFrom(method.getReturnType())
				|| CompletionStage.class.isAssignableFrom(method.getReturnType());
	}

	private @Nullable ResultConverter get(ResolvableType result, @Nullable SpopVar annotation, boolean mayBeLater) {
		Class<?> type = result.resolve();
		if (type == null) {
			return null;
		}
		if (type == void.class || type == Void.class) {
			return NOTHING;
		}
		if (type == Actions.class) {
			return ACTIONS;
		}
		if (type == Optional.class) {
			ResultConverter value = get(result.getGeneric(), annotation, mayBeLater);
			return (value != null) ? (optional) -> value.convertNullable(((Optional<?>) optional).orElse(null)) : null;
		}
		if (Mono.class.isAssignableFrom(type)) {
			ResultConverter value = mayBeLater ? get(result.as(Mono.class).getGeneric(), annotation, false) : null;
			return (value != null) ? (mono) -> convert((Mono<?>) mono, value) : null;
		}
		if (CompletionStage.class.isAssignableFrom(type)) {
			ResultConverter value = mayBeLater ? get(result.as(CompletionStage.class).getGeneric(), annotation, false)
					: null;
			return (value != null) ? (stage) -> convert((CompletionStage<?>) stage, value) : null;
		}
		if (Map.class.isAssignableFrom(type)) {
			return (result.as(Map.class).getGeneric(0).resolve() == String.class) ? map(annotation) : null;
		}
		List<ResultMember> members = ResultMember.of(type, this.writers);
		return members.isEmpty() ? null : (bean) -> convert(bean, members);
	}

	private static @Nullable Object convert(Mono<?> mono, ResultConverter converter) throws Exception {
		if (converter.equals(ACTIONS) || converter.equals(NOTHING)) {
			return mono;
		}
		if (mono instanceof Fuseable.ScalarCallable<?> scalar) {
			return converter.convertNullable(((Callable<?>) scalar).call());
		}
		return mono.<Object>mapNotNull((value) -> {
			try {
				return converter.convert(value);
			}
			catch (Exception ex) {
				throw Exceptions.propagate(ex);
			}
		});
	}

	private static @Nullable Object convert(CompletionStage<?> stage, ResultConverter converter) throws Exception {
		if (stage instanceof CompletableFuture<?> future && future.isDone() && !future.isCompletedExceptionally()) {
			return converter.convertNullable(future.join());
		}
		return convert(Mono.fromCompletionStage(stage), converter);
	}

	private static Actions convert(Object bean, List<ResultMember> members) throws Exception {
		Action[] actions = new Action[members.size()];
		int size = 0;
		for (int i = 0; i < actions.length; i++) {
			Action action = members.get(i).action(bean);
			if (action != null) {
				actions[size++] = action;
			}
		}
		return Actions.of(Arrays.asList(actions).subList(0, size));
	}

	private ResultConverter map(@Nullable SpopVar annotation) {
		VarScope scope = (annotation != null) ? annotation.scope() : VarScope.TRANSACTION;
		boolean skipNull = annotation != null && annotation.ifNull() == SpopVar.IfNull.SKIP;
		return (result) -> {
			Actions actions = Actions.none();
			for (Map.Entry<?, ?> entry : ((Map<?, ?>) result).entrySet()) {
				String name = (String) entry.getKey();
				Object object = entry.getValue();
				SpopValue value = (object != null) ? this.writers.writeAny(object) : SpopValue.ofNull();
				if (!(value instanceof SpopValue.Null)) {
					actions = actions.andSet(scope, name, value);
				}
				else if (!skipNull) {
					actions = actions.andUnset(scope, name);
				}
			}
			return actions;
		};
	}

}
