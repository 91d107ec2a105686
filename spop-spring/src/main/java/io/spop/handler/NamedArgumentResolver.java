package io.spop.handler;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
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
 * Resolver of a parameter that takes the value of one argument.
 *
 * @param argument the argument
 * @param defaultValue the value to convert if the argument is NULL, missing or an empty
 * text, or {@code null} without a default
 * @param optional whether the parameter is an {@code Optional}
 */
record NamedArgumentResolver(NamedArgument argument, @Nullable SpopValue defaultValue,
		boolean optional) implements ArgumentResolver {

	private static final MethodHandle FIND;

	private static final MethodHandle RESOLVE_VALUE;

	static {
		try {
			MethodHandles.Lookup lookup = MethodHandles.lookup();
			FIND = lookup.findVirtual(NamedArgumentResolver.class, "find",
					MethodType.methodType(SpopValue.class, NotifyMessage.class));
			RESOLVE_VALUE = lookup.findVirtual(NamedArgumentResolver.class, "resolveValue",
					MethodType.methodType(Object.class, SpopValue.class, NotifyMessage.class));
		}
		catch (ReflectiveOperationException ex) {
			throw new ExceptionInInitializerError(ex);
		}
	}

	@Override
	public @Nullable Object resolve(NotifyMessage message, SpopExchange exchange, @Nullable Throwable failure) {
		return resolveValue(find(message), message);
	}

	/**
	 * Return a method handle of two parts, since the JVM inlines only small methods.
	 */
	@Override
	public MethodHandle handle() {
		MethodHandle handle = MethodHandles.foldArguments(RESOLVE_VALUE.bindTo(this), FIND.bindTo(this));
		return MethodHandles.dropArguments(handle, 1, SpopExchange.class, Throwable.class);
	}

	@Override
	public void addExample(List<Argument> arguments) {
		this.argument.addExample(arguments);
	}

	@Override
	public void describe(Consumer<ArgumentDescription> arguments) {
		arguments.accept(this.argument.describe(this.defaultValue != null));
	}

	private SpopValue find(NotifyMessage message) {
		Arguments arguments = message.arguments();
		int place = this.argument.place(arguments);
		return (place >= 0) ? arguments.value(place) : SpopValue.ofNull();
	}

	private @Nullable Object resolveValue(SpopValue value, NotifyMessage message) {
		Object result = resolveOne(value, message);
		return this.optional ? Optional.ofNullable(result) : result;
	}

	private @Nullable Object resolveOne(SpopValue found, NotifyMessage message) {
		SpopValue value = found;
		boolean nothing = value instanceof SpopValue.Null;
		if (this.defaultValue != null && (nothing || NamedArgument.isEmpty(value))) {
			value = this.defaultValue;
		}
		else if (nothing && this.argument.absence() != NamedArgument.Absence.VALUE) {
			return this.argument.absent(message);
		}
		return this.argument.convert(value, message);
	}

}
