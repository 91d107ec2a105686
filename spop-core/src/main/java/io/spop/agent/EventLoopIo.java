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
 * The buffers and the write queue that the connections of one event loop share. The
 * connections use the read buffer and the write buffer one after the other, so the memory
 * of the buffers stays in the processor's cache. The queue has the outputs with frames to
 * write. They are written once the event loop has read all bytes that have arrived. A
 * write after each read might have to wake HAProxy up each time, while several writes in
 * a row find HAProxy awake. An ACK waits at most a millisecond for handlers of other
 * frames, unless a handler that has been quick for long is slow for once. Only the event
 * loop uses this class.
 */
final class EventLoopIo extends DefaultMaxMessagesRecvByteBufAllocator implements Runnable {

	private static final int MAX_READ = 65536;

	/** The largest write, in bytes, that uses the shared buffer. */
	private static final int MAX_SHARED_WRITE = 2048;

	/** The number of outputs in the queue after which they are written at once. */
	private static final int MAX_WAITING = 16;

	/**
	 * The time from which on a handler counts as slow, so that ACKs do not wait for it.
	 */
	private static final long SLOW_NANOS = TimeUnit.MICROSECONDS.toNanos(400);

	/** The time after which ACKs do not wait for one more handler. */
	private static final long MAX_WAIT_NANOS = TimeUnit.MICROSECONDS.toNanos(500);

	/** The length of a round from which on the arrival of bytes during it matters. */
	private static final long LONG_ROUND_NANOS = TimeUnit.MICROSECONDS.toNanos(500);

	private static final int MAX_PACES = 256;

	/** The longest name of a message whose pace is kept. */
	private static final int MAX_NAME = 128;

	private final EventLoop eventLoop;

	private final ByteBuf readBuffer = Unpooled.wrappedBuffer(ByteBuffer.allocateDirect(MAX_READ));

	private final ByteBuf writeBuffer = Unpooled.wrappedBuffer(ByteBuffer.allocateDirect(MAX_SHARED_WRITE));

	private final Queue<ConnectionOutput> waiting = new ArrayDeque<>();

	private boolean scheduled;

	/** The time at which the first of the waiting ACKs was encoded. */
	private long waitingSince;

	private boolean hasWaiting;

	/** Whether the last handler was slow, so that the next one may be slow, too. */
	private boolean slowed;

	/** Whether the event loop is reading from its connections, one after the other. */
	private boolean inRound;

	/** The time at which this round or the last one began. */
	private long roundBegan;

	/** Whether bytes may have arrived during the last round, which was long. */
	private boolean overdue;

	/** The earliest time at which the bytes of this round may have arrived. */
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
	 * Return a handle that lets all connections read into the shared buffer. A connection
	 * must copy the bytes before it returns.
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
	 * Return a buffer to write from. It is released when it has been written.
	 * @param size the number of bytes to write
	 * @param allocator allocates a buffer if the shared one is too small, or is still in
	 * use because a peer does not read
	 */
	ByteBuf writeBuffer(int size, ByteBufAllocator allocator) {
		return share(this.writeBuffer, size, allocator);
	}

	private static ByteBuf share(ByteBuf buffer, int size, ByteBufAllocator allocator) {
		boolean free = buffer.refCnt() == 1 && size <= buffer.capacity();
		return free ? buffer.clear().retain() : allocator.ioBuffer(size);
	}

	/**
	 * Note that a connection has bytes to read, or that code of the application is about
	 * to be called.
	 * @param now the time
	 * @return the earliest time at which the bytes may have arrived. This is the current
	 * time if the event loop was idle, since it wakes up at once. If handlers kept the
	 * event loop busy, the bytes may have arrived at any time since the start of the last
	 * round.
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
			// This task runs after the event loop has read the bytes that arrived
			// meanwhile
			this.eventLoop.schedule(() -> {
				if (this.roundBegan == began) {
					this.overdue = false;
				}
			}, 0, TimeUnit.NANOSECONDS);
		}
	}

	/**
	 * Return the pace of the first message that is not quick, or of the first message if
	 * all are quick.
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
	 * Note that a connection has an ACK to write.
	 */
	void waits(long now) {
		if (!this.hasWaiting) {
			this.hasWaiting = true;
			this.waitingSince = now;
		}
	}

	/**
	 * Write the waiting ACKs if they would wait too long for a handler.
	 * @param reading the output of the connection that is being read, which is not in the
	 * queue yet, or {@code null} if the connection holds its ACKs back before its end
	 * @param pace the pace of the handler
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
	 * Write the waiting ACKs if they would wait too long for code of the application.
	 */
	void flushBefore(long now) {
		if (this.hasWaiting && (this.slowed || now - this.waitingSince > MAX_WAIT_NANOS)) {
			flush();
		}
	}

	/**
	 * Note how long code of the application took, other than a handler.
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
	 * Let a connection write after the other tasks of the event loop.
	 */
	void flushSoon(ConnectionOutput output) {
		this.waiting.add(output);
		schedule();
	}

	private void schedule() {
		if (!this.scheduled) {
			// Behind the results in the queue of the event loop, so their ACKs share the
			// write
			this.eventLoop.execute(this);
			// Not before: without memory, the call fails, and nothing would be written
			this.scheduled = true;
		}
	}

	/**
	 * Let the connections write now if many of them wait, although there may be more to
	 * read.
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
	 * Remembers whether the handlers of one message are quick. A handler that is slow now
	 * and then does not count as quick. A pause of the JVM also makes a handler slow, but
	 * less often.
	 */
	static final class Pace {

		/** The number of quick calls after which a new handler counts as quick. */
		private static final int UNKNOWN = 32;

		/** The number of quick calls that make up for a slow one. */
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
