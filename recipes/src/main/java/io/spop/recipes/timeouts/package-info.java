/**
 * A fast check of each request and a slow check of some, each with its own timeouts.
 */
@NullMarked
package io.spop.recipes.timeouts;

import org.jspecify.annotations.NullMarked;
