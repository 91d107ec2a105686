/**
 * Sends copies of requests to another server.
 */
@NullMarked
package io.spop.recipes.mirror;

import org.jspecify.annotations.NullMarked;
