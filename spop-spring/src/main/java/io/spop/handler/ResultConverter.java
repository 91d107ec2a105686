package io.spop.handler;

import org.jspecify.annotations.Nullable;

/**
 * Converts the result of a handler method to actions. It is chosen once for each method,
 * when the application starts.
 */
@FunctionalInterface
interface ResultConverter {

	/**
	 * Convert a result to actions.
	 * @param result the result of the method
	 * @return {@code null} for no actions, {@code Actions}, or a {@code Mono} of
	 * {@code Actions}
	 * @throws Exception if the result cannot be sent
	 */
	@Nullable Object convert(Object result) throws Exception;

	/**
	 * Convert a result that may be {@code null} to actions.
	 * @param result the result of the method
	 * @return as {@link #convert}
	 * @throws Exception if the result cannot be sent
	 */
	default @Nullable Object convertNullable(@Nullable Object result) throws Exception {
		return (result != null) ? convert(result) : null;
	}

}
