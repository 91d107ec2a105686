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
 * The answer of an agent: an immutable list of actions, possibly empty. HAProxy runs the
 * actions in the order of the list.
 *
 * <pre class="code">
 * return Actions.set(VarScope.SESSION, "ip_score", 42).andSet(VarScope.TRANSACTION, "country", "xx");
 * </pre>
 *
 * The static methods create a list. The methods whose names begin with {@code and} return
 * a longer list and leave this list unchanged. They may be called in a loop, since the
 * time of a call does not grow with the length of the list. Safe to use by any thread.
 *
 * @since 0.1.0
 * @see Action
 */
public final class Actions implements Iterable<Action> {

	/** The number of characters after which {@link #toString()} stops. */
	private static final int MAX_TEXT = 4096;

	private static final VarHandle ELEMENT = MethodHandles.arrayElementVarHandle(Action[].class);

	private static final Actions NONE = new Actions(new Action[0], 0);

	/**
	 * The actions, and behind them free places. A longer list may share the array and
	 * fill the free places. Only the first list that fills a place may use it, other
	 * lists copy the array.
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
	 * Return the empty list, the answer of an agent that sets no variable.
	 * @return the empty list
	 */
	public static Actions none() {
		return NONE;
	}

	/**
	 * Return a list of the given actions.
	 * @param actions the actions in their order
	 * @return the actions
	 * @throws NullPointerException if an action is {@code null}
	 */
	public static Actions of(List<? extends Action> actions) {
		Action[] array = Objects.requireNonNull(actions, "actions").toArray(Action[]::new);
		for (Action action : array) {
			Objects.requireNonNull(action, "an element of actions");
		}
		return (array.length == 0) ? NONE : new Actions(array, array.length);
	}

	/**
	 * Return a list with one action, which sets a variable to a text, sent as UTF-8.
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
	 * Return a list with one action, which sets a variable to a number.
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
	 * Return a list with one action, which sets a variable to a boolean.
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
	 * Return a list with one action, which sets a variable to an IP address.
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
	 * Return a list with one action, which sets a variable to bytes, sent as BINARY.
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
	 * Return a list with one action, which sets a variable to a value of any wire type,
	 * such as that of an argument.
	 * @param scope the scope of the variable
	 * @param name its name, without scope and prefix: 1 to 57 of the characters
	 * {@code A-Z a-z 0-9 _ .}
	 * @param value its value; {@link SpopValue.Null} unsets the variable, and so does
	 * {@code null}, which {@link Arguments#get} returns for a missing argument
	 * @return the actions
	 * @throws IllegalArgumentException if HAProxy would not accept the name
	 */
	public static Actions set(VarScope scope, String name, @Nullable SpopValue value) {
		return new Actions(setVar(scope, name, value));
	}

	/**
	 * Return a list with one action, which unsets a variable.
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
	 * {@code null}, which {@link Arguments#get} returns for a missing argument
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
	 * Claim free places behind these actions for a longer list.
	 * @param count the number of places
	 * @param first the action for the first place. The list that fills this place owns
	 * the places behind it, too: only a list that ends behind the first place can be
	 * continued there.
	 * @return {@code true} if the places are claimed and the first one is filled;
	 * {@code false} if there are not enough places or another list owns them
	 */
	private boolean claim(int count, Action first) {
		return this.actions.length - this.size >= count
				&& ELEMENT.compareAndSet(this.actions, this.size, (Action) null, first);
	}

	/**
	 * Copy the array, with room for further actions. The copy has no spare room if these
	 * are fewer than two actions.
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
	 * @param index the position of the action, from 0
	 * @return the action
	 * @throws IndexOutOfBoundsException if there is no such position
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
		return LogText.of(toList().toString(), MAX_TEXT);
	}

}
