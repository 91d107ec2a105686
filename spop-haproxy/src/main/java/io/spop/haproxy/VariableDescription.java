package io.spop.haproxy;

import java.util.Set;

/**
 * A variable that a handler sets. Immutable.
 *
 * @param scope the scope as HAProxy's configuration names it: {@code proc}, {@code sess},
 * {@code txn}, {@code req} or {@code res}
 * @param name the name without scope and prefix, such as {@code ip_score}
 * @param types the types that the values may have, empty if they are not known
 * @since 0.1.0
 */
public record VariableDescription(String scope, String name, Set<SampleType> types) {

	/**
	 * Create a description.
	 */
	public VariableDescription {
		types = Set.copyOf(types);
	}

}
