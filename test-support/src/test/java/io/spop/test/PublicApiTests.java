package io.spop.test;

import java.io.IOException;

import org.junit.jupiter.api.Test;

/**
 * Compares the public types and members of spop-test with those that are written down.
 * The module itself cannot: what compares them depends on it.
 */
class PublicApiTests {

	@Test
	void whenPublicTypeChangesThenItsFileDoesToo() throws IOException {
		PublicApi.check("spop-test");
	}

}
