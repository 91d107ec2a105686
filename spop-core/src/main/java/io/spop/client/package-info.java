/**
 * The other side of SPOP: a client that plays HAProxy, for tests, probes and load.
 *
 * @see io.spop.client.SpopClient
 */
@NullMarked
package io.spop.client;

import org.jspecify.annotations.NullMarked;
