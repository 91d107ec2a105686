/**
 * Joins the request and the response of an exchange.
 */
@NullMarked
package io.spop.recipes.exchange;

import org.jspecify.annotations.NullMarked;
