package io.spop.protocol;

import java.net.InetAddress;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * What an agent answers: an immutable, ordered list of actions, possibly empty. HAProxy
 * runs them in their order.
 *
 * <pre class="code">
 * return Actions.set(VarScope.SESSION, "ip_score", 42).andSet(VarScope.TRANSACTION, "country", "xx");
 * </pre>
 *
 * The static methods begin a list; those that begin with {@code and} leave the list as it
 * is and return a longer one.
 *
 * @since 0.1.0
 * @see Action
 */
public final class Actions implements Iterable<Action> {

	private static final Actions NONE = new Actions();

	private final Action[] actions;

	private Actions(Action... actions) {
		this.actions = actions;
	}

	/**
	 * Return no actions: the answer of an agent that only wants to know.
	 * @return the empty list
	 */
	public static Actions none() {
		return NONE;
	}

	/**
	 * Return the given actions.
	 * @param actions the actions in their order
	 * @return the actions
	 */
	public static Actions of(List<? extends Action> actions) {
		return actions.isEmpty() ? NONE : new Actions(actions.toArray(Action[]::new));
	}

	/**
	 * Begin with an action that sets a variable to a text, sent as UTF-8.
	 * @param scope the scope of the variable
	 * @param name its name, without scope and prefix: 1 to 57 of the characters
	 * {@code A-Z a-z 0-9 _ .}
	 * @param value its value
	 * @return the actions
	 * @throws IllegalArgumentException if HAProxy would not accept the name
	 */
	public static Actions set(VarScope scope, String name, String value) {
		return new Actions(new Action.SetVar(scope, name, SpopValue.of(value)));
	}

	/**
	 * Begin with an action that sets a variable to a number.
	 * @param scope the scope of the variable
	 * @param name its name, without scope and prefix: 1 to 57 of the characters
	 * {@code A-Z a-z 0-9 _ .}
	 * @param value its value
	 * @return the actions
	 * @throws IllegalArgumentException if HAProxy would not accept the name
	 */
	public static Actions set(VarScope scope, String name, long value) {
		return new Actions(new Action.SetVar(scope, name, SpopValue.of(value)));
	}

	/**
	 * Begin with an action that sets a variable to a boolean.
	 * @param scope the scope of the variable
	 * @param name its name, without scope and prefix: 1 to 57 of the characters
	 * {@code A-Z a-z 0-9 _ .}
	 * @param value its value
	 * @return the actions
	 * @throws IllegalArgumentException if HAProxy would not accept the name
	 */
	public static Actions set(VarScope scope, String name, boolean value) {
		return new Actions(new Action.SetVar(scope, name, SpopValue.of(value)));
	}

	/**
	 * Begin with an action that sets a variable to an IP address.
	 * @param scope the scope of the variable
	 * @param name its name, without scope and prefix: 1 to 57 of the characters
	 * {@code A-Z a-z 0-9 _ .}
	 * @param value its value
	 * @return the actions
	 * @throws IllegalArgumentException if HAProxy would not accept the name
	 */
	public static Actions set(VarScope scope, String name, InetAddress value) {
		return new Actions(new Action.SetVar(scope, name, SpopValue.of(value)));
	}

	/**
	 * Begin with an action that sets a variable to bytes, sent as BINARY.
	 * @param scope the scope of the variable
	 * @param name its name, without scope and prefix: 1 to 57 of the characters
	 * {@code A-Z a-z 0-9 _ .}
	 * @param value its value
	 * @return the actions
	 * @throws IllegalArgumentException if HAProxy would not accept the name
	 */
	public static Actions set(VarScope scope, String name, byte[] value) {
		return new Actions(new Action.SetVar(scope, name, SpopValue.of(value)));
	}

	/**
	 * Begin with an action that sets a variable to a value of any wire type; null unsets
	 * the variable.
	 * @param scope the scope of the variable
	 * @param name its name, without scope and prefix: 1 to 57 of the characters
	 * {@code A-Z a-z 0-9 _ .}
	 * @param value its value
	 * @return the actions
	 * @throws IllegalArgumentException if HAProxy would not accept the name
	 */
	public static Actions set(VarScope scope, String name, SpopValue value) {
		return new Actions(new Action.SetVar(scope, name, value));
	}

	/**
	 * Begin with an action that unsets a variable.
	 * @param scope the scope of the variable
	 * @param name its name, without scope and prefix: 1 to 57 of the characters
	 * {@code A-Z a-z 0-9 _ .}
	 * @return the actions
	 * @throws IllegalArgumentException if HAProxy would not accept the name
	 */
	public static Actions unset(VarScope scope, String name) {
		return new Actions(new Action.UnsetVar(scope, name));
	}

	/**
	 * Add an action that sets a variable to a text, sent as UTF-8.
	 * @param scope the scope of the variable
	 * @param name its name, without scope and prefix: 1 to 57 of the characters
	 * {@code A-Z a-z 0-9 _ .}
	 * @param value its value
	 * @return the actions
	 * @throws IllegalArgumentException if HAProxy would not accept the name
	 */
	public Actions andSet(VarScope scope, String name, String value) {
		return append(new Action.SetVar(scope, name, SpopValue.of(value)));
	}

