package io.spop.cli;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.ObjLongConsumer;

import io.spop.client.SpopClient;
import io.spop.client.SpopDisconnectException;
import io.spop.protocol.Actions;
import io.spop.protocol.Capability;
import io.spop.protocol.LogText;
import io.spop.protocol.NotifyMessage;
import reactor.core.Exceptions;

/**
 * A connection of a replay to the agent. It has no more NOTIFYs in flight than HAProxy
 * has: 20 with pipelining, else 1.
 */
final class ReplayConnection {

	private static final int MAX_IN_FLIGHT = 20;

	private final SpopClient client;

	private final Duration timeout;

	private final int maxInFlight;

	private final Semaphore permits;

	private volatile boolean ended;

	private volatile boolean closing;

	ReplayConnection(SpopClient client, Duration timeout) {
		this.client = client;
		this.timeout = timeout;
		this.maxInFlight = client.agentHello().capabilities().contains(Capability.PIPELINING) ? MAX_IN_FLIGHT : 1;
		this.permits = new Semaphore(this.maxInFlight);
		client.onDisconnect().subscribe((frame) -> this.ended = true, (error) -> this.ended = true);
	}

	/**
	 * Return whether a frame fits.
	 * @param size the length of the frame, without its prefix
	 * @return whether the agent accepts it, maybe in fragments
	 */
	boolean fits(int size) {
		return size <= this.client.agentHello().maxFrameSize()
				|| this.client.agentHello().capabilities().contains(Capability.FRAGMENTATION);
	}

	/**
	 * Wait until one more NOTIFY may be in flight. {@link #send} or {@link #release} has
	 * to follow.
	 * @return whether the connection is open; if it is not, nothing is to be sent
	 */
	boolean await() throws InterruptedException {
		this.permits.acquire();
		if (this.ended) {
			this.permits.release();
		}
		return !this.ended;
	}

	/**
	 * Send a NOTIFY.
	 * @param messages its messages
	 * @param answered is given the actions of the ACK, and the nanoseconds it took
	 * @param failed is given the reason why there is no ACK
	 */
	void send(List<NotifyMessage> messages, ObjLongConsumer<Actions> answered,
			Consumer<ReplayedNotify.Failure> failed) {
		long start = System.nanoTime();
		this.client.notify(messages).timeout(this.timeout).subscribe((actions) -> {
			long nanos = System.nanoTime() - start;
			release();
			answered.accept(actions, nanos);
		}, (error) -> {
			release();
			failed.accept(failure(Exceptions.unwrap(error)));
		});
	}

	/** Say that a NOTIFY is not in flight any more, or is not sent. */
	void release() {
		this.permits.release();
		closeIfIdle();
	}

	/** Close the connection as soon as no NOTIFY is in flight. */
	void closeWhenIdle() {
		this.closing = true;
		closeIfIdle();
	}

	private void closeIfIdle() {
		if (this.closing && this.permits.availablePermits() == this.maxInFlight) {
			close();
		}
	}

	void close() {
		this.ended = true;
		this.client.close();
	}

	boolean isEnded() {
		return this.ended;
	}

	private ReplayedNotify.Failure failure(Throwable error) {
		if (error instanceof TimeoutException) {
			return ReplayedNotify.Failure.timeout(this.timeout);
		}
		boolean refused = error instanceof SpopDisconnectException disconnect && disconnect.statusCode() >= 0;
		return new ReplayedNotify.Failure(LogText.message(error.getMessage()), refused, false);
	}

}
