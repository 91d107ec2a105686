/**
 * Checks the JSON Web Token of a request.
 */
@NullMarked
package io.spop.recipes.jwt;

import org.jspecify.annotations.NullMarked;