	/**
	 * Add an action that sets a variable to a number.
	 * @param scope the scope of the variable
	 * @param name its name, without scope and prefix: 1 to 57 of the characters
	 * {@code A-Z a-z 0-9 _ .}
	 * @param value its value
	 * @return the actions
	 * @throws IllegalArgumentException if HAProxy would not accept the name
	 */
	public Actions andSet(VarScope scope, String name, long value) {
		return append(new Action.SetVar(scope, name, SpopValue.of(value)));
	}

	/**
	 * Add an action that sets a variable to a boolean.
	 * @param scope the scope of the variable
	 * @param name its name, without scope and prefix: 1 to 57 of the characters
	 * {@code A-Z a-z 0-9 _ .}
	 * @param value its value
	 * @return the actions
	 * @throws IllegalArgumentException if HAProxy would not accept the name
	 */
	public Actions andSet(VarScope scope, String name, boolean value) {
		return append(new Action.SetVar(scope, name, SpopValue.of(value)));
	}

	/**
	 * Add an action that sets a variable to an IP address.
	 * @param scope the scope of the variable
	 * @param name its name, without scope and prefix: 1 to 57 of the characters
	 * {@code A-Z a-z 0-9 _ .}
	 * @param value its value
	 * @return the actions
	 * @throws IllegalArgumentException if HAProxy would not accept the name
	 */
	public Actions andSet(VarScope scope, String name, InetAddress value) {
		return append(new Action.SetVar(scope, name, SpopValue.of(value)));
	}

	/**
	 * Add an action that sets a variable to bytes, sent as BINARY.
	 * @param scope the scope of the variable
	 * @param name its name, without scope and prefix: 1 to 57 of the characters
	 * {@code A-Z a-z 0-9 _ .}
	 * @param value its value
	 * @return the actions
	 * @throws IllegalArgumentException if HAProxy would not accept the name
	 */
	public Actions andSet(VarScope scope, String name, byte[] value) {
		return append(new Action.SetVar(scope, name, SpopValue.of(value)));
	}

	/**
	 * Add an action that sets a variable to a value of any wire type; null unsets the
	 * variable.
	 * @param scope the scope of the variable
	 * @param name its name, without scope and prefix: 1 to 57 of the characters
	 * {@code A-Z a-z 0-9 _ .}
	 * @param value its value
	 * @return the actions
	 * @throws IllegalArgumentException if HAProxy would not accept the name
	 */
	public Actions andSet(VarScope scope, String name, SpopValue value) {
		return append(new Action.SetVar(scope, name, value));
	}

	/**
	 * Add an action that unsets a variable.
	 * @param scope the scope of the variable
	 * @param name its name, without scope and prefix: 1 to 57 of the characters
	 * {@code A-Z a-z 0-9 _ .}
	 * @return the actions
	 * @throws IllegalArgumentException if HAProxy would not accept the name
	 */
	public Actions andUnset(VarScope scope, String name) {
		return append(new Action.UnsetVar(scope, name));
	}

	/**
	 * Return these actions followed by others.
	 * @param others the actions to add
	 * @return the actions
	 */
	public Actions and(Actions others) {
		if (others.isEmpty()) {
			return this;
		}
		if (isEmpty()) {
			return others;
		}
		Action[] joined = Arrays.copyOf(this.actions, this.actions.length + others.actions.length);
		System.arraycopy(others.actions, 0, joined, this.actions.length, others.actions.length);
		return new Actions(joined);
	}

	private Actions append(Action action) {
		Action[] appended = Arrays.copyOf(this.actions, this.actions.length + 1);
		appended[this.actions.length] = action;
		return new Actions(appended);
	}

	/**
	 * Return whether there is no action.
	 * @return {@code true} if there is none
	 */
	public boolean isEmpty() {
		return this.actions.length == 0;
	}

	/**
	 * Return the number of actions.
	 * @return the number
	 */
	public int size() {
		return this.actions.length;
	}

	/**
	 * Return one action.
	 * @param index its place, from 0
	 * @return the action
	 * @throws IndexOutOfBoundsException if there are not so many
	 */
	public Action get(int index) {
		return this.actions[index];
	}

	/**
	 * Return the actions as a list.
	 * @return an unmodifiable list
	 */
	public List<Action> toList() {
		return List.of(this.actions);
	}

	@Override
	public Iterator<Action> iterator() {
		return toList().iterator();
	}

	@Override
	public boolean equals(@Nullable Object other) {
		return other instanceof Actions that && Arrays.equals(this.actions, that.actions);
	}

	@Override
	public int hashCode() {
		return Arrays.hashCode(this.actions);
	}

	@Override
	public String toString() {
		return Arrays.toString(this.actions);
	}

}
