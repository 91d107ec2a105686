package io.spop.haproxy.config;

import org.jspecify.annotations.Nullable;

/**
 * A {@code filter spoe} line of a proxy.
 *
 * @since 0.1.0
 */
public final class SpoeFilter {

	private final Proxy proxy;

	private final Line line;

	private final @Nullable String engine;

	private final @Nullable Word config;

	private final @Nullable SpoeFile file;

	SpoeFilter(Proxy proxy, Line line, @Nullable String engine, @Nullable Word config, @Nullable SpoeFile file) {
		this.proxy = proxy;
		this.line = line;
		this.engine = engine;
		this.config = config;
		this.file = file;
	}

	/**
	 * Return the proxy with the line.
	 * @return the frontend, backend or listen section
	 */
	public Proxy proxy() {
		return this.proxy;
	}

	/**
	 * Return the line.
	 * @return the line
	 */
	public Line line() {
		return this.line;
	}

	/**
	 * Return the name of the engine, by which rules send its groups.
	 * @return what follows {@code engine}; without that, the name of the agent, or an
	 * empty text if there is none
	 */
	public String engine() {
		SpoeScope scope = scope();
		if (this.engine != null) {
			return this.engine;
		}
		return (scope != null && !scope.agents().isEmpty()) ? scope.agents().get(0).name() : "";
	}

	/**
	 * Return whether the line names an engine, and so a scope of the file.
	 * @return whether it does
	 */
	public boolean hasEngine() {
		return this.engine != null;
	}

	/**
	 * Return the path of the file as the line has it.
	 * @return the word after {@code config}, or {@code null} if there is none
	 */
	public @Nullable Word config() {
		return this.config;
	}

	/**
	 * Return the file.
	 * @return the file, or {@code null} if it could not be read
	 */
	public @Nullable SpoeFile file() {
		return this.file;
	}

	/**
	 * Return the scope of the file that the filter takes.
	 * @return the scope, or {@code null} if there is no file, or no such scope in it
	 */
	public @Nullable SpoeScope scope() {
		return (this.file != null) ? this.file.scope(this.engine) : null;
	}

	/**
	 * Return where the line is.
	 * @return the place of its first word
	 */
	public Location location() {
		return this.line.location();
	}

	/**
	 * Return the line.
	 */
	@Override
	public String toString() {
		return this.line.toString();
	}

}
