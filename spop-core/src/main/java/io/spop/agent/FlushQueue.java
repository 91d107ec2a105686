package io.spop.agent;

import java.util.ArrayDeque;
import java.util.Queue;

import io.netty.channel.EventLoop;

/**
 * The connections of one event loop that have frames to write. They write once the event
 * loop has read all that there is to read: a write for each read wakes HAProxy up for
 * each, one behind the other find it awake. All of it belongs to the event loop.
 */
final class FlushQueue implements Runnable {

	/** Among more, the first would wait for too long. */
	private static final int MAX_SIZE = 16;

	private final EventLoop eventLoop;

	private final Queue<AgentConnection> connections = new ArrayDeque<>();

	private boolean scheduled;

	FlushQueue(EventLoop eventLoop) {
		this.eventLoop = eventLoop;
	}

	void add(AgentConnection connection) {
		this.connections.add(connection);
		if (this.connections.size() >= MAX_SIZE) {
			flush();
		}
		else if (!this.scheduled) {
			this.scheduled = true;
			// Behind the results that are queued already, whose ACKs then share the write
			this.eventLoop.execute(this);
		}
	}

	@Override
	public void run() {
		this.scheduled = false;
		flush();
	}

	private void flush() {
		for (AgentConnection next = this.connections.poll(); next != null; next = this.connections.poll()) {
			next.flushScheduled();
		}
	}

}
