package io.spop.agent;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.TimeUnit;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;
import io.netty.channel.EventLoop;
import io.spop.protocol.NotifyMessage;
import org.jspecify.annotations.Nullable;

/**
 * What the connections of one event loop share to read and write: a buffer to read into,
 * a buffer to write from, and the queue of outputs that have frames to write. The
 * connections use the buffers one after the other, so that their memory stays in the
 * processor's cache. Outputs are written once the event loop has read all that there is
 * to read: a write after each read may have to wake HAProxy up each time, while several
 * writes in a row find it awake. An ACK waits for handlers of other frames for at most a
 * millisecond, unless a handler that has long been quick is slow for once. All of it
 * belongs to the event loop.
 */
final class EventLoopIo extends DefaultMaxMessagesRecvByteBufAllocator implements Runnable {

	private static final int MAX_READ = 65536;

	/** What is larger has a buffer of its own. */
	private static final int MAX_SHARED_WRITE = 2048;

	/** Among more, the first would wait for too long. */
	private static final int MAX_WAITING = 16;

	/** ACKs do not wait for a handler that has taken so long lately. */
	private static final long SLOW_NANOS = TimeUnit.MICROSECONDS.toNanos(400);

	/** ACKs that have waited so long do not wait for one more handler. */
	private static final long MAX_WAIT_NANOS = TimeUnit.MICROSECONDS.toNanos(500);

	/** After a round as long as this, it matters what came during it. */
	private static final long LONG_ROUND_NANOS = TimeUnit.MICROSECONDS.toNanos(500);

	private static final int MAX_PACES = 256;

	/** Longer names are not kept. */
	private static final int MAX_NAME = 128;

	private final EventLoop eventLoop;

	private final ByteBuf readBuffer = Unpooled.wrappedBuffer(ByteBuffer.allocateDirect(MAX_READ));

	private final ByteBuf writeBuffer = Unpooled.wrappedBuffer(ByteBuffer.allocateDirect(MAX_SHARED_WRITE));

	private final Queue<ConnectionOutput> waiting = new ArrayDeque<>();

	private boolean scheduled;

	/** When the first of the ACKs that wait was written, unless there is none. */
	private long waitingSince;

	private boolean hasWaiting;

	/** Whether the last handler was slow: the next one may be, too. */
	private boolean slowed;

	/** Whether the event loop reads from its connections, one after the other. */
	private boolean inRound;

	/** When this round or the last one began. */
	private long roundBegan;

	/** Whether what is read may have come during the last round, which was long. */
	private boolean overdue;

	/** What is read in this round has not come earlier. */
	private long notBefore;

	private final Map<String, Pace> paces = new HashMap<>();

	private String lastName = "";

	private Pace lastPace = new Pace();

	EventLoopIo(EventLoop eventLoop) {
		this.eventLoop = eventLoop;
	}

	EventLoop eventLoop() {
		return this.eventLoop;
	}

	/**
	 * Return a handle that has connections read into the one buffer. They must copy what
	 * they have read before they return.
	 */
	@Override
	public MaxMessageHandle newHandle() {
		return new MaxMessageHandle() {

			@Override
			public int guess() {
				return MAX_READ;
			}

			@Override
			public ByteBuf allocate(ByteBufAllocator allocator) {
				return share(EventLoopIo.this.readBuffer, MAX_READ, allocator);
			}

		};
	}

	/**
	 * Return a buffer to write from, which is released when it has been written.
	 * @param size how many bytes it is for
	 * @param allocator makes one if the one that is shared is too small, or still in use
	 * because a peer does not read
	 */
	ByteBuf writeBuffer(int size, ByteBufAllocator allocator) {
		return share(this.writeBuffer, size, allocator);
	}

	private static ByteBuf share(ByteBuf buffer, int size, ByteBufAllocator allocator) {
		boolean free = buffer.refCnt() == 1 && size <= buffer.capacity();
		return free ? buffer.clear().retain() : allocator.ioBuffer(size);
	}

	/**
	 * Note that a connection has something to read, or that code of the application is
	 * about to be called.
	 * @param now the time
	 * @return the time at which it may have come, as early as that can be. An event loop
	 * that sleeps wakes up at once, so that this is the time. What comes while handlers
	 * keep it busy is read when they are done; it was not there when the event loop
	 * looked last, before the round in which it was busy.
	 */
	long beginRound(long now) {
		if (!this.inRound) {
			this.inRound = true;
			this.notBefore = this.overdue ? this.roundBegan : now;
			this.roundBegan = now;
			schedule();
		}
		return this.notBefore;
	}

