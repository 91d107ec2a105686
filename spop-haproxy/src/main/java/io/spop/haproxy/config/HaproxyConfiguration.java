package io.spop.haproxy.config;

import java.nio.file.Path;
import java.util.List;

import io.spop.haproxy.HaproxyVersion;
import org.jspecify.annotations.Nullable;

/**
 * HAProxy's configuration as a {@link ConfigurationReader} has read it: the main files
 * and the SPOE files that their filters name. Immutable.
 *
 * @since 0.1.0
 */
public final class HaproxyConfiguration {

	private final HaproxyVersion version;

	private final List<Section> sections;

	private final List<Proxy> proxies;

	private final List<SpoeFilter> filters;

	private final List<SpoeFile> spoeFiles;

	private final List<ReadProblem> problems;

	HaproxyConfiguration(HaproxyVersion version, List<Section> sections, List<Proxy> proxies, List<SpoeFilter> filters,
			List<SpoeFile> spoeFiles, List<ReadProblem> problems) {
		this.version = version;
		this.sections = List.copyOf(sections);
		this.proxies = List.copyOf(proxies);
		this.filters = List.copyOf(filters);
		this.spoeFiles = List.copyOf(spoeFiles);
		this.problems = List.copyOf(problems);
	}

	/**
	 * Return a reader for the newest supported version of HAProxy and the environment of
	 * this process.
	 * @return a reader
	 */
	public static ConfigurationReader reader() {
		return new ConfigurationReader(HaproxyVersion.newest(), System.getenv(), Path.of(""));
	}

	/**
	 * Return the version of HAProxy for which the configuration was read.
	 * @return the version
	 */
	public HaproxyVersion version() {
		return this.version;
	}

	/**
	 * Return the sections of all main files.
	 * @return the sections in their order
	 */
	public List<Section> sections() {
		return this.sections;
	}

	/**
	 * Return the frontends, backends and listen sections of all main files.
	 * @return the proxies in their order
	 */
	public List<Proxy> proxies() {
		return this.proxies;
	}

	/**
	 * Return a backend or listen section by its name.
	 * @param name the name
	 * @return the first proxy of that name that connects to servers, or {@code null}
	 */
	public @Nullable Proxy proxy(String name) {
		return this.proxies.stream()
			.filter((proxy) -> proxy.isBackend() && proxy.name().equals(name))
			.findFirst()
			.orElse(null);
	}

	/**
	 * Return the {@code filter spoe} lines of all proxies.
	 * @return the filters in their order
	 */
	public List<SpoeFilter> filters() {
		return this.filters;
	}

	/**
	 * Return the SPOE files, those that filters name and those that were read by
	 * themselves.
	 * @return each file once
	 */
	public List<SpoeFile> spoeFiles() {
		return this.spoeFiles;
	}

	/**
	 * Return the problems that the reader had with the files.
	 * @return the problems in the order in which they were found
	 */
	public List<ReadProblem> problems() {
		return this.problems;
	}

}
