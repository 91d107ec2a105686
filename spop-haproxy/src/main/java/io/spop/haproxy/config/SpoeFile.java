package io.spop.haproxy.config;

import java.util.List;
import java.util.Objects;

import org.jspecify.annotations.Nullable;

/**
 * A file that a {@code filter spoe} names, or that was read by itself.
 *
 * @since 0.1.0
 */
public final class SpoeFile {

	private final String path;

	private final List<SpoeScope> scopes;

	SpoeFile(String path, List<SpoeScope> scopes) {
		this.path = path;
		this.scopes = List.copyOf(scopes);
	}

	/**
	 * Return the path of the file.
	 * @return the path where it was found
	 */
	public String path() {
		return this.path;
	}

	/**
	 * Return the scopes. Scopes of the same name are merged into one.
	 * @return the scopes in their order, that without name first
	 */
	public List<SpoeScope> scopes() {
		return this.scopes;
	}

	/**
	 * Return the scope of an engine.
	 * @param engine the name, or {@code null} for the lines before the first scope
	 * @return the scope, or {@code null} if the file has none of that name
	 */
	public @Nullable SpoeScope scope(@Nullable String engine) {
		return this.scopes.stream().filter((scope) -> Objects.equals(scope.name(), engine)).findFirst().orElse(null);
	}

}