	private void endRound() {
		this.inRound = false;
		this.overdue = System.nanoTime() - this.roundBegan > LONG_ROUND_NANOS;
		if (this.overdue) {
			long began = this.roundBegan;
			// Runs after the event loop has read, without sleeping, what came meanwhile
			this.eventLoop.schedule(() -> {
				if (this.roundBegan == began) {
					this.overdue = false;
				}
			}, 0, TimeUnit.NANOSECONDS);
		}
	}

	/**
	 * Return how long handlers of some messages take: those of the first one, unless
	 * another is slower.
	 */
	Pace pace(List<NotifyMessage> messages) {
		if (messages.isEmpty()) {
			return pace("");
		}
		Pace pace = pace(messages.get(0).name());
		for (int i = 1; i < messages.size() && pace.isQuick(); i++) {
			pace = pace(messages.get(i).name());
		}
		return pace;
	}

	private Pace pace(String message) {
		if (!message.equals(this.lastName)) {
			Pace pace = this.paces.get(message);
			if (pace == null) {
				pace = new Pace();
				if (this.paces.size() >= MAX_PACES || message.length() > MAX_NAME) {
					return pace;
				}
				this.paces.put(message, pace);
			}
			this.lastName = message;
			this.lastPace = pace;
		}
		return this.lastPace;
	}

	/**
	 * Note that a connection has an ACK that waits to be written.
	 */
	void waits(long now) {
		if (!this.hasWaiting) {
			this.hasWaiting = true;
			this.waitingSince = now;
		}
	}

	/**
	 * Write the ACKs that wait, if they would wait too long for a handler.
	 * @param reading the output of the connection that is being read from, which is not
	 * queued yet, or {@code null} if its end waits for what it has
	 * @param pace that of the handler
	 * @param now the time
	 */
	void flushBefore(@Nullable ConnectionOutput reading, Pace pace, long now) {
		if (this.hasWaiting && (this.slowed || !pace.isQuick() || now - this.waitingSince > MAX_WAIT_NANOS)) {
			if (reading != null) {
				reading.flush();
			}
			flush();
		}
	}

	/**
	 * Write the ACKs that wait, if they would wait too long for code of the application.
	 */
	void flushBefore(long now) {
		if (this.hasWaiting && (this.slowed || now - this.waitingSince > MAX_WAIT_NANOS)) {
			flush();
		}
	}

	/**
	 * Note how long code of the application took that is no handler.
	 */
	void took(long nanos) {
		this.slowed = nanos > SLOW_NANOS;
	}

	/**
	 * Note how long a handler took.
	 */
	void took(Pace pace, long nanos) {
		this.slowed = nanos > SLOW_NANOS;
		pace.took(this.slowed);
	}

	/**
	 * Have a connection write once what the event loop has to do is done.
	 */
	void flushSoon(ConnectionOutput output) {
		this.waiting.add(output);
		schedule();
	}

	private void schedule() {
		if (!this.scheduled) {
			this.scheduled = true;
			// Behind the results that are queued already, whose ACKs then share the write
			this.eventLoop.execute(this);
		}
	}

	/**
	 * Have connections write now if many wait, and there may be more to read.
	 */
	void limitWaiting() {
		if (this.waiting.size() >= MAX_WAITING) {
			flush();
		}
	}

	@Override
	public void run() {
		this.scheduled = false;
		flush();
		if (this.inRound) {
			endRound();
		}
	}

	private void flush() {
		this.hasWaiting = false;
		for (ConnectionOutput next = this.waiting.poll(); next != null; next = this.waiting.poll()) {
			next.flushQueued();
		}
	}

	/**
	 * Whether the handlers of one message are quick, as far as that is known. One that is
	 * slow now and then is not: a pause of the JVM looks the same, but comes less often.
	 */
	static final class Pace {

		/** So many calls have to be quick before it is believed. */
		private static final int UNKNOWN = 32;

		/** Among so many calls one may be slow. */
		private static final int CALLS = 1000;

		private int doubts = CALLS + UNKNOWN;

		boolean isQuick() {
			return this.doubts <= CALLS;
		}

		private void took(boolean slow) {
			if (slow) {
				this.doubts = Math.min(this.doubts + CALLS, 2 * CALLS);
			}
			else if (this.doubts > 0) {
				this.doubts--;
			}
		}

	}

}
