package io.spop.handler;

import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

import io.spop.agent.SpopExchange;
import io.spop.agent.SpopHandler;
import io.spop.agent.SpopInterceptor;
import io.spop.annotation.Blocking;
import io.spop.protocol.Actions;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.core.task.TaskDecorator;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;
import org.springframework.util.ClassUtils;

/**
 * Calls methods and interceptors that may block on a thread that is not an event loop.
 * Safe to use by any thread.
 *
 * @since 0.1.0
 */
public final class HandlerExecutor implements SmartInitializingSingleton {

	static final String CONTEXT_SNAPSHOT_FACTORY = "io.micrometer.context.ContextSnapshotFactory";

	static final boolean contextPropagationPresent = ClassUtils.isPresent(CONTEXT_SNAPSHOT_FACTORY,
			HandlerExecutor.class.getClassLoader());

	private final ThreadLocal<@Nullable Boolean> mayBlock = new ThreadLocal<>();

	private final Executor executor;

	private @Nullable ContextPropagation contextPropagation;

	/**
	 * Create an executor.
	 * @param executor the executor of the threads. It should refuse a task at once when
	 * no thread is free. It must not run a task on the calling thread, which is an event
	 * loop
	 */
	public HandlerExecutor(Executor executor) {
		this.executor = executor;
	}

	/**
	 * Wrap a decorator of the application for use in the executor. A cancelled task has
	 * to be found in the queue of the executor. The returned decorator therefore leaves
	 * the task of a method in place, and decorates the call within the task.
	 * @param decorator the decorator of the application
	 * @return the decorator for the executor
	 */
	public static TaskDecorator within(TaskDecorator decorator) {
		return (task) -> (task instanceof Task call) ? call.decorate(decorator) : decorator.decorate(task);
	}

	@Override
	public void afterSingletonsInstantiated() {
		if (contextPropagationPresent) {
			this.contextPropagation = new ContextPropagation();
		}
	}

	/**
	 * Wrap an interceptor so that it is called on a thread that may block. At the
	 * deadline, this thread is interrupted and the {@code Mono} of the interceptor is
	 * cancelled. The answer at the deadline has the results of messages that are done,
	 * and the fallback for the others. The interceptor cannot change this answer.
	 * @param interceptor an interceptor marked with {@link Blocking @Blocking}
	 * @return the interceptor to use in its place
	 */
	public SpopInterceptor blocking(SpopInterceptor interceptor) {
		return (exchange, next) -> {
			ThreadState state = threadState();
			return Mono.<Mono<Actions>>create((sink) -> {
				AtomicBoolean cancelled = new AtomicBoolean();
				Consumer<Throwable> failure = (ex) -> sink.success(failed(ex));
				Task task = task(() -> {
					try {
						state.run(sink.contextView(), () -> sink.success(intercept(interceptor, exchange, next)));
						if (cancelled.get()) {
							exchange.reporter().late();
						}
					}
					catch (Throwable ex) {
						failure.accept(ex);
					}
				}, failure);
				sink.onCancel(() -> {
					cancelled.set(true);
					task.dispose();
				});
				try {
					task.start();
				}
				catch (Throwable ex) {
					sink.success(failed(ex));
				}
			}).flatMap((result) -> result);
		};
	}

	private static Mono<Actions> intercept(SpopInterceptor interceptor, SpopExchange exchange, SpopHandler next) {
		try {
			Mono<Actions> result = Objects.requireNonNull(interceptor.intercept(exchange, next),
					() -> interceptor + " returned null");
			Object value = HandlerMethod.valueOf(result);
			return (value instanceof Mono) ? result.hide() : Mono.justOrEmpty((Actions) value);
		}
		catch (Throwable ex) {
			return failed(ex);
		}
	}

	/**
	 * Return a failure. Reactor's operators pass it on, even if it is an Error.
	 */
	private static Mono<Actions> failed(Throwable ex) {
		return Mono.<Actions>error(ex).hide();
	}

	/**
	 * Return whether this thread may block.
	 */
	boolean mayBlock() {
		return this.mayBlock.get() != null;
	}

	/**
	 * Capture the state of this thread for calls on other threads.
	 */
	ThreadState threadState() {
		ContextPropagation contextPropagation = this.contextPropagation;
		return (contextPropagation != null) ? contextPropagation.capture() : ThreadState.NONE;
	}

	/**
	 * Create a task for a thread that may block.
	 * @param call the call, which must not throw an exception
	 * @param failure called with the exception if a decorator throws one
	 * @return the task, which is not started yet
	 */
	Task task(Runnable call, Consumer<Throwable> failure) {
		return new Task(new BlockingCall(call), failure);
	}

	/**
	 * A call on a thread that may block. {@link #dispose()} interrupts this thread, or
	 * removes a waiting call from the queue.
	 */
	final class Task extends FutureTask<@Nullable Void> implements Disposable {

		private final BlockingCall call;

		private final Consumer<Throwable> failure;

		private Task(BlockingCall call, Consumer<Throwable> failure) {
			super(call, null);
			this.call = call;
			this.failure = failure;
		}

		@Override
		protected void setException(Throwable ex) {
			super.setException(ex);
			this.failure.accept(ex);
		}

		private Task decorate(TaskDecorator decorator) {
			this.call.call = decorator.decorate(this.call.call);
			return this;
		}

		/**
		 * Start the call.
		 * @throws java.util.concurrent.RejectedExecutionException if no thread is free
		 * for the call
		 */
		void start() {
			HandlerExecutor.this.executor.execute(this);
		}

		@Override
		public void dispose() {
			cancel(true);
			if (HandlerExecutor.this.executor instanceof ThreadPoolTaskExecutor pool) {
				pool.getThreadPoolExecutor().remove(this);
			}
			else if (HandlerExecutor.this.executor instanceof ThreadPoolExecutor pool) {
				pool.remove(this);
			}
		}

		@Override
		public boolean isDisposed() {
			return isDone();
		}

	}

	/**
	 * A call that marks its thread as one that may block.
	 */
	private final class BlockingCall implements Runnable {

		private Runnable call;

		BlockingCall(Runnable call) {
			this.call = call;
		}

		@Override
		public void run() {
			Boolean outer = HandlerExecutor.this.mayBlock.get();
			HandlerExecutor.this.mayBlock.set(true);
			try {
				this.call.run();
			}
			finally {
				if (outer == null) {
					HandlerExecutor.this.mayBlock.remove();
				}
			}
		}

	}

}
