package io.spop.protocol;

import java.util.Objects;

import org.jspecify.annotations.Nullable;

/**
 * An action that an agent asks HAProxy to run: set a variable or unset a variable
 * (SPOE.txt, section 3.4).
 * <p>
 * The name of a variable has neither scope nor prefix in an action. HAProxy adds both:
 * {@code score} in the scope {@link VarScope#TRANSACTION} becomes
 * {@code txn.<prefix>.score}. The prefix is the {@code option var-prefix} of the
 * {@code spoe-agent} section, by default the name of the section.
 * <p>
 * SPOP 2.0 defines no other actions, so a {@code switch} over these stays complete.
 *
 * @since 0.1.0
 */
public sealed interface Action {

	/**
	 * The largest number of characters of a name. With scope and prefix, HAProxy allows
	 * 63 characters (flt_spoe.c, {@code spoe_set_var}).
	 */
	int MAX_NAME_LENGTH = 57;

	/**
	 * Return the scope of the variable.
	 * @return the scope
	 */
	VarScope scope();

	/**
	 * Return the name of the variable.
	 * @return the name, without scope and prefix
	 */
	String name();

	private static void check(VarScope scope, String name) {
		int length = Objects.requireNonNull(name, "name").length();
		if (length == 0 || length > MAX_NAME_LENGTH) {
			throw new IllegalArgumentException("The name of a variable has 1 to " + MAX_NAME_LENGTH
					+ " characters (HAProxy allows 63 with scope and prefix): '" + LogText.name(name) + "' has "
					+ length);
		}
		for (int i = 0; i < length; i++) {
			char c = name.charAt(i);
			if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.')) {
				throw new IllegalArgumentException(
						"The name of a variable consists of A-Z a-z 0-9 _ and . only, else HAProxy ignores it: '"
								+ LogText.name(name) + "'");
			}
		}
		require(scope, "scope", name);
	}

	/**
	 * Check that a part of an action is not {@code null}.
	 * @param part the part
	 * @param what the name of the part, for the exception
	 * @param name the name of the variable
	 * @throws NullPointerException if the part is {@code null}
	 */
	private static void require(@Nullable Object part, String what, String name) {
		if (part == null) {
			throw new NullPointerException(what + " of variable '" + LogText.name(name) + "'");
		}
	}

	/**
	 * An action that sets a variable.
	 *
	 * @param scope the scope of the variable
	 * @param name its name: 1 to 57 of the characters {@code A-Z a-z 0-9 _ .}
	 * @param value its value; {@link SpopValue.Null} unsets it
	 */
	record SetVar(VarScope scope, String name, SpopValue value) implements Action {

		/**
		 * Create an action.
		 * @throws IllegalArgumentException if HAProxy would not accept the name
		 */
		public SetVar {
			check(scope, name);
			require(value, "value", name);
		}

		@Override
		public String toString() {
			return "set-var(" + this.scope.prefix() + "." + this.name + ") " + LogText.message(this.value.toString());
		}

	}

	/**
	 * An action that unsets a variable.
	 *
	 * @param scope the scope of the variable
	 * @param name its name: 1 to 57 of the characters {@code A-Z a-z 0-9 _ .}
	 */
	record UnsetVar(VarScope scope, String name) implements Action {

		/**
		 * Create an action.
		 * @throws IllegalArgumentException if HAProxy would not accept the name
		 */
		public UnsetVar {
			check(scope, name);
		}

		@Override
		public String toString() {
			return "unset-var(" + this.scope.prefix() + "." + this.name + ")";
		}

	}

}
