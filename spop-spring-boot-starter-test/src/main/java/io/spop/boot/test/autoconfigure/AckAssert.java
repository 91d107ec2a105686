package io.spop.boot.test.autoconfigure;

import java.time.Duration;
import java.util.Objects;

import io.spop.handler.ValueWriters;
import io.spop.protocol.LogText;
import io.spop.protocol.SpopValue;
import io.spop.protocol.VarScope;
import org.assertj.core.api.AbstractAssert;
import org.assertj.core.api.AbstractObjectAssert;
import org.assertj.core.api.ObjectAssert;
import org.jspecify.annotations.Nullable;

/**
 * Asserts for the answer of the agent. A failure shows the whole answer.
 *
 * @since 0.1.0
 * @see SpopTestClient.Notify#send()
 */
public final class AckAssert extends AbstractAssert<AckAssert, Ack> {

	private final ValueWriters writers;

	AckAssert(Ack actual, ValueWriters writers) {
		super(actual, AckAssert.class);
		this.writers = writers;
	}

	/**
	 * Verify that the ACK sets a variable to a value.
	 * @param scope the scope of the variable
	 * @param name its name, without scope and prefix
	 * @param expected the value: a {@link SpopValue} for exactly this value and type, or
	 * any object that a handler can return; integers of different types are equal if
	 * their numbers are
	 * @return this assert
	 */
	public AckAssert hasVariable(VarScope scope, String name, Object expected) {
		Objects.requireNonNull(expected, "expected");
		SpopValue value = value(scope, name, " = " + Ack.describe(this.writers.writeAny(expected)));
		if (!isEqual(value, expected)) {
			throw fail("to have " + Ack.describe(scope, name) + " = " + Ack.describe(this.writers.writeAny(expected)));
		}
		return this;
	}

	private boolean isEqual(SpopValue value, Object expected) {
		return (expected instanceof SpopValue) ? value.equals(expected) : this.objects.getComparisonStrategy()
			.areEqual(Ack.toObject(value), Ack.toObject(this.writers.writeAny(expected)));
	}

	/**
	 * Verify that the ACK sets a variable, to whatever value.
	 * @param scope the scope of the variable
	 * @param name its name, without scope and prefix
	 * @return this assert
	 */
	public AckAssert hasVariable(VarScope scope, String name) {
		value(scope, name, "");
		return this;
	}

	/**
	 * Verify that the ACK sets a variable, and return an assert for its value.
	 * @param scope the scope of the variable
	 * @param name its name, without scope and prefix
	 * @return an assert for the value: a {@code Long} for any integer, or
	 * {@code BigInteger} above its range, {@code Boolean}, {@code String},
	 * {@code InetAddress} or {@code byte[]}
	 */
	public AbstractObjectAssert<?, Object> variable(VarScope scope, String name) {
		return new ObjectAssert<>(Ack.toObject(value(scope, name, ""))).as("%s in %s", Ack.describe(scope, name),
				this.actual);
	}

	/**
	 * Verify that the ACK does not set a variable: the ACK leaves the variable as it is,
	 * or unsets it.
	 * @param scope the scope of the variable
	 * @param name its name, without scope and prefix
	 * @return this assert
	 */
	public AckAssert hasNoVariable(VarScope scope, String name) {
		SpopValue value = this.actual.variable(scope, name);
		if (value != null && !(value instanceof SpopValue.Null)) {
			throw fail("not to set " + Ack.describe(scope, name));
		}
		return this;
	}

	/**
	 * Verify that the ACK unsets a variable.
	 * @param scope the scope of the variable
	 * @param name its name, without scope and prefix
	 * @return this assert
	 */
	public AckAssert unsets(VarScope scope, String name) {
		if (!(this.actual.variable(scope, name) instanceof SpopValue.Null)) {
			throw fail("to unset " + Ack.describe(scope, name));
		}
		return this;
	}

	/**
	 * Verify that the ACK has no actions.
	 * @return this assert
	 */
	public AckAssert hasNoActions() {
		if (!this.actual.actions().isEmpty()) {
			throw fail("to have no actions");
		}
		return this;
	}

	/**
	 * Verify that the ACK is the fallback: a handler threw an exception that no exception
	 * handler took, or the handler was late.
	 * @return this assert
	 */
	public AckAssert isFallback() {
		if (this.actual.error() == null) {
			throw fail("to be the fallback");
		}
		return this;
	}

	/**
	 * Verify that the ACK is the fallback, for a reason.
	 * @param reason a part of the reason, such as the name of an exception or its message
	 * @return this assert
	 */
	public AckAssert isFallbackBecauseOf(String reason) {
		Objects.requireNonNull(reason, "reason");
		String error = this.actual.error();
		if (error == null || !error.contains(reason)) {
			throw fail("to be the fallback because of " + LogText.message(reason));
		}
		return this;
	}

	/**
	 * Verify that the ACK is not the fallback: no handler failed, and none was late.
	 * @return this assert
	 */
	public AckAssert isNotFallback() {
		if (this.actual.error() != null) {
			throw fail("not to be the fallback");
		}
		return this;
	}

	/**
	 * Verify how long the answer took, from the NOTIFY to the ACK. In a JVM that has just
	 * started, the first frames take many times as long as those that follow.
	 * @param time the longest time
	 * @return this assert
	 */
	public AckAssert wasAnsweredWithin(Duration time) {
		Objects.requireNonNull(time, "time");
		if (this.actual.time().compareTo(time) > 0) {
			throw fail("to be answered within " + time.toNanos() / 1_000_000.0 + " ms");
		}
		return this;
	}

	private SpopValue value(VarScope scope, String name, String expected) {
		@Nullable SpopValue value = this.actual.variable(scope, name);
		if (value == null || value instanceof SpopValue.Null) {
			throw fail("to have " + Ack.describe(scope, name) + expected);
		}
		return value;
	}

	private AssertionError fail(String expectation) {
		return failure("%nExpected the answer %s, but%n%s", expectation, this.actual);
	}

}
