/**
 * HAProxy's configuration as it was read: lines and words with their places, and what
 * SPOE makes of them.
 */
@NullMarked
package io.spop.haproxy.config;

import org.jspecify.annotations.NullMarked;
