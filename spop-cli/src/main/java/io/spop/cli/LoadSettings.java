package io.spop.cli;

import java.net.SocketAddress;
import java.time.Duration;
import java.util.function.Function;

import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import io.spop.protocol.Frame;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link LoadGenerator} sends, and how.
 *
 * @param address the address of the agent
 * @param tls creates the TLS handler of a connection, or {@code null} for no TLS
 * @param hello the HELLO of each connection
 * @param messages the messages of the NOTIFYs
 * @param connections the number of connections
 * @param inFlight how many NOTIFYs of a connection may be without an ACK, if the agent
 * has pipelining
 * @param rate how many NOTIFYs are sent in a second (open loop), or 0 to send one
 * whenever an ACK comes (closed loop)
 * @param requests how many NOTIFYs are measured, or {@link Long#MAX_VALUE}
 * @param warmUp how long NOTIFYs are sent before the measurement
 * @param duration how long the measurement takes at most
 * @param timeout how long connecting and an answer may take
 * @param threads the number of threads
 */
record LoadSettings(SocketAddress address, @Nullable Function<Channel, SslHandler> tls, Frame.HaproxyHello hello,
		LoadMessages messages, int connections, int inFlight, int rate, long requests, Duration warmUp,
		Duration duration, Duration timeout, int threads) {

	boolean openLoop() {
		return this.rate > 0;
	}

}
