package io.spop.boot.autoconfigure;

import java.time.Duration;

import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.core.task.TaskRejectedException;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;

/**
 * The pool of threads for methods that may block. The pool refuses a call at once if no
 * thread is free and the queue is full, and it works until the agent has answered all
 * frames.
 */
final class HandlerTaskExecutor extends ThreadPoolTaskExecutor {

	private static final long serialVersionUID = 1L;

	/**
	 * Create a pool.
	 * @param properties its size
	 */
	HandlerTaskExecutor(SpopProperties.Pool properties) {
		int size = properties.getMaxSize();
		int capacity = properties.getQueueCapacity();
		if (size < 1) {
			throw invalid("max-size", size, "It must be at least 1.");
		}
		if (capacity < 0) {
			throw invalid("queue-capacity", capacity, "It must not be negative.");
		}
		// A pool with a queue starts more threads than its core size only when the queue
		// is full
		setCorePoolSize((capacity > 0) ? size : 0);
		setMaxPoolSize(size);
		setQueueCapacity(capacity);
		setKeepAliveSeconds(seconds(properties.getKeepAlive()));
		setAllowCoreThreadTimeOut(true);
		setDaemon(true);
		setRejectedExecutionHandler((task, executor) -> {
			throw new TaskRejectedException("All " + size + " threads for handlers are busy");
		});
		// When the context closes, the agent drains first and still needs the threads. A
		// thread that hangs must not delay the stop of other beans.
		setAcceptTasksAfterContextClose(true);
		setPhase(SpopAgentLifecycle.PHASE - 1);
	}

	private static int seconds(Duration keepAlive) {
		if (keepAlive.isZero() || keepAlive.isNegative()) {
			throw invalid("keep-alive", keepAlive, "It must be more than zero.");
		}
		if (keepAlive.compareTo(PropertiesAgentCustomizer.MAX_DURATION) > 0) {
			throw invalid("keep-alive", keepAlive, "It must be less than 100 years.");
		}
		return (int) Math.min(Integer.MAX_VALUE, keepAlive.plusNanos(999_999_999).toSeconds());
	}

	private static InvalidConfigurationPropertyValueException invalid(String property, Object value, String reason) {
		return new InvalidConfigurationPropertyValueException("spop.handler.pool." + property, value, reason);
	}

	/**
	 * Start a task. Throws the exception of the pool itself, without another one around
	 * it.
	 */
	@Override
	public void execute(Runnable task) {
		getThreadPoolExecutor().execute(task);
	}

	/**
	 * Return whether to stop when the context is paused.
	 * @return {@code false}: the agent goes on
	 */
	@Override
	public boolean isPauseable() {
		return false;
	}

}
