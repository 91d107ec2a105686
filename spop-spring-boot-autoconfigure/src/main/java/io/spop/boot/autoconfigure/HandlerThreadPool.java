package io.spop.boot.autoconfigure;

import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.scheduling.concurrent.CustomizableThreadFactory;

/**
 * Turns properties into the threads of methods that may block. A call that finds none is
 * refused at once.
 */
final class HandlerThreadPool {

	private HandlerThreadPool() {
	}

	static ThreadPoolExecutor create(SpopProperties.Pool properties, String threadNamePrefix) {
		int size = properties.getMaxSize();
		int capacity = properties.getQueueCapacity();
		Duration keepAlive = properties.getKeepAlive();
		if (size < 1) {
			throw invalid("max-size", size, "It must be at least 1.");
		}
		if (capacity < 0) {
			throw invalid("queue-capacity", capacity, "It must not be negative.");
		}
		if (keepAlive.isZero() || keepAlive.isNegative()) {
			throw invalid("keep-alive", keepAlive, "It must be more than zero.");
		}
		if (keepAlive.compareTo(AgentConfiguration.MAX_DURATION) > 0) {
			throw invalid("keep-alive", keepAlive, "It must be less than 100 years.");
		}
		CustomizableThreadFactory threads = new CustomizableThreadFactory(threadNamePrefix);
		threads.setDaemon(true);
		// With a queue, a pool only starts more threads than its core when the queue is
		// full
		BlockingQueue<Runnable> queue = (capacity > 0) ? new LinkedBlockingQueue<>(capacity) : new SynchronousQueue<>();
		ThreadPoolExecutor pool = new ThreadPoolExecutor((capacity > 0) ? size : 0, size, keepAlive.toNanos(),
				TimeUnit.NANOSECONDS, queue, threads, (task, executor) -> {
					throw new RejectedExecutionException("All " + size + " threads for handlers are busy");
				});
		pool.allowCoreThreadTimeOut(true);
		return pool;
	}

	private static InvalidConfigurationPropertyValueException invalid(String property, Object value, String reason) {
		return new InvalidConfigurationPropertyValueException("spop.handler.pool." + property, value, reason);
	}

}
