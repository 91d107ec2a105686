/**
 * Asks an HTTP service whether a request is allowed.
 */
@NullMarked
package io.spop.recipes.authorization;

import org.jspecify.annotations.NullMarked;
