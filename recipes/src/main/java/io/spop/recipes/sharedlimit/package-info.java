/**
 * Counts what clients do, alone or together with all other agents.
 */
@NullMarked
package io.spop.recipes.sharedlimit;

import org.jspecify.annotations.NullMarked;
