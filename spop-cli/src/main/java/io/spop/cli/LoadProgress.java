package io.spop.cli;

import java.time.Duration;

/**
 * How a load is going.
 *
 * @param elapsed the time since the measurement began, negative during the warm-up
 * @param acks the ACKs since the last report
 * @param open the number of open connections
 * @param inFlight the number of NOTIFYs without an ACK
 * @param problems the number of problems so far
 */
record LoadProgress(Duration elapsed, long acks, int open, int inFlight, long problems) {
}
