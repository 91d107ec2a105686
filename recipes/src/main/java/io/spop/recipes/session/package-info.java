/**
 * Looks up the session of a request.
 */
@NullMarked
package io.spop.recipes.session;

import org.jspecify.annotations.NullMarked;
