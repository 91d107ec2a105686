package io.spop.agent;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Queue of log lines with a thread that writes them. A slow appender, or an exception
 * whose text takes long to create, must not keep an event loop from answering HAProxy. If
 * the queue is full, lines are dropped, and the next line says how many. If a line is not
 * written within seconds, another thread writes the lines behind it. Safe to use by any
 * thread.
 */
final class LogQueue {

	private static final Logger logger = LoggerFactory.getLogger(LogQueue.class);

	private static final int CAPACITY = 512;

	private static final long IDLE_SECONDS = 10;

	/** The time for a line after which another thread writes the lines behind it. */
	private static final long MAX_NANOS = TimeUnit.SECONDS.toNanos(5);

	private static final int MAX_THREADS = 4;

	/** How often {@link #flush} looks whether the lines have been written. */
	private static final long FLUSH_NANOS = TimeUnit.MICROSECONDS.toNanos(100);

	/** The lines in the queue, and those that threads are writing. */
	private static final AtomicLong UNWRITTEN = new AtomicLong();

	private static final AtomicLong DROPPED = new AtomicLong();

	/** The time at which the last line was begun or written. */
	private static final AtomicLong PROGRESS = new AtomicLong();

	private static final ThreadPoolExecutor WRITER = writer();

	private LogQueue() {
	}

	private static ThreadPoolExecutor writer() {
		ThreadPoolExecutor writer = new ThreadPoolExecutor(1, 1, IDLE_SECONDS, TimeUnit.SECONDS,
				new ArrayBlockingQueue<>(CAPACITY), (task) -> {
					Thread thread = new Thread(task, "spop-log");
					thread.setDaemon(true);
					// The thread outlives the application that logs first
					thread.setContextClassLoader(LogQueue.class.getClassLoader());
					return thread;
				}, (line, executor) -> {
					DROPPED.incrementAndGet();
					UNWRITTEN.decrementAndGet();
				});
		writer.allowCoreThreadTimeOut(true);
		return writer;
	}

	/**
	 * Write a line on the thread of the queue.
	 * @param line writes the line; if it throws an exception, the exception is logged
	 */
	static void write(Runnable line) {
		if (UNWRITTEN.getAndIncrement() == 0) {
			PROGRESS.set(System.nanoTime());
		}
		try {
			WRITER.execute(() -> run(line));
		}
		catch (Error ex) {
			// There can be no thread
			UNWRITTEN.decrementAndGet();
			throw ex;
		}
		int threads = WRITER.getCorePoolSize();
		if (threads < MAX_THREADS && !WRITER.getQueue().isEmpty() && System.nanoTime() - PROGRESS.get() > MAX_NANOS) {
			PROGRESS.set(System.nanoTime());
			WRITER.setMaximumPoolSize(threads + 1);
			WRITER.setCorePoolSize(threads + 1);
		}
	}

	private static void run(Runnable line) {
		PROGRESS.set(System.nanoTime());
		try {
			line.run();
		}
		catch (Throwable ex) {
			logger.warn("A log line could not be written: {}", ex.getClass().getName());
		}
		PROGRESS.set(System.nanoTime());
		long dropped = DROPPED.get();
		if (dropped > 0 && WRITER.getQueue().size() < CAPACITY / 2) {
			DROPPED.addAndGet(-dropped);
			logger.warn("{} log lines were dropped, since the log was too slow for them", dropped);
		}
		if (UNWRITTEN.decrementAndGet() == 0) {
			// No line hangs, so one thread is enough, and writes the lines in their order
			WRITER.setCorePoolSize(1);
			WRITER.setMaximumPoolSize(1);
		}
	}

	/**
	 * Wait until the lines in the queue have been written.
	 * @param millis the longest time to wait, in milliseconds
	 */
	static void flush(long millis) {
		long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
		while (UNWRITTEN.get() > 0 && System.nanoTime() - end < 0 && !Thread.currentThread().isInterrupted()) {
			LockSupport.parkNanos(FLUSH_NANOS);
		}
	}

}
