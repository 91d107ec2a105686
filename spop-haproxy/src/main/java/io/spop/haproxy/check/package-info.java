/**
 * Checks HAProxy's configuration, by itself and against the handlers of an agent.
 */
@NullMarked
package io.spop.haproxy.check;

import org.jspecify.annotations.NullMarked;
