/**
 * Sends a share of the clients to a new version of an application, and the same clients
 * each time.
 */
@NullMarked
package io.spop.recipes.canary;

import org.jspecify.annotations.NullMarked;
