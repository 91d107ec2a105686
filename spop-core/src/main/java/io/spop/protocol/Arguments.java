package io.spop.protocol;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;

import org.jspecify.annotations.Nullable;

/**
 * The arguments of a message, in the order of the {@code args} lines of HAProxy's
 * configuration. This is a list with access by name, since a name may be empty and may
 * occur more than once. Immutable, and safe to use by any thread.
 * <p>
 * The arguments that an agent receives refer to the array that their frame was read into.
 * So do the texts and bytes among their values. They keep the whole array in memory. To
 * keep arguments after the answer, for example in a cache, keep a {@link #copy()}.
 * <p>
 * Applications should not implement this interface: a release may add methods. Tests get
 * arguments from {@link #of}.
 *
 * @since 0.1.0
 */
public interface Arguments extends Iterable<Argument> {

	/**
	 * The largest number of arguments of one message. A frame has one byte for this
	 * number.
	 */
	int MAX_SIZE = 255;

	/**
	 * Return the given arguments.
	 * @param arguments the arguments in their order
	 * @return the arguments
	 * @throws IllegalArgumentException if there are more than {@value #MAX_SIZE}
	 */
	static Arguments of(List<Argument> arguments) {
		return new ArgumentList(arguments);
	}

	/**
	 * Return the given arguments.
	 * @param arguments the arguments in their order
	 * @return the arguments
	 * @throws IllegalArgumentException if there are more than {@value #MAX_SIZE}
	 */
	static Arguments of(Argument... arguments) {
		return new ArgumentList(Arrays.asList(Objects.requireNonNull(arguments, "arguments")));
	}

	/**
	 * Return the number of arguments.
	 * @return the number, 0 to 255
	 */
	int size();

	/**
	 * Return whether there is no argument.
	 * @return {@code true} if there is none
	 */
	default boolean isEmpty() {
		return size() == 0;
	}

	/**
	 * Return the name of an argument.
	 * @param index the position of the argument, from 0
	 * @return the name, empty if it has none
	 * @throws IndexOutOfBoundsException if there is no such position
	 */
	String name(int index);

	/**
	 * Return the value of an argument.
	 * @param index the position of the argument, from 0
	 * @return the value
	 * @throws IndexOutOfBoundsException if there is no such position
	 */
	SpopValue value(int index);

	/**
	 * Return the position of the first argument with the given name.
	 * @param name the name
	 * @return its position, from 0, or -1 if there is none
	 */
	default int indexOf(String name) {
		return indexOf(name, 0);
	}

	/**
	 * Return the position of the first argument with the given name, beginning at a
	 * position.
	 * @param name the name
	 * @param from the position to begin with
	 * @return its position, from 0, or -1 if there is none
	 */
	int indexOf(String name, int from);

	/**
	 * Return the value of the first argument with the given name.
	 * @param name the name
	 * @return the value, or {@code null} if there is no such argument; an argument that
	 * HAProxy could not fill is {@link SpopValue.Null}
	 */
	default @Nullable SpopValue get(String name) {
		int index = indexOf(name);
		return (index >= 0) ? value(index) : null;
	}

	/**
	 * Return the values of all arguments with the given name.
	 * @param name the name
	 * @return the values in their order, empty if there is no such argument
	 */
	default List<SpopValue> getAll(String name) {
		List<SpopValue> values = new ArrayList<>();
		for (int index = indexOf(name); index >= 0; index = indexOf(name, index + 1)) {
			values.add(value(index));
		}
		return values;
	}

	/**
	 * Return arguments that do not refer to the frame that they were read from.
	 * @return the same arguments, with {@linkplain SpopValue#copy() copies} of their
	 * values
	 * @see SpopValue#copy()
	 */
	default Arguments copy() {
		List<Argument> copies = new ArrayList<>(size());
		for (Argument argument : this) {
			copies.add(new Argument(argument.name(), argument.value().copy()));
		}
		return of(copies);
	}

	/**
	 * Return whether the other object is arguments with the same names and values in the
	 * same order. It does not matter whether one of them was received.
	 * @param other the object to compare with, or {@code null}
	 */
	@Override
	boolean equals(@Nullable Object other);

	/**
	 * Return the hash code of the list of the arguments.
	 */
	@Override
	int hashCode();

	@Override
	default Iterator<Argument> iterator() {
		return new Iterator<>() {

			private int next;

			@Override
			public boolean hasNext() {
				return this.next < size();
			}

			@Override
			public Argument next() {
				if (!hasNext()) {
					throw new NoSuchElementException();
				}
				int index = this.next++;
				return new Argument(name(index), value(index));
			}

		};
	}

}
