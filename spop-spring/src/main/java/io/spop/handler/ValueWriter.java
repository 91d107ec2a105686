package io.spop.handler;

import io.spop.protocol.SpopValue;

/**
 * Makes a value of the wire of an object. Picked once for its type.
 */
@FunctionalInterface
interface ValueWriter {

	/**
	 * Make a value.
	 * @param object the object
	 * @return the value
	 * @throws IllegalArgumentException if there is none for it
	 */
	SpopValue write(Object object);

}
