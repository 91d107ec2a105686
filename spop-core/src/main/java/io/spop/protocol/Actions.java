package io.spop.protocol;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;

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
 * is and return a longer one. A loop may call them: the time that they take does not grow
 * with the list. Safe to use by any thread.
 *
 * @since 0.1.0
 * @see Action
 */
public final class Actions implements Iterable<Action> {

	private static final VarHandle ELEMENT = MethodHandles.arrayElementVarHandle(Action[].class);

	private static final Actions NONE = new Actions(new Action[0], 0);

	/**
	 * Begins with these actions. Behind them may be room for those of a longer list that
	 * shares the array: the first list that fills a place has it, others make a copy.
	 */
	private final @Nullable Action[] actions;

	private final int size;

	private Actions(Action action) {
		this(new Action[] { action }, 1);
	}

	private Actions(@Nullable Action[] actions, int size) {
		this.actions = actions;
		this.size = size;
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
	 * @throws NullPointerException if one of them is null
	 */
	public static Actions of(List<? extends Action> actions) {
		Action[] array = Objects.requireNonNull(actions, "actions").toArray(Action[]::new);
		for (Action action : array) {
			Objects.requireNonNull(action, "an element of actions");
		}
		return (array.length == 0) ? NONE : new Actions(array, array.length);
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
		return new Actions(new Action.SetVar(scope, name, SpopValue.of(require(value, name))));
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
		return new Actions(new Action.SetVar(scope, name, SpopValue.of(require(value, name))));
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
		return new Actions(new Action.SetVar(scope, name, SpopValue.of(require(value, name))));
	}

	/**
	 * Begin with an action that sets a variable to a value of any wire type, such as that
	 * of an argument.
	 * @param scope the scope of the variable
	 * @param name its name, without scope and prefix: 1 to 57 of the characters
	 * {@code A-Z a-z 0-9 _ .}
	 * @param value its value; {@link SpopValue.Null} unsets the variable, and so does
	 * {@code null}, which {@link Arguments#get} returns for an argument that did not come
	 * @return the actions
	 * @throws IllegalArgumentException if HAProxy would not accept the name
	 */
	public static Actions set(VarScope scope, String name, @Nullable SpopValue value) {
		return new Actions(setVar(scope, name, value));
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
		return append(new Action.SetVar(scope, name, SpopValue.of(require(value, name))));
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
		return append(new Action.SetVar(scope, name, SpopValue.of(require(value, name))));
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
		return append(new Action.SetVar(scope, name, SpopValue.of(require(value, name))));
	}

	/**
	 * Add an action that sets a variable to a value of any wire type, such as that of an
	 * argument.
	 * @param scope the scope of the variable
	 * @param name its name, without scope and prefix: 1 to 57 of the characters
	 * {@code A-Z a-z 0-9 _ .}
	 * @param value its value; {@link SpopValue.Null} unsets the variable, and so does
	 * {@code null}, which {@link Arguments#get} returns for an argument that did not come
	 * @return the actions
	 * @throws IllegalArgumentException if HAProxy would not accept the name
	 */
	public Actions andSet(VarScope scope, String name, @Nullable SpopValue value) {
		return append(setVar(scope, name, value));
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
		if (Objects.requireNonNull(others, "others").isEmpty()) {
			return this;
		}
		if (isEmpty()) {
			return others;
		}
		int size = this.size;
		@Nullable Action[] actions = this.actions;
		if (!claim(others.size, others.get(0))) {
			actions = copy(others.size);
			actions[size] = others.get(0);
		}
		System.arraycopy(others.actions, 1, actions, size + 1, others.size - 1);
		return new Actions(actions, size + others.size);
	}

	private Actions append(Action action) {
		int size = this.size;
		@Nullable Action[] actions = this.actions;
		if (!claim(1, action)) {
			actions = copy(1);
			actions[size] = action;
		}
		return new Actions(actions, size + 1);
	}

	/**
	 * Take the places behind these actions, if there are enough and if they are free.
	 * @param count how many places
	 * @param first the action for the first of them. Whoever fills this place has those
	 * behind it, too: only a list that ends behind it can be continued there.
	 * @return whether the places are taken, and the first is filled
	 */
	private boolean claim(int count, Action first) {
		return this.actions.length - this.size >= count
				&& ELEMENT.compareAndSet(this.actions, this.size, (Action) null, first);
	}

	/**
	 * Copy these actions with room for more: none to spare behind two.
	 */
	private @Nullable Action[] copy(int added) {
		@Nullable Action[] copy = new Action[this.size + added + this.size / 2];
		System.arraycopy(this.actions, 0, copy, 0, this.size);
		return copy;
	}

	private static Action setVar(VarScope scope, String name, @Nullable SpopValue value) {
		return new Action.SetVar(scope, name, (value != null) ? value : SpopValue.ofNull());
	}

	private static <T> T require(@Nullable T value, String name) {
		if (value == null) {
			throw new NullPointerException("value of variable '" + LogText.name(name) + "'");
		}
		return value;
	}

	/**
	 * Return whether there is no action.
	 * @return {@code true} if there is none
	 */
	public boolean isEmpty() {
		return this.size == 0;
	}

	/**
	 * Return the number of actions.
	 * @return the number
	 */
	public int size() {
		return this.size;
	}

	/**
	 * Return one action.
	 * @param index its place, from 0
	 * @return the action
	 * @throws IndexOutOfBoundsException if there are not so many
	 */
	public Action get(int index) {
		return Objects.requireNonNull(this.actions[Objects.checkIndex(index, this.size)]);
	}

	/**
	 * Return the actions as a list.
	 * @return an unmodifiable list
	 */
	@SuppressWarnings("NullAway") // the first places are filled
	public List<Action> toList() {
		return Collections.unmodifiableList(Arrays.asList(this.actions).subList(0, this.size));
	}

	@Override
	public Iterator<Action> iterator() {
		return toList().iterator();
	}

	@Override
	public boolean equals(@Nullable Object other) {
		return other instanceof Actions that && Arrays.equals(this.actions, 0, this.size, that.actions, 0, that.size);
	}

	@Override
	public int hashCode() {
		return toList().hashCode();
	}

	@Override
	public String toString() {
		return toList().toString();
	}

}
