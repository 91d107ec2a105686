package io.spop.protocol;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

import org.jspecify.annotations.Nullable;

/**
 * Arguments that were created in this process, not received from HAProxy.
 *
 * @param arguments the arguments
 */
record ArgumentList(List<Argument> arguments) implements Arguments {

	/** The number of characters after which {@link #toString()} stops. */
	private static final int MAX_TEXT = 4096;

	ArgumentList {
		arguments = copy(arguments);
		if (arguments.size() > MAX_SIZE) {
			throw new IllegalArgumentException(
					"A message has at most " + MAX_SIZE + " arguments, not " + arguments.size());
		}
	}

	private static List<Argument> copy(List<Argument> arguments) {
		Objects.requireNonNull(arguments, "arguments");
		try {
			return List.copyOf(arguments);
		}
		catch (NullPointerException ex) {
			throw new NullPointerException("an element of arguments");
		}
	}

	@Override
	public int size() {
		return this.arguments.size();
	}

	@Override
	public String name(int index) {
		return this.arguments.get(index).name();
	}

	@Override
	public SpopValue value(int index) {
		return this.arguments.get(index).value();
	}

	@Override
	public int indexOf(String name, int from) {
		Objects.requireNonNull(name, "name");
		for (int i = from; i < this.arguments.size(); i++) {
			if (this.arguments.get(i).name().equals(name)) {
				return i;
			}
		}
		return -1;
	}

	@Override
	public boolean equals(@Nullable Object other) {
		return other instanceof Arguments that && this.arguments.equals(list(that));
	}

	private static List<Argument> list(Arguments arguments) {
		if (arguments instanceof ArgumentList list) {
			return list.arguments;
		}
		List<Argument> list = new ArrayList<>();
		arguments.forEach(list::add);
		return list;
	}

	@Override
	public int hashCode() {
		return this.arguments.hashCode();
	}

	@Override
	public String toString() {
		return LogText.of(this.arguments.toString(), MAX_TEXT);
	}

}
