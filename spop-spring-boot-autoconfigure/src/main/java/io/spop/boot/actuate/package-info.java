/**
 * Shows an agent to operators: endpoint, health, meters, observations.
 */
@NullMarked
package io.spop.boot.actuate;

import org.jspecify.annotations.NullMarked;
