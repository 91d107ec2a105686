package io.spop.recording;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

import io.spop.protocol.Action;
import io.spop.protocol.Actions;
import io.spop.protocol.LogText;
import io.spop.protocol.SpopValue;
import io.spop.protocol.VarScope;
import org.jspecify.annotations.Nullable;

/**
 * A variable of HAProxy that two answers to the same NOTIFY leave with different values.
 * Compared is what HAProxy does with the answers: the last action on a variable counts,
 * and the four types of integers are one.
 *
 * @param scope the scope of the variable
 * @param name the name of the variable, without the {@code var-prefix} of HAProxy's
 * configuration
 * @param recorded the value of the recorded answer: NULL if it unsets the variable,
 * {@code null} if it has no action on the variable
 * @param replayed the value of the other answer
 * @since 0.1.0
 */
public record VariableDifference(VarScope scope, String name, @Nullable SpopValue recorded,
		@Nullable SpopValue replayed) {

	/**
	 * Create a difference.
	 */
	public VariableDifference {
		Objects.requireNonNull(scope, "scope");
		Objects.requireNonNull(name, "name");
	}

	/**
	 * Compare two answers.
	 * @param recorded the actions of the recorded ACK
	 * @param replayed the actions of the other ACK
	 * @return the differences, in the order of the recorded actions, and then of the
	 * others; empty if HAProxy's variables are the same
	 */
	public static List<VariableDifference> between(Actions recorded, Actions replayed) {
		Map<Variable, SpopValue> before = variables(Objects.requireNonNull(recorded, "recorded"));
		Map<Variable, SpopValue> after = variables(Objects.requireNonNull(replayed, "replayed"));
		Set<Variable> all = new LinkedHashSet<>(before.keySet());
		all.addAll(after.keySet());
		List<VariableDifference> differences = new ArrayList<>();
		for (Variable variable : all) {
			SpopValue first = before.get(variable);
			SpopValue second = after.get(variable);
			if (first == null || !first.equals(second)) {
				differences.add(new VariableDifference(variable.scope(), variable.name(), first, second));
			}
		}
		return differences;
	}

	private static Map<Variable, SpopValue> variables(Actions actions) {
		Map<Variable, SpopValue> variables = new LinkedHashMap<>();
		for (Action action : actions) {
			variables.put(new Variable(action.scope(), action.name()),
					(action instanceof Action.SetVar set) ? asRead(set.value()) : SpopValue.ofNull());
		}
		return variables;
	}

	/** HAProxy reads each of the four types of integers as a signed one of 64 bits. */
	private static SpopValue asRead(SpopValue value) {
		if (value instanceof SpopValue.Int32 number) {
			return SpopValue.of(number.value());
		}
		if (value instanceof SpopValue.Uint32 number) {
			return SpopValue.of(number.value());
		}
		return (value instanceof SpopValue.Uint64 number) ? SpopValue.of(number.value()) : value;
	}

	/**
	 * Return the variable and its two values.
	 * @return a text such as {@code sess.score: recorded int 20, replayed int 30}; of
	 * long values only the beginnings
	 */
	@Override
	public String toString() {
		String first = text(this.recorded);
		String second = text(this.replayed);
		return this.scope.prefix() + "." + this.name + ": recorded " + first + ", replayed " + second
				+ (first.equals(second)
						? " (they differ from byte " + bytes(this.recorded).mismatch(bytes(this.replayed)) + " on)"
						: "");
	}

	private static String text(@Nullable SpopValue value) {
		if (value == null) {
			return "no action";
		}
		if (value instanceof SpopValue.Null) {
			return "unset";
		}
		return type(value) + " " + LogText.message(value.toString());
	}

	/** Return the name that HAProxy has for the type of a value. */
	private static String type(SpopValue value) {
		if (value instanceof SpopValue.Text) {
			return "str";
		}
		if (value instanceof SpopValue.Binary) {
			return "bin";
		}
		if (value instanceof SpopValue.Bool) {
			return "bool";
		}
		if (value instanceof SpopValue.Ipv4) {
			return "ipv4";
		}
		return (value instanceof SpopValue.Ipv6) ? "ipv6" : "int";
	}

	private static ByteBuffer bytes(@Nullable SpopValue value) {
		if (value instanceof SpopValue.Text text) {
			return text.bytes();
		}
		return (value instanceof SpopValue.Binary binary) ? binary.bytes() : ByteBuffer.allocate(0);
	}

	private record Variable(VarScope scope, String name) {
	}

}
