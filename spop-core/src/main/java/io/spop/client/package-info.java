/**
 * The HAProxy side of SPOP: a client that acts as HAProxy, for tests, probes and load.
 *
 * @see io.spop.client.SpopClient
 */
@NullMarked
package io.spop.client;

import org.jspecify.annotations.NullMarked;
