package io.spop.benchmarks.chaos;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collections;

/**
 * The list of the agents, a file whose lines all have the number of the list.
 */
final class AgentList {

	private final Path file;

	private volatile int number;

	AgentList(Path file) throws IOException {
		this.file = file;
		replace();
	}

	Path file() {
		return this.file;
	}

	int number() {
		return this.number;
	}

	/** Replace the file by the next list. */
	void replace() throws IOException {
		String line = String.valueOf(++this.number);
		Path next = this.file.resolveSibling("list.new");
		Files.write(next, Collections.nCopies(Scenario.LIST_LINES, line));
		Files.move(next, this.file, StandardCopyOption.ATOMIC_MOVE);
	}

	/** Write a list that the agents must not use. */
	void spoil() throws IOException {
		Files.write(this.file, Collections.nCopies(Scenario.LIST_LINES / 2, "0"));
	}

}
