package io.spop.boot.test.autoconfigure;

import java.math.BigInteger;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

import io.spop.protocol.Action;
import io.spop.protocol.Actions;
import io.spop.protocol.LogText;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopValue;
import io.spop.protocol.VarScope;
import org.jspecify.annotations.Nullable;

/**
 * What the agent answered to a NOTIFY.
 *
 * @since 0.1.0
 */
public final class Ack {

	/**
	 * How many characters of a value are shown, enough to see where two values differ.
	 */
	private static final int MAX_VALUE = 4096;

	private final List<NotifyMessage> messages;

	private final String listener;

	private final Actions actions;

	private final @Nullable String error;

	private final Duration time;

	private final @Nullable String unhandled;

	/**
	 * Create an answer.
	 * @param messages the messages of the NOTIFY
	 * @param listener the name of the listener that it was sent to
	 * @param actions the actions of the ACK
	 * @param error why the ACK is the fallback, or {@code null} if it is not
	 * @param time from the NOTIFY to the ACK
	 * @param unhandled says which messages no method handles, or {@code null} if there
	 * are none
	 */
	Ack(List<NotifyMessage> messages, String listener, Actions actions, @Nullable String error, Duration time,
			@Nullable String unhandled) {
		this.messages = messages;
		this.listener = listener;
		this.actions = actions;
		this.error = error;
		this.time = time;
		this.unhandled = unhandled;
	}

	/**
	 * Return the messages of the NOTIFY.
	 * @return the messages in their order
	 */
	public List<NotifyMessage> messages() {
		return this.messages;
	}

	/**
	 * Return the name of the listener that the NOTIFY was sent to.
	 * @return the name
	 */
	public String listener() {
		return this.listener;
	}

	/**
	 * Return the actions of the ACK.
	 * @return the actions in their order
	 */
	public Actions actions() {
		return this.actions;
	}

	/**
	 * Return why the ACK is the fallback.
	 * @return the reason, or {@code null} if the ACK is not the fallback
	 */
	public @Nullable String error() {
		return this.error;
	}

	/**
	 * Return the time from the NOTIFY to the ACK.
	 * @return the time
	 */
	public Duration time() {
		return this.time;
	}

	/**
	 * Return which messages no method handles, as a text for a person.
	 * @return the text, or {@code null} if there are none
	 */
	public @Nullable String unhandled() {
		return this.unhandled;
	}

	/**
	 * Return the value that a variable has in HAProxy after HAProxy has run the actions
	 * in their order.
	 * @param scope the scope of the variable
	 * @param name its name, without scope and prefix
	 * @return the value, {@link SpopValue.Null} if the ACK unsets the variable, or
	 * {@code null} if the ACK leaves the variable as it is
	 */
	public @Nullable SpopValue variable(VarScope scope, String name) {
		Objects.requireNonNull(scope, "scope");
		Objects.requireNonNull(name, "name");
		SpopValue value = null;
		for (Action action : this.actions) {
			if (action.scope() == scope && action.name().equals(name)) {
				value = (action instanceof Action.SetVar set) ? set.value() : SpopValue.ofNull();
			}
		}
		return value;
	}

	static Object toObject(SpopValue value) {
		if (value instanceof SpopValue.Bool bool) {
			return bool.value();
		}
		if (value instanceof SpopValue.Int32 number) {
			return (long) number.value();
		}
		if (value instanceof SpopValue.Uint32 number) {
			return number.value();
		}
		if (value instanceof SpopValue.Int64 number) {
			return number.value();
		}
		if (value instanceof SpopValue.Uint64 number) {
			return (number.value() >= 0) ? (Object) number.value()
					: new BigInteger(Long.toUnsignedString(number.value()));
		}
		if (value instanceof SpopValue.Ipv4 address) {
			return address.toInetAddress();
		}
		if (value instanceof SpopValue.Ipv6 address) {
			return address.toInetAddress();
		}
		if (value instanceof SpopValue.Binary binary) {
			return binary.toByteArray();
		}
		return value.toString();
	}

	static String describe(VarScope scope, String name) {
		return scope.prefix() + "." + LogText.name(name);
	}

	static String describe(SpopValue value) {
		String text = LogText.of(value.toString(), MAX_VALUE);
		if (value instanceof SpopValue.Text) {
			return "\"" + text + "\"";
		}
		return (value instanceof SpopValue.Binary) ? "binary " + text : text;
	}

	private static String describe(Action action) {
		String variable = describe(action.scope(), action.name());
		return (action instanceof Action.SetVar set && !(set.value() instanceof SpopValue.Null))
				? variable + " = " + describe(set.value()) : "unset " + variable;
	}

	/**
	 * Return the whole answer. The variables have the names of HAProxy, without the
	 * prefix, which only HAProxy's configuration has.
	 */
	@Override
	public String toString() {
		StringBuilder text = new StringBuilder("the ACK to ");
		text.append(this.messages.stream().map(Object::toString).collect(Collectors.joining(", ")))
			.append(" on listener '")
			.append(LogText.name(this.listener))
			.append("', after ")
			.append(this.time.toNanos() / 1_000_000.0)
			.append(" ms, has ")
			.append(this.actions.isEmpty() ? "no actions" : "the actions");
		this.actions.forEach((action) -> text.append("\n  ").append(describe(action)));
		if (this.error != null) {
			text.append("\nIt is the fallback, because of ").append(LogText.message(this.error));
		}
		if (this.unhandled != null) {
			text.append("\nMind that ").append(this.unhandled);
		}
		return text.toString();
	}

}
