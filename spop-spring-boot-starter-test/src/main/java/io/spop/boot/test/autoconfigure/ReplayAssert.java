package io.spop.boot.test.autoconfigure;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

import io.spop.protocol.Argument;
import io.spop.protocol.LogText;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopValue;
import io.spop.protocol.VarScope;
import io.spop.recording.VariableDifference;
import org.assertj.core.api.AbstractAssert;

/**
 * Asserts for the answers of the agent to the NOTIFYs of a recording.
 *
 * @since 0.1.0
 * @see SpopTestClient#replay
 */
public final class ReplayAssert extends AbstractAssert<ReplayAssert, Replay> {

	/** The number of NOTIFYs that a failure shows. */
	private static final int MAX_SHOWN = 10;

	private final Set<Variable> ignored;

	ReplayAssert(Replay actual) {
		this(actual, Set.of());
	}

	private ReplayAssert(Replay actual, Set<Variable> ignored) {
		super(actual, ReplayAssert.class);
		this.ignored = ignored;
	}

	/**
	 * Do not compare a variable, such as one with the time.
	 * @param scope the scope of the variable
	 * @param name its name, without scope and prefix
	 * @return an assert that ignores the variable, too
	 */
	public ReplayAssert ignoringVariable(VarScope scope, String name) {
		Set<Variable> ignored = new HashSet<>(this.ignored);
		ignored.add(new Variable(scope, name));
		return new ReplayAssert(this.actual, ignored);
	}

	/**
	 * Verify that HAProxy's variables would be those of the recording after each ACK. A
	 * failure names the variables that differ, for the first {@value #MAX_SHOWN} NOTIFYs.
	 * @return this assert
	 */
	public ReplayAssert hasNoDifferences() {
		isNotNull();
		if (this.actual.answers().isEmpty()) {
			throw failure("Expecting %s to have at least one NOTIFY with an ACK", this.actual);
		}
		List<String> shown = new ArrayList<>();
		Set<String> redacted = new TreeSet<>();
		int count = 0;
		for (Replay.Answer answer : this.actual.answers()) {
			List<VariableDifference> differences = differences(answer);
			if (!differences.isEmpty()) {
				redacted.addAll(answer.recorded().redacted());
				if (count++ < MAX_SHOWN) {
					shown.add(describe(answer, differences));
				}
			}
		}
		if (count > 0) {
			throw failure("%s", "Expecting " + this.actual + " to have no differences, but " + count + " have:\n"
					+ String.join("\n", shown)
					+ ((count > MAX_SHOWN) ? "\n... and " + (count - MAX_SHOWN) + " more" : "") + (redacted.isEmpty()
							? "" : "\nThe recording does not have the values of the arguments " + redacted));
		}
		return this;
	}

	private List<VariableDifference> differences(Replay.Answer answer) {
		return VariableDifference.between(answer.recorded().answer(), answer.actions())
			.stream()
			.filter((difference) -> !this.ignored.contains(new Variable(difference.scope(), difference.name())))
			.toList();
	}

	private static String describe(Replay.Answer answer, Collection<VariableDifference> differences) {
		StringBuilder text = new StringBuilder("NOTIFY of ").append(answer.recorded().time());
		for (NotifyMessage message : answer.recorded().messages()) {
			text.append(", ").append(LogText.name(message.name()));
			for (Argument argument : message.arguments()) {
				text.append(' ').append(LogText.name(argument.name())).append('=').append(value(argument.value()));
			}
		}
		differences.forEach((difference) -> text.append("\n  ").append(difference));
		answer.failures().forEach((failure) -> text.append("\n  ").append(LogText.message(failure)));
		return text.toString();
	}

	private static String value(SpopValue value) {
		return LogText.name(value.toString());
	}

	private record Variable(VarScope scope, String name) {
	}

}
