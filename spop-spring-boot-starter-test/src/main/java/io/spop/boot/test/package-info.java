/**
 * Tests of an agent without HAProxy: {@link io.spop.boot.test.SpopTest @SpopTest} and the
 * {@link io.spop.boot.test.SpopTestClient}.
 */
@NullMarked
package io.spop.boot.test;

import org.jspecify.annotations.NullMarked;
