package io.spop.haproxy;

import java.util.Objects;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * A variable that a handler sets. Immutable.
 *
 * @since 0.1.0
 */
public final class VariableDescription {

	private final String scope;

	private final String name;

	private final Set<SampleType> types;

	private VariableDescription(String scope, String name, Set<SampleType> types) {
		this.scope = Objects.requireNonNull(scope, "scope");
		this.name = Objects.requireNonNull(name, "name");
		this.types = types;
	}

	/**
	 * Describe a variable whose types are not known.
	 * @param scope the scope as HAProxy's configuration names it: {@code proc},
	 * {@code sess}, {@code txn}, {@code req} or {@code res}
	 * @param name the name without scope and prefix, such as {@code ip_score}
	 * @return the description
	 */
	public static VariableDescription of(String scope, String name) {
		return new VariableDescription(scope, name, Set.of());
	}

	/**
	 * Say which types the values may have.
	 * @param types the types, empty if they are not known
	 * @return another description
	 */
	public VariableDescription types(Set<SampleType> types) {
		return new VariableDescription(this.scope, this.name, Set.copyOf(types));
	}

	/**
	 * Return the scope as HAProxy's configuration names it.
	 * @return the scope, such as {@code txn}
	 */
	public String scope() {
		return this.scope;
	}

	/**
	 * Return the name without scope and prefix.
	 * @return the name, such as {@code ip_score}
	 */
	public String name() {
		return this.name;
	}

	/**
	 * Return the types that the values may have.
	 * @return the types, empty if they are not known
	 */
	public Set<SampleType> types() {
		return this.types;
	}

	@Override
	public boolean equals(@Nullable Object other) {
		return other instanceof VariableDescription that && this.scope.equals(that.scope) && this.name.equals(that.name)
				&& this.types.equals(that.types);
	}

	@Override
	public int hashCode() {
		return Objects.hash(this.scope, this.name, this.types);
	}

	/**
	 * Return scope and name, such as {@code sess.ip_score}.
	 */
	@Override
	public String toString() {
		return this.scope + "." + this.name;
	}

}
