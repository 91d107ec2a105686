package io.spop.handler;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

import io.spop.agent.SpopExchange;
import io.spop.haproxy.ArgumentDescription;
import io.spop.protocol.Argument;
import io.spop.protocol.Arguments;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopValue;
import org.jspecify.annotations.Nullable;

/**
 * Resolver of a parameter that takes the values of all arguments with one name.
 *
 * @param argument the arguments
 * @param defaultValues the values to convert if no argument has a value, or {@code null}
 * without a default
 * @param nullElements whether the list may hold {@code null}
 * @param optional whether the parameter is an {@code Optional}
 */
record ListArgumentResolver(NamedArgument argument, @Nullable List<SpopValue> defaultValues, boolean nullElements,
		boolean optional) implements ArgumentResolver {

	@Override
	public @Nullable Object resolve(NotifyMessage message, SpopExchange exchange, @Nullable Throwable failure) {
		Object result = resolveList(message);
		return this.optional ? Optional.ofNullable(result) : result;
	}

	@Override
	public void addExample(List<Argument> arguments) {
		this.argument.addExample(arguments);
	}

	@Override
	public void describe(Consumer<ArgumentDescription> arguments) {
		arguments.accept(this.argument.describe(this.defaultValues != null));
	}

	private @Nullable Object resolveList(NotifyMessage message) {
		List<@Nullable Object> list = new ArrayList<>();
		Arguments arguments = message.arguments();
		int place = this.argument.place(arguments);
		// All values have the spelling of the first name that is found
		String name = (place >= 0) ? arguments.name(place) : "";
		while (place >= 0) {
			SpopValue value = arguments.value(place);
			if (!(value instanceof SpopValue.Null) || this.argument.takesNull()) {
				list.add(this.argument.convert(value, message));
			}
			else if (this.nullElements) {
				list.add(null);
			}
			place = arguments.indexOf(name, place + 1);
		}
		if (list.isEmpty() && this.defaultValues != null) {
			this.defaultValues.forEach((value) -> list.add(this.argument.convert(value, message)));
			return list;
		}
		return list.isEmpty() ? this.argument.absent(message) : list;
	}

}
