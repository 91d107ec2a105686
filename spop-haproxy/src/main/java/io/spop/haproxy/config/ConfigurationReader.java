package io.spop.haproxy.config;

import java.nio.file.Path;
import java.util.Map;

import io.spop.haproxy.HaproxyVersion;

/**
 * Reads HAProxy's configuration. Immutable; each setting returns another reader. What is
 * wrong with a file is a {@link ReadProblem} of the configuration, never an exception.
 * <p>
 * A condition of {@code .if} that depends on how HAProxy was built is taken for a build
 * of the latest release of the branch with OpenSSL and all features, and a problem says
 * so.
 *
 * @since 0.1.0
 */
public final class ConfigurationReader {

	private final HaproxyVersion version;

	private final Map<String, String> environment;

	private final Path folder;

	ConfigurationReader(HaproxyVersion version, Map<String, String> environment, Path folder) {
		this.version = version;
		this.environment = Map.copyOf(environment);
		this.folder = folder;
	}

	/**
	 * Read for a version of HAProxy.
	 * @param version the version, which decides about {@code .if}
	 * @return another reader
	 */
	public ConfigurationReader version(HaproxyVersion version) {
		return new ConfigurationReader(version, this.environment, this.folder);
	}

	/**
	 * Read with an environment, which replaces that of this process.
	 * @param environment the variables and their values
	 * @return another reader
	 */
	public ConfigurationReader environment(Map<String, String> environment) {
		return new ConfigurationReader(this.version, environment, this.folder);
	}

	/**
	 * Read as HAProxy does that is started in a folder.
	 * @param folder the folder where relative paths begin; without this, the current one
	 * @return another reader
	 */
	public ConfigurationReader workingDirectory(Path folder) {
		return new ConfigurationReader(this.version, this.environment, folder);
	}

	/**
	 * Read files: main files and the SPOE files that their filters name, or SPOE files
	 * alone, which are recognised by what they begin with.
	 * <p>
	 * A SPOE file with a relative path is looked for where {@code default-path} says, or
	 * else in the working directory. One that is not there is taken from beside the main
	 * file, and a problem says so.
	 * @param filesOrFolders the files in the order in which HAProxy gets them; of a
	 * folder its files {@code *.cfg} in alphabetical order
	 * @return the configuration
	 */
	public HaproxyConfiguration read(Path... filesOrFolders) {
		Reading reading = new Reading(this.version, this.environment, this.folder, Map.of());
		for (Path path : filesOrFolders) {
			reading.add(path);
		}
		return reading.configuration();
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
		Reading reading = new Reading(this.version, this.environment, this.folder, texts);
		texts.forEach(reading::add);
		return reading.configuration();
	}

}
