package io.spop.boot.test.autoconfigure;

import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

import org.springframework.boot.SpringBootVersion;
import org.springframework.util.Assert;

/**
 * Stops {@link SpopTest @SpopTest} on Spring Boot 3 or earlier before it loads a class
 * that only Spring Boot 4 has.
 */
final class SpringBootCheckExtension implements BeforeAllCallback {

	SpringBootCheckExtension() {
	}

	@Override
	public void beforeAll(ExtensionContext context) {
		String version = SpringBootVersion.getVersion();
		Assert.state(!version.matches("[1-3]\\..*"),
				() -> "@SpopTest needs Spring Boot 4.0 or later, but this test runs on Spring Boot " + version
						+ ". Update the application to Spring Boot 4.0 or later, or remove its dependency"
						+ " spop-spring-boot-starter-test.");
	}

}
