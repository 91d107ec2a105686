/**
 * Auto-configuration for SPOP agents.
 */
@NullMarked
package io.spop.boot.autoconfigure;

import org.jspecify.annotations.NullMarked;
