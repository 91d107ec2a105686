/**
 * Inspects requests with their headers and bodies, as a web application firewall does.
 */
@NullMarked
package io.spop.recipes.waf;

import org.jspecify.annotations.NullMarked;
