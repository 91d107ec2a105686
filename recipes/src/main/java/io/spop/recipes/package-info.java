/**
 * Recipes: each package has a handler for a common task, and each folder of
 * {@code src/main/haproxy} the HAProxy configuration that calls it.
 */
@NullMarked
package io.spop.recipes;

import org.jspecify.annotations.NullMarked;
