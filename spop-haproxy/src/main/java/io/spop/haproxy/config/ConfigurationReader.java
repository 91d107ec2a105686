package io.spop.haproxy.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Map;

import io.spop.haproxy.HaproxyVersion;

/**
 * Reads HAProxy's configuration. Immutable; each setting returns another reader. A fault
 * of a file becomes a {@link ReadProblem} of the configuration, never an exception.
 * <p>
 * A condition of {@code .if} may depend on how HAProxy was built. The reader then assumes
 * a build of the latest release of the branch with OpenSSL and all features, and adds a
 * problem that says so.
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
	 * Set the version of HAProxy.
	 * @param version the version, on which conditions of {@code .if} may depend
	 * @return another reader
	 * @throws IllegalArgumentException if the version is not
	 * {@linkplain HaproxyVersion#isSupported() supported}
	 */
	public ConfigurationReader version(HaproxyVersion version) {
		return new ConfigurationReader(version.requireSupported(), this.environment, this.folder);
	}

	/**
	 * Set the environment variables, which replace those of this process.
	 * @param environment the variables and their values
	 * @return another reader
	 */
	public ConfigurationReader environment(Map<String, String> environment) {
		return new ConfigurationReader(this.version, environment, this.folder);
	}

	/**
	 * Set the folder in which HAProxy is started.
	 * @param folder the folder that relative paths are relative to, by default the
	 * current one
	 * @return another reader
	 */
	public ConfigurationReader workingDirectory(Path folder) {
		return new ConfigurationReader(this.version, this.environment, folder);
	}

	/**
	 * Read files: main files and the SPOE files that their filters name, or SPOE files
	 * alone, which the reader recognises by their first section.
	 * <p>
	 * A relative path of a SPOE file is relative to the folder that {@code default-path}
	 * names, otherwise to the working directory. If there is no such file, the reader
	 * takes the one beside the main file, and adds a problem that says so.
	 * @param filesOrFolders the files in the order in which HAProxy gets them; a folder
	 * stands for its files {@code *.cfg} in alphabetical order
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
	 * Read a stream in place of a file. The files that its filters name are read as for a
	 * main file in the working directory.
	 * @param name the name of the stream in each {@link Location}
	 * @param input the stream, which is read to its end and not closed
	 * @return the configuration
	 * @throws IOException if the stream cannot be read
	 */
	public HaproxyConfiguration read(String name, InputStream input) throws IOException {
		Reading reading = new Reading(this.version, this.environment, this.folder, Map.of());
		reading.add(name, input);
		return reading.configuration();
	}

	/**
	 * Read a text in place of a file.
	 * @param name the name of the file in each {@link Location}
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
