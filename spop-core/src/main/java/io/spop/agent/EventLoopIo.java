package io.spop.agent;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Queue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;
import io.netty.channel.EventLoop;

/**
 * What the connections of one event loop share to read and write: a buffer for each,
 * which one after the other uses, so that its memory stays in the processor's cache, and
 * the queue of those that have frames to write. They write once the event loop has read
 * all that there is to read: a write after each read may have to wake HAProxy up each
 * time, while one behind the other finds it awake. All of it belongs to the event loop.
 */
final class EventLoopIo extends DefaultMaxMessagesRecvByteBufAllocator implements Runnable {

	private static final int MAX_READ = 65536;

	/** What is larger has a buffer of its own. */
	private static final int MAX_SHARED_WRITE = 2048;

	/** Among more, the first would wait for too long. */
	private static final int MAX_WAITING = 16;

	private final EventLoop eventLoop;

	private final ByteBuf readBuffer = Unpooled.wrappedBuffer(ByteBuffer.allocateDirect(MAX_READ));

	private final ByteBuf writeBuffer = Unpooled.wrappedBuffer(ByteBuffer.allocateDirect(MAX_SHARED_WRITE));

	private final Queue<AgentConnection> waiting = new ArrayDeque<>();

	private boolean scheduled;

	EventLoopIo(EventLoop eventLoop) {
		this.eventLoop = eventLoop;
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
	 * Have a connection write once what the event loop has to do is done.
	 */
	void flushSoon(AgentConnection connection) {
		this.waiting.add(connection);
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
	}

	private void flush() {
		for (AgentConnection next = this.waiting.poll(); next != null; next = this.waiting.poll()) {
			next.flushScheduled();
		}
	}

}
