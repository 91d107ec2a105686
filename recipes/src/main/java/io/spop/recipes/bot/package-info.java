/**
 * Scores requests, so that HAProxy adds up the scores of a client in a stick table.
 */
@NullMarked
package io.spop.recipes.bot;

import org.jspecify.annotations.NullMarked;
