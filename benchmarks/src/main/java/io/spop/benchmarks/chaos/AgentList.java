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
		int next = this.number + 1;
		// Before the file, because an agent may read it at once
		this.number = next;
		String line = String.valueOf(next);
		Path copy = this.file.resolveSibling("list.new");
		Files.write(copy, Collections.nCopies(Scenario.LIST_LINES, line));
		Files.move(copy, this.file, StandardCopyOption.ATOMIC_MOVE);
	}

	/** Write a list that the agents must not use. */
	void spoil() throws IOException {
		Files.write(this.file, Collections.nCopies(Scenario.LIST_LINES / 2, "0"));
	}

}
