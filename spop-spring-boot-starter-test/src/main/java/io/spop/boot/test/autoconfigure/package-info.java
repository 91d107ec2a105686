/**
 * Tests of an agent without HAProxy: the slice
 * {@link io.spop.boot.test.autoconfigure.SpopTest @SpopTest}, the annotations that make
 * up this slice, and the {@link io.spop.boot.test.autoconfigure.SpopTestClient}.
 */
@NullMarked
package io.spop.boot.test.autoconfigure;

import org.jspecify.annotations.NullMarked;
