package io.spop.haproxy.write;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

import io.spop.haproxy.AgentDescription;
import io.spop.haproxy.HaproxyVersion;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link WrittenConfiguration}.
 */
class WrittenConfigurationTests {

	private final WrittenConfiguration written = ConfigurationWriter.write(AgentDescription.of(List.of(), List.of()),
			HaproxyVersion.newest());

	@TempDir
	Path folder;

	@Test
	void whenWrittenThenAFolderHasTheFilesAndNothingElse() throws IOException {
		Path missing = this.folder.resolve("a/b");
		List<Path> paths = this.written.writeTo(missing);
		assertThat(paths).extracting(Path::getFileName)
			.extracting(Path::toString)
			.containsExactly("spoe.conf", "backend.cfg", "frontend.txt", "haproxy.cfg");
		assertThat(paths.get(0)).hasContent(this.written.spoe());
		assertThat(paths.get(1)).hasContent(this.written.backend());
		assertThat(paths.get(2)).hasContent(this.written.frontend());
		assertThat(paths.get(3)).hasContent(this.written.main());
		try (Stream<Path> files = Files.list(missing)) {
			assertThat(files).containsExactlyInAnyOrderElementsOf(paths);
		}
	}

	@Test
	void whenWrittenAgainThenFilesAreReplaced() throws IOException {
		this.written.writeTo(this.folder);
		Path spoe = this.folder.resolve("spoe.conf");
		Files.writeString(spoe, this.written.spoe() + "# more\n");
		this.written.writeTo(this.folder);
		assertThat(spoe).hasContent(this.written.spoe());
	}

	@Test
	void whenAFileIsSomebodysOwnThenNothingIsWritten() throws IOException {
		Path own = this.folder.resolve("haproxy.cfg");
		for (byte[] content : new byte[][] { {}, "global\n".getBytes(StandardCharsets.UTF_8), { (byte) 0xff, 0, '\n' },
				"\n# Written by spop".getBytes(StandardCharsets.UTF_8) }) {
			Files.write(own, content);
			assertThatExceptionOfType(FileAlreadyExistsException.class)
				.isThrownBy(() -> this.written.writeTo(this.folder))
				.withMessageStartingWith(own.toString())
				.withMessageContaining("does not begin with '# Written by spop'")
				.withMessageContaining("Choose another folder");
			assertThat(own).hasBinaryContent(content);
			assertThat(this.folder.resolve("spoe.conf")).doesNotExist();
		}
	}

	@Test
	void whenAFolderHasTheNameOfAFileThenNothingIsWritten() throws IOException {
		Files.createDirectory(this.folder.resolve("backend.cfg"));
		assertThatExceptionOfType(FileAlreadyExistsException.class).isThrownBy(() -> this.written.writeTo(this.folder));
		assertThat(this.folder.resolve("spoe.conf")).doesNotExist();
	}

}
