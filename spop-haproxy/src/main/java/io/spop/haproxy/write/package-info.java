/**
 * Writes HAProxy's configuration for the handlers of an agent.
 */
@NullMarked
package io.spop.haproxy.write;

import org.jspecify.annotations.NullMarked;
