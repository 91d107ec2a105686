/**
 * Scores clients by a list of networks, which is read again when its file changes, and
 * which a feed may fill.
 */
@NullMarked
package io.spop.recipes.reputation;

import org.jspecify.annotations.NullMarked;
