package io.spop.handler;

import org.jspecify.annotations.Nullable;

/**
 * Conversion of what a handler method returns to actions. It is picked for a method once,
 * at startup.
 */
@FunctionalInterface
interface ResultConverter {

	/**
	 * Make actions of a result.
	 * @param result what the method returned
	 * @return {@code null} for none, {@code Actions}, or a {@code Mono} of these
	 * @throws Exception if the result cannot be sent
	 */
	@Nullable Object convert(Object result) throws Exception;

	/**
	 * Make actions of a result that may be {@code null}.
	 * @param result what the method returned
	 * @return as for any other result
	 * @throws Exception if the result cannot be sent
	 */
	default @Nullable Object convertNullable(@Nullable Object result) throws Exception {
		return (result != null) ? convert(result) : null;
	}

}
