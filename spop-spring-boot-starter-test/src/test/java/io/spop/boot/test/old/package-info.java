/**
 * An application and a test that run on Spring Boot 3.
 */
@NullMarked
package io.spop.boot.test.old;

import org.jspecify.annotations.NullMarked;
