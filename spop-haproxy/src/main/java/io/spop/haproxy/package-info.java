/**
 * What an agent and HAProxy's configuration have to agree on: messages, events, types.
 */
@NullMarked
package io.spop.haproxy;

import org.jspecify.annotations.NullMarked;
