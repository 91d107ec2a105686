package io.spop.haproxy.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import io.spop.haproxy.HaproxyVersion;

/**
 * Reads HAProxy's configuration. Immutable; each setting returns another reader. What is
 * wrong with a file is a {@link ReadProblem} of the configuration, never an exception.
 *
 * @since 0.1.0
 */
public final class ConfigurationReader {

	private final HaproxyVersion version;

	private final Map<String, String> environment;

	ConfigurationReader(HaproxyVersion version, Map<String, String> environment) {
		this.version = version;
		this.environment = Map.copyOf(environment);
	}

	/**
	 * Read for a version of HAProxy.
	 * @param version the version, which decides about {@code .if}
	 * @return another reader
	 */
	public ConfigurationReader version(HaproxyVersion version) {
		return new ConfigurationReader(version, this.environment);
	}

	/**
	 * Read with an environment, which replaces that of this process.
	 * @param environment the variables and their values
	 * @return another reader
	 */
	public ConfigurationReader environment(Map<String, String> environment) {
		return new ConfigurationReader(this.version, environment);
	}

	/**
	 * Read files: main files and the SPOE files that their filters name, or SPOE files
	 * alone, which are recognised by what they begin with.
	 * @param filesOrFolders the files in the order in which HAProxy gets them; of a
	 * folder its files {@code *.cfg} in alphabetical order
	 * @return the configuration
	 */
	public HaproxyConfiguration read(Path... filesOrFolders) {
		return new HaproxyConfiguration(this.version, List.of(), List.of(), List.of(), List.of(), List.of());
	}

	/**
	 * Read a text in place of a file.
	 * @param name what is to stand for the file in places
	 * @param text the text
	 * @return the configuration
	 */
	public HaproxyConfiguration readText(String name, String text) {
		return readTexts(Map.of(name, text));
	}

	/**
	 * Read texts in place of files.
	 * @param texts the texts by the names of their files, in the order of the map; those
	 * that a filter of another text names are SPOE files
	 * @return the configuration
	 */
	public HaproxyConfiguration readTexts(Map<String, String> texts) {
		return new HaproxyConfiguration(this.version, List.of(), List.of(), List.of(), List.of(), List.of());
	}

}
