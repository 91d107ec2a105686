package io.spop.haproxy;

import java.io.IOException;

import io.spop.test.PublicApi;
import org.junit.jupiter.api.Test;

/**
 * Compares the public types and members of the module with those that are written down.
 */
class PublicApiTests {

	@Test
	void whenPublicTypeChangesThenItsFileDoesToo() throws IOException {
		PublicApi.check("spop-haproxy");
	}

}
