package io.spop.handler;

import org.jspecify.annotations.Nullable;

/**
 * Makes actions of what a handler method returns. Picked once, at startup, for that
 * method.
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

}
