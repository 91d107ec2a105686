/**
 * Shows an agent to operators: endpoint, health, meters, observations.
 */
@NullMarked
package io.spop.boot.autoconfigure.actuate;

import org.jspecify.annotations.NullMarked;
