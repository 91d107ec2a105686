package io.spop.protocol;

import java.util.List;

/**
 * Arguments that were put together in this process.
 *
 * @param arguments the arguments
 */
record ArgumentList(List<Argument> arguments) implements Arguments {

	ArgumentList {
		if (arguments.size() > MAX_SIZE) {
			throw new IllegalArgumentException(
					"A message has at most " + MAX_SIZE + " arguments, not " + arguments.size());
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
		for (int i = from; i < this.arguments.size(); i++) {
			if (this.arguments.get(i).name().equals(name)) {
				return i;
			}
		}
		return -1;
	}

	@Override
	public String toString() {
		return this.arguments.toString();
	}

}
