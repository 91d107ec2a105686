/**
 * A real HAProxy for tests, in a container or as a process.
 *
 * @see io.spop.test.haproxy.Haproxy
 */
@NullMarked
package io.spop.test.haproxy;

import org.jspecify.annotations.NullMarked;
