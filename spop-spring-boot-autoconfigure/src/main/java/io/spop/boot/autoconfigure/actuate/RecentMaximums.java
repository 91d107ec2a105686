package io.spop.boot.autoconfigure.actuate;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * The largest values of the current and of the last window of time, written by one thread
 * and read by any. Only a read asks for the time, and begins a new window when the last
 * one is over.
 */
final class RecentMaximums {

	private final AtomicLongArray current;

	private final AtomicLongArray last;

	private final Window window;

	private volatile int number;

	RecentMaximums(int size, Window window) {
		this.current = new AtomicLongArray(size);
		this.last = new AtomicLongArray(size);
		this.window = window;
		this.number = window.number;
	}

	void record(int position, long value) {
		if (this.number != this.window.number) {
			turn();
		}
		if (value > this.current.getPlain(position)) {
			this.current.lazySet(position, value);
		}
	}

	/**
	 * Add the values of an event loop that has ended.
	 */
	void addAll(RecentMaximums ended) {
		for (int i = 0; i < this.current.length(); i++) {
			record(i, ended.get(i));
		}
	}

	private void turn() {
		boolean next = this.number + 1 == this.window.number;
		for (int i = 0; i < this.current.length(); i++) {
			this.last.lazySet(i, next ? this.current.getPlain(i) : 0);
			this.current.lazySet(i, 0);
		}
		this.number = this.window.number;
	}

	long get(int position) {
		return switch (this.window.advance() - this.number) {
			case 0 -> Math.max(this.current.get(position), this.last.get(position));
			case 1 -> this.current.get(position);
			default -> 0;
		};
	}

	/**
	 * Numbers the windows of time.
	 */
	static final class Window {

		private static final long LENGTH = Duration.ofMinutes(1).toNanos();

		private long begin = System.nanoTime();

		private volatile int number;

		private synchronized int advance() {
			long now = System.nanoTime();
			long windows = (now - this.begin) / LENGTH;
			if (windows > 0) {
				this.begin += windows * LENGTH;
				this.number += (int) windows;
			}
			return this.number;
		}

	}

}
