
package io.spop.haproxy.write;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * HAProxy's configuration for an agent, as texts that each end with a line feed. Where
 * the handlers declare nothing, a comment begins with {@code # TODO}. Immutable.
 * <p>
 * The first line of each text says that the text was generated and will be overwritten.
 * {@link #writeTo(Path)} never replaces a file without this line.
 *
 * @since 0.1.0
 * @see ConfigurationWriter
 */
public final class WrittenConfiguration {

	static final String MARK = "# Written by spop";

	private final String spoe;

	private final String backend;

	private final String frontend;

	private final String main;

	WrittenConfiguration(String spoe, String backend, String frontend, String main) {
		this.spoe = spoe;
		this.backend = backend;
		this.frontend = frontend;
		this.main = main;
	}

	/**
	 * Return the SPOE file {@code spoe.conf}, which the {@code filter} lines name.
	 * @return the text
	 */
	public String spoe() {
		return this.spoe;
	}

	/**
	 * Return the backends with the agent's servers: {@code backend.cfg}. HAProxy can read
	 * this file beside the main file, with a second {@code -f}.
	 * @return the text
	 */
	public String backend() {
		return this.backend;
	}

	/**
	 * Return the lines to copy into an existing {@code frontend} section, and lines for
	 * its backends if there are any: {@code frontend.txt}. HAProxy cannot read this file,
	 * because no line of it begins a section.
	 * @return the text
	 */
	public String frontend() {
		return this.frontend;
	}

	/**
	 * Return a main file to try the other files with: {@code haproxy.cfg}. It has the
	 * lines of {@link #frontend()} in a frontend at 127.0.0.1:5080, headers that show the
	 * variables, and a substitute for a web server at 127.0.0.1:5081. HAProxy runs with
	 * {@code haproxy -f haproxy.cfg -f backend.cfg}.
	 * @return the text
	 */
	public String main() {
		return this.main;
	}

	/**
	 * Return all texts by the names of their files.
	 * @return {@code spoe.conf}, {@code backend.cfg}, {@code frontend.txt} and
	 * {@code haproxy.cfg}, in this order
	 */
	public Map<String, String> files() {
		Map<String, String> files = new LinkedHashMap<>();
		files.put("spoe.conf", this.spoe);
		files.put("backend.cfg", this.backend);
		files.put("frontend.txt", this.frontend);
		files.put("haproxy.cfg", this.main);
		return files;
	}

	/**
	 * Write the {@link #files()} into a folder, which is created if it is missing. No
	 * file is written if one of them must not be replaced. Each file is replaced at once:
	 * a program that reads a file meanwhile sees the old text or the new one.
	 * @param folder the folder
	 * @return the files
	 * @throws FileAlreadyExistsException if the folder has a file of this name whose
	 * first line does not say that it was written by this method
	 * @throws IOException if a file cannot be written
	 */
	public List<Path> writeTo(Path folder) throws IOException {
		Files.createDirectories(folder);
		Map<String, String> files = files();
		for (String name : files.keySet()) {
			Path file = folder.resolve(name);
			if (Files.exists(file) && !isWritten(file)) {
				throw new FileAlreadyExistsException(file.toString(), null,
						"it does not begin with '" + MARK + "', so it is somebody's own, and nothing was written."
								+ " Choose another folder, or move the file away");
			}
		}
		List<Path> written = new ArrayList<>();
		for (Map.Entry<String, String> entry : files.entrySet()) {
			Path file = folder.resolve(entry.getKey());
			Path temporary = folder.resolve("." + entry.getKey() + "." + UUID.randomUUID() + ".tmp");
			try {
				Files.writeString(temporary, entry.getValue(), StandardCharsets.UTF_8, StandardOpenOption.CREATE_NEW);
				Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
			}
			finally {
				Files.deleteIfExists(temporary);
			}
			written.add(file);
		}
		return List.copyOf(written);
	}

	private static boolean isWritten(Path file) throws IOException {
		if (!Files.isRegularFile(file)) {
			return false;
		}
		// A file that was not generated may be in any charset
		try (Stream<String> lines = Files.lines(file, StandardCharsets.ISO_8859_1)) {
			return lines.findFirst().orElse("").startsWith(MARK);
		}
	}

}
