/**
 * Recordings of the frames between HAProxy and an agent: their file format, read and
 * written.
 */
@NullMarked
package io.spop.recording;

import org.jspecify.annotations.NullMarked;
