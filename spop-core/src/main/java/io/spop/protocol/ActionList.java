package io.spop.protocol;

import java.net.InetAddress;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * Actions to which more can be added. Each method leaves this list as it is and returns a
 * new one.
 *
 * @since 0.1.0
 * @see Actions
 */
public final class ActionList implements Actions {

	static final ActionList EMPTY = new ActionList();

	private final Action[] actions;

	ActionList(Action... actions) {
		this.actions = actions;
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
	public ActionList set(VarScope scope, String name, String value) {
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
	public ActionList set(VarScope scope, String name, long value) {
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
	public ActionList set(VarScope scope, String name, boolean value) {
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
	public ActionList set(VarScope scope, String name, InetAddress value) {
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
	public ActionList set(VarScope scope, String name, byte[] value) {
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
	public ActionList set(VarScope scope, String name, SpopValue value) {
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
	public ActionList unset(VarScope scope, String name) {
		return append(new Action.UnsetVar(scope, name));
	}

	@Override
	public ActionList and(Actions others) {
		ActionList that = (ActionList) others;
		if (that.isEmpty()) {
			return this;
		}
		if (isEmpty()) {
			return that;
		}
		Action[] joined = Arrays.copyOf(this.actions, this.actions.length + that.actions.length);
		System.arraycopy(that.actions, 0, joined, this.actions.length, that.actions.length);
		return new ActionList(joined);
	}

	private ActionList append(Action action) {
		Action[] appended = Arrays.copyOf(this.actions, this.actions.length + 1);
		appended[this.actions.length] = action;
		return new ActionList(appended);
	}

	@Override
	public boolean isEmpty() {
		return this.actions.length == 0;
	}

	@Override
	public int size() {
		return this.actions.length;
	}

	@Override
	public Action get(int index) {
		return this.actions[index];
	}

	@Override
	public List<Action> toList() {
		return List.of(this.actions);
	}

	@Override
	public Iterator<Action> iterator() {
		return toList().iterator();
	}

	@Override
	public boolean equals(@Nullable Object other) {
		return other instanceof ActionList that && Arrays.equals(this.actions, that.actions);
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
