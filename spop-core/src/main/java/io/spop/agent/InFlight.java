package io.spop.agent;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * The NOTIFY frames of one connection that wait for their ACK, the oldest first. One
 * timer serves the deadlines of all frames. Only the event loop of the connection uses
 * this class, except for {@link #count()}.
 */
final class InFlight {

	private final EventLoop eventLoop;

	private final LongSupplier clock;

	private final Consumer<Exchange> expired;

	private @Nullable Exchange first;

	private @Nullable Exchange last;

	/** The number of frames. Only the event loop writes it, any thread reads it. */
	private final AtomicInteger count = new AtomicInteger();

	/** The number of messages in these frames. */
	private long messages;

	private @Nullable Future<?> timer;

	/** The time at which the timer fires. It remains when the exchange for it ends. */
	private long timerDue;

	/**
	 * Create an empty list.
	 * @param eventLoop the event loop of the connection
	 * @param clock returns the time in nanoseconds, on the same scale as the deadlines
	 * @param expired called for each exchange whose deadline has come, and has to end the
	 * exchange
	 */
	InFlight(EventLoop eventLoop, LongSupplier clock, Consumer<Exchange> expired) {
		this.eventLoop = eventLoop;
		this.clock = clock;
		this.expired = expired;
	}

	/**
	 * Return the number of frames in flight. Any thread may call this.
	 */
	int count() {
		return this.count.getOpaque();
	}

	/**
	 * Return the number of messages in the frames in flight.
	 */
	long messages() {
		return this.messages;
	}

	boolean isEmpty() {
		return this.first == null;
	}

	void add(Exchange exchange) {
		Links links = exchange;
		links.listed = true;
		links.previous = this.last;
		if (this.last != null) {
			links(this.last).next = exchange;
		}
		else {
			this.first = exchange;
		}
		this.last = exchange;
		this.count.lazySet(count() + 1);
		this.messages += exchange.messages().size();
		watch(exchange.deadlineAt());
	}

	/**
	 * Remove a frame, if it is in the list.
	 */
	void remove(Exchange exchange) {
		Links links = exchange;
		if (!links.listed) {
			return;
		}
		Exchange previous = links.previous;
		Exchange next = links.next;
		if (previous != null) {
			links(previous).next = next;
		}
		else {
			this.first = next;
		}
		if (next != null) {
			links(next).previous = previous;
		}
		else {
			this.last = previous;
		}
		links.listed = false;
		this.count.lazySet(count() - 1);
		this.messages -= exchange.messages().size();
	}

	/**
	 * Remove the frame with the given ids, and cancel its handler.
	 * @return the frame, or {@code null} if there is none
	 */
	@Nullable Exchange cancel(long streamId, long frameId) {
		for (Exchange exchange = this.first; exchange != null; exchange = links(exchange).next) {
			if (exchange.streamId() == streamId && exchange.frameId() == frameId) {
				remove(exchange);
				exchange.cancel();
				return exchange;
			}
		}
		return null;
	}

	/**
	 * Remove all frames, and cancel their handlers.
	 * @param cancelled called for each frame
	 */
	void cancelAll(Consumer<Exchange> cancelled) {
		for (Exchange exchange = this.first; exchange != null; exchange = this.first) {
			remove(exchange);
			exchange.cancel();
			cancelled.accept(exchange);
		}
		if (this.timer != null) {
			this.timer.cancel(false);
			this.timer = null;
		}
	}

	private static Links links(Exchange exchange) {
		return exchange;
	}

	private void watch(long deadline) {
		if (this.timer != null) {
			if (this.timerDue - deadline <= 0) {
				return;
			}
			this.timer.cancel(false);
		}
		this.timerDue = deadline;
		this.timer = this.eventLoop.schedule(this::expire, Math.max(0, deadline - this.clock.getAsLong()),
				TimeUnit.NANOSECONDS);
	}

	/**
	 * End the exchanges whose deadline has come, and start the timer for the others.
	 */
	private void expire() {
		this.timer = null;
		long now = this.clock.getAsLong();
		Exchange next;
		for (Exchange exchange = this.first; exchange != null; exchange = next) {
			next = links(exchange).next;
			if (exchange.deadlineAt() - now > 0) {
				watch(exchange.deadlineAt());
			}
			else {
				this.expired.accept(exchange);
			}
		}
	}

	/**
	 * The links of an exchange in the list, a base class so that the list needs no entry
	 * objects.
	 */
	static class Links {

		private @Nullable Exchange previous;

		private @Nullable Exchange next;

		private boolean listed;

	}

}
