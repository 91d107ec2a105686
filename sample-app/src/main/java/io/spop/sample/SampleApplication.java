package io.spop.sample;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;

@SpringBootApplication
@ConfigurationPropertiesScan
public class SampleApplication {

	/**
	 * HAProxy and the agent meet in a folder that a fresh clone does not have.
	 */
	SampleApplication(@Value("${spop.listeners.unix.path}") String socket) throws IOException {
		Files.createDirectories(Path.of(socket).toAbsolutePath().getParent());
	}

	public static void main(String[] args) {
		SpringApplication.run(SampleApplication.class, args);
	}

}
