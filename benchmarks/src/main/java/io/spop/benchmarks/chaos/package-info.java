/**
 * A HAProxy and its agents under faults, with an account of each NOTIFY.
 */
@NullMarked
package io.spop.benchmarks.chaos;

import org.jspecify.annotations.NullMarked;
