package io.spop.handler;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

/**
 * The methods of one bean that handle exceptions.
 */
final class ExceptionHandlers {

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

	boolean isEmpty() {
		return this.methods.isEmpty();
	}

	/**
	 * Return the method whose type is the closest to an exception or, if there is none,
	 * to its cause.
	 * @param failure the exception
	 * @return the method, or {@code null} if there is none
	 */
	@Nullable HandlerMethod get(Throwable failure) {
		for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
			for (Class<?> type = cause.getClass(); type != null; type = type.getSuperclass()) {
				HandlerMethod method = this.methods.get(type);
				if (method != null) {
					return method;
				}
			}
		}
		return null;
	}

}
