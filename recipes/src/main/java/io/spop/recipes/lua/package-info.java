/**
 * Does what a Lua script of HAProxy did: finds the plan of the owner of an API key.
 */
@NullMarked
package io.spop.recipes.lua;

import org.jspecify.annotations.NullMarked;
