package io.spop.handler;

import io.spop.protocol.SpopValue;

/**
 * Converts objects of one type to values of SPOP.
 */
@FunctionalInterface
interface ValueWriter {

	/**
	 * Convert an object.
	 * @param object the object
	 * @return the value
	 * @throws IllegalArgumentException if the object cannot be converted
	 */
	SpopValue write(Object object);

}
