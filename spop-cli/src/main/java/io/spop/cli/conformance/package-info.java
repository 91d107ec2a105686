/**
 * Conformance cases for agents in any language: what they send, what HAProxy needs to get
 * back, and reports of what came.
 */
@NullMarked
package io.spop.cli.conformance;

import org.jspecify.annotations.NullMarked;
