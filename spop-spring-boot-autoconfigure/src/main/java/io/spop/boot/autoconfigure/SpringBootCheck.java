package io.spop.boot.autoconfigure;

import org.springframework.boot.SpringBootVersion;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * Stops an application on Spring Boot 3 or earlier before it loads a class that only
 * Spring Boot 4 has. This class uses only types that all of them have.
 */
final class SpringBootCheck implements ApplicationContextInitializer<ConfigurableApplicationContext> {

	@Override
	public void initialize(ConfigurableApplicationContext context) {
		String version = SpringBootVersion.getVersion();
		if (version.matches("[1-3]\\..*")) {
			throw new SpopStartException(
					"spop needs Spring Boot 4.0 or later, but this application runs on Spring Boot " + version + ".",
					"Update the application to Spring Boot 4.0 or later, or remove its dependency"
							+ " spop-spring-boot-starter.");
		}
	}

}
