package io.spop.protocol;

import java.net.InetAddress;
import java.util.List;

/**
 * What an agent answers: an immutable, ordered list of actions, possibly empty. HAProxy
 * runs them in their order.
 *
 * <pre class="code">
 * return Actions.set(VarScope.SESSION, "ip_score", 42).set(VarScope.TRANSACTION, "country", "xx");
 * </pre>
 *
 * To collect actions in a loop, declare the variable as {@link ActionList}:
 *
 * <pre class="code">
 * ActionList actions = Actions.none();
 * for (String tag : tags) {
 *     actions = actions.set(VarScope.REQUEST, tag, true);
 * }
 * </pre>
 *
 * @since 0.1.0
 * @see Action
 */
public sealed interface Actions extends Iterable<Action> permits ActionList {

	/**
	 * Return no actions: the answer of an agent that only wants to know.
	 * @return the empty list
	 */
	static ActionList none() {
		return ActionList.EMPTY;
	}

	/**
	 * Return the given actions.
	 * @param actions the actions in their order
	 * @return the actions
	 */
	static ActionList of(List<? extends Action> actions) {
		return actions.isEmpty() ? ActionList.EMPTY : new ActionList(actions.toArray(Action[]::new));
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
	static ActionList set(VarScope scope, String name, String value) {
		return ActionList.EMPTY.set(scope, name, value);
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
	static ActionList set(VarScope scope, String name, long value) {
		return ActionList.EMPTY.set(scope, name, value);
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
	static ActionList set(VarScope scope, String name, boolean value) {
		return ActionList.EMPTY.set(scope, name, value);
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
	static ActionList set(VarScope scope, String name, InetAddress value) {
		return ActionList.EMPTY.set(scope, name, value);
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
	static ActionList set(VarScope scope, String name, byte[] value) {
		return ActionList.EMPTY.set(scope, name, value);
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
	static ActionList set(VarScope scope, String name, SpopValue value) {
		return ActionList.EMPTY.set(scope, name, value);
	}

	/**
	 * Begin with an action that unsets a variable.
	 * @param scope the scope of the variable
	 * @param name its name, without scope and prefix: 1 to 57 of the characters
	 * {@code A-Z a-z 0-9 _ .}
	 * @return the actions
	 * @throws IllegalArgumentException if HAProxy would not accept the name
	 */
	static ActionList unset(VarScope scope, String name) {
		return ActionList.EMPTY.unset(scope, name);
	}

	/**
	 * Return these actions followed by others.
	 * @param others the actions to add
	 * @return the actions
	 */
	ActionList and(Actions others);

	/**
	 * Return whether there is no action.
	 * @return {@code true} if there is none
	 */
	boolean isEmpty();

	/**
	 * Return the number of actions.
	 * @return the number
	 */
	int size();

	/**
	 * Return one action.
	 * @param index its place, from 0
	 * @return the action
	 * @throws IndexOutOfBoundsException if there are not so many
	 */
	Action get(int index);

	/**
	 * Return the actions as a list.
	 * @return an unmodifiable list
	 */
	List<Action> toList();

}
