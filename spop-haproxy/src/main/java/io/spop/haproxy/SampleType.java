package io.spop.haproxy;

/**
 * The types of values that HAProxy sends in a message and takes in a variable.
 *
 * @since 0.1.0
 */
public enum SampleType {

	/** True or false ({@code bool}). */
	BOOLEAN,

	/** A signed integer of 64 bits ({@code sint}). */
	INTEGER,

	/** An IPv4 address. */
	IPV4,

	/** An IPv6 address. */
	IPV6,

	/** A text ({@code str}). */
	STRING,

	/** Bytes ({@code bin}). */
	BINARY

}
