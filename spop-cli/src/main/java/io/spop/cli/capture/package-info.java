/**
 * Reads SPOP out of files that tcpdump and Wireshark write: pcap and pcapng, Ethernet and
 * IP, TCP. Not for use by other programs.
 */
@NullMarked
package io.spop.cli.capture;

import org.jspecify.annotations.NullMarked;
