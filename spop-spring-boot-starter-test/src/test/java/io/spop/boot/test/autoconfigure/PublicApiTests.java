package io.spop.boot.test.autoconfigure;

import java.io.IOException;

import io.spop.test.PublicApi;
import org.junit.jupiter.api.Test;

/**
 * Compares the public types and members of the module with those that are written down.
 */
class PublicApiTests {

	@Test
	void whenPublicTypeChangesThenItsFileDoesToo() throws IOException {
		PublicApi.check("spop-spring-boot-starter-test");
	}

}
