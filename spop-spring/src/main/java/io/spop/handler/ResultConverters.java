package io.spop.handler;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

import io.spop.annotation.SpopVar;
import io.spop.haproxy.VariableDescription;
import io.spop.protocol.Action;
import io.spop.protocol.Actions;
import io.spop.protocol.SpopValue;
import io.spop.protocol.VarScope;
import org.jspecify.annotations.Nullable;
import reactor.core.Exceptions;
import reactor.core.publisher.Mono;

import org.springframework.core.ResolvableType;
import org.springframework.core.annotation.AnnotatedElementUtils;

/**
 * Chooses the {@link ResultConverter} of a method by its return type.
 */
final class ResultConverters {

	private static final ResultConverter ACTIONS = (result) -> result;

	private static final ResultConverter NOTHING = (result) -> null;

	private final ValueWriters writers;

	/**
	 * Create an instance.
	 * @param writers convert the objects in results to values
	 */
	ResultConverters(ValueWriters writers) {
		this.writers = writers;
	}

	/**
	 * Return the converter for the results of a method.
	 * @param method the method
	 * @param type the class of the bean
	 * @return the converter
	 * @throws InvalidSpopHandlerException if the results cannot be converted to actions
	 */
	ResultConverter get(Method method, Class<?> type) {
		ResolvableType result = ResolvableType.forMethodReturnType(method, type);
		SpopVar annotation = AnnotatedElementUtils.findMergedAnnotation(method, SpopVar.class);
		if (annotation != null && !isMap(result)) {
			throw new InvalidSpopHandlerException(
					HandlerMethod.describe(method) + " is marked with @SpopVar, but returns " + result + ".",
					"Mark the members of the record or bean that it returns, or let it return a Map.");
		}
		if (annotation != null && !annotation.name().isEmpty()) {
			throw new InvalidSpopHandlerException(
					"@SpopVar on " + HandlerMethod.describe(method) + " has the name '" + annotation.name() + "'.",
					"Remove the name: the keys of the map are the names of the variables.");
		}
		ResultConverter converter = get(result, annotation, true);
		if (converter == null) {
			throw new InvalidSpopHandlerException(HandlerMethod.describe(method) + " returns " + result + ".",
					"Let it return void, Actions, a record or bean with @SpopVar members, a Map<String, ?>,"
							+ " or an Optional, Mono or CompletionStage of one of these.");
		}
		return converter;
	}

	/**
	 * Return the variables that the results of a method set.
	 * @param method the method
	 * @param type the class of the bean
	 * @return the variables, or {@code null} if they are not known before the method
	 * returns
	 */
	@Nullable List<VariableDescription> variables(Method method, Class<?> type) {
		Class<?> value = value(ResolvableType.forMethodReturnType(method, type));
		if (value == void.class || value == Void.class) {
			return List.of();
		}
		return (value == Actions.class || Map.class.isAssignableFrom(value)) ? null
				: ResultMember.of(value, this.writers).stream().map(ResultMember::variable).toList();
	}

	private static boolean isMap(ResolvableType result) {
		return Map.class.isAssignableFrom(value(result));
	}

	/**
	 * Return the type of the value within a {@code Mono}, {@code CompletionStage} or
	 * {@code Optional}, or the type itself.
	 */
	static Class<?> value(ResolvableType result) {
		Class<?> type = result.resolve(Object.class);
		for (Class<?> wrapper : List.of(Optional.class, Mono.class, CompletionStage.class)) {
			if (wrapper.isAssignableFrom(type)) {
				return value(result.as(wrapper).getGeneric());
			}
		}
		return type;
	}

	/**
	 * Return whether a method returns a {@code Mono} or a {@code CompletionStage}, which
	 * may get its value after the method has returned.
	 */
	static boolean isAsynchronous(Class<?> returnType) {
		return Mono.class.isAssignableFrom(returnType) || CompletionStage.class.isAssignableFrom(returnType);
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
		Object result = HandlerMethod.valueOf(mono);
		if (!(result instanceof Mono)) {
			return converter.convertNullable(result);
		}
		return mono.<Object>mapNotNull((value) -> {
			try {
				return converter.convert(value);
			}
			catch (Exception ex) {
				throw Exceptions.propagate(ex);
			}
			catch (Error ex) {
				throw new WrappedError(ex);
			}
		});
	}

	/**
	 * Return the Error in a {@link WrappedError}, or the failure itself.
	 */
	static Throwable unwrap(Throwable failure) {
		return (failure instanceof WrappedError wrapped) ? wrapped.error : failure;
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
			List<Action> actions = new ArrayList<>();
			for (Map.Entry<?, ?> entry : ((Map<?, ?>) result).entrySet()) {
				String name = (String) entry.getKey();
				Object object = entry.getValue();
				SpopValue value = (object != null) ? this.writers.writeAny(object) : SpopValue.ofNull();
				if (!(value instanceof SpopValue.Null)) {
					actions.add(new Action.SetVar(scope, name, value));
				}
				else if (!skipNull) {
					actions.add(new Action.UnsetVar(scope, name));
				}
			}
			return Actions.of(actions);
		};
	}

	/**
	 * Carries an Error through Reactor's operators, which would log and throw the Error
	 * itself.
	 */
	private static final class WrappedError extends RuntimeException {

		private static final long serialVersionUID = 1L;

		private final Error error;

		WrappedError(Error error) {
			super(null, error, false, false);
			this.error = error;
		}

	}

}
