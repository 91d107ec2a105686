package io.spop.sample;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.stereotype.Component;

/**
 * Creates the folder of the UNIX socket, which a fresh clone does not have.
 */
@Component
class SocketFolder {

	SocketFolder(@Value("${spop.listeners.unix.path}") String socket) throws IOException {
		Files.createDirectories(Path.of(socket).toAbsolutePath().getParent());
	}

}
