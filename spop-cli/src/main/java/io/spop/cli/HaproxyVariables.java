package io.spop.cli;

import java.util.LinkedHashMap;
import java.util.Map;

import io.spop.protocol.Action;
import io.spop.protocol.Actions;
import io.spop.protocol.SpopValue;

/**
 * What an ACK does to HAProxy's variables.
 */
final class HaproxyVariables {

	private HaproxyVariables() {
	}

	/**
	 * Return the variables as they are after an ACK. The last action on a variable
	 * counts.
	 * @param actions the actions of the ACK
	 * @param prefix the {@code var-prefix}, or nothing
	 * @return the values by the full names of the variables, in the order of the actions;
	 * NULL for a variable that the ACK unsets
	 */
	static Map<String, SpopValue> after(Actions actions, String prefix) {
		Map<String, SpopValue> variables = new LinkedHashMap<>();
		for (Action action : actions) {
			SpopValue value = (action instanceof Action.SetVar set) ? asRead(set.value()) : SpopValue.ofNull();
			variables.put(FrameText.variable(action.scope(), prefix, action.name()), value);
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

}
