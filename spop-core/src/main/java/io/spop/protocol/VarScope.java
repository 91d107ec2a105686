package io.spop.protocol;

import org.jspecify.annotations.Nullable;

/**
 * The scopes of HAProxy's variables. The scope decides how long a variable exists.
 *
 * @since 0.1.0
 */
public enum VarScope {

	/**
	 * The whole HAProxy process ({@code proc.}). HAProxy ignores an action on a variable
	 * of this scope if its configuration does not mention the variable.
	 */
	PROCESS(0, "proc"),

	/** The client's connection ({@code sess.}), across keep-alive requests. */
	SESSION(1, "sess"),

	/** One request and its response ({@code txn.}). */
	TRANSACTION(2, "txn"),

	/** The processing of the request ({@code req.}). */
	REQUEST(3, "req"),

	/** The processing of the response ({@code res.}). */
	RESPONSE(4, "res");

	private final int code;

	private final String prefix;

	VarScope(int code, String prefix) {
		this.code = code;
		this.prefix = prefix;
	}

	/**
	 * Return the code of this scope on the wire.
	 * @return the code, 0 to 4
	 */
	public int code() {
		return this.code;
	}

	/**
	 * Return the word that HAProxy's configuration uses for this scope.
	 * @return for example {@code txn}
	 */
	public String prefix() {
		return this.prefix;
	}

	/**
	 * Return the scope with the given code.
	 * @param code the code on the wire
	 * @return the scope, or {@code null} if there is none with this code
	 */
	public static @Nullable VarScope of(int code) {
		return switch (code) {
			case 0 -> PROCESS;
			case 1 -> SESSION;
			case 2 -> TRANSACTION;
			case 3 -> REQUEST;
			case 4 -> RESPONSE;
			default -> null;
		};
	}

}
