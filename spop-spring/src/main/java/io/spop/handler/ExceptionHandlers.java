package io.spop.handler;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

/**
 * The methods of one bean that handle exceptions.
 */
final class ExceptionHandlers {

	private static final int MAX_CAUSES = 32;

	private final Map<Class<?>, HandlerMethod> methods = new LinkedHashMap<>();

	void add(Class<? extends Throwable> type, HandlerMethod method) {
		HandlerMethod other = this.methods.putIfAbsent(type, method);
		if (other != null) {
			throw new InvalidSpopHandlerException(
					Stream.of(other.toString(), method.toString())
						.sorted()
						.collect(Collectors.joining(" and ", type.getTypeName() + " has two handlers: ", ".")),
					"Remove one of them, or let it take another exception.");
		}
	}

	Collection<HandlerMethod> methods() {
		return this.methods.values();
	}

	boolean isEmpty() {
		return this.methods.isEmpty();
	}

	/**
	 * Return the method whose type is closest to an exception. If there is none, return
	 * the method whose type is closest to one of its causes.
	 * @param failure the exception
	 * @return the method, or {@code null} if there is none
	 */
	@Nullable HandlerMethod get(Throwable failure) {
		return find(failure, (cause) -> {
			for (Class<?> type = cause.getClass(); type != null; type = type.getSuperclass()) {
				HandlerMethod method = this.methods.get(type);
				if (method != null) {
					return method;
				}
			}
			return null;
		});
	}

	/**
	 * Search an exception and its causes. The search ends after a number of causes, since
	 * applications may override {@code getCause()} such that the chain is endless.
	 * @param failure the exception
	 * @param search returns the result for an exception, or {@code null} to go on with
	 * its cause
	 * @return the first result, or {@code null} if there is none
	 */
	static <T> @Nullable T find(@Nullable Throwable failure, Function<Throwable, @Nullable T> search) {
		Throwable cause = failure;
		for (int i = 0; i < MAX_CAUSES && cause != null; i++) {
			T found = search.apply(cause);
			if (found != null) {
				return found;
			}
			cause = causeOf(cause);
		}
		return null;
	}

	private static @Nullable Throwable causeOf(Throwable failure) {
		try {
			return failure.getCause();
		}
		catch (Throwable ex) {
			return null;
		}
	}

}
