/**
 * Reads HAProxy's configuration: sections, lines and words with their locations, and the
 * filters, agents, messages and groups of SPOE.
 */
@NullMarked
package io.spop.haproxy.config;

import org.jspecify.annotations.NullMarked;
