/**
 * The command {@code spop}, a tool for whoever runs or writes an agent in any language.
 */
@NullMarked
package io.spop.cli;

import org.jspecify.annotations.NullMarked;
