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
 * Calls what may block, off the event loop. Safe to use by any thread.
 *
 * @since 0.1.0
 */
public final class HandlerExecutor implements SmartInitializingSingleton {

	static final boolean contextPropagationPresent = ClassUtils
		.isPresent("io.micrometer.context.ContextSnapshotFactory", HandlerExecutor.class.getClassLoader());

	private final ThreadLocal<@Nullable Boolean> mayBlock = new ThreadLocal<>();

	private final Executor executor;

	private @Nullable ContextPropagation contextPropagation;

	/**
	 * Create an executor.
	 * @param executor has the threads; should refuse a task at once when it has none
	 * left, and must not call it on the thread that brings it, which is an event loop
	 */
	public HandlerExecutor(Executor executor) {
		this.executor = executor;
	}

	/**
	 * Return a decorator for the tasks of an executor whose queue this takes tasks out
	 * of. A task that it brings stays the same object, and what it calls is decorated.
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
	 * Return an interceptor that is called on a thread that may block. At the deadline
	 * that thread is interrupted, and the {@code Mono} that the interceptor has returned
	 * is cancelled. The interceptor is not asked for the answer that then goes out, which
	 * has the results that are there and the fallback for messages that are late.
	 * @param interceptor an interceptor marked with {@link Blocking @Blocking}
	 * @return the interceptor to use instead
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
	 * Return a failure that operators hand on, even if it is an Error.
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
	 * Return the state of this thread that goes with its calls.
	 */
	ThreadState threadState() {
		ContextPropagation contextPropagation = this.contextPropagation;
		return (contextPropagation != null) ? contextPropagation.capture() : ThreadState.NONE;
	}

	/**
	 * Return a task for a thread that may block.
	 * @param call what to call, which throws nothing
	 * @param failure called with what a decorator has thrown in place of the call
	 * @return the task, to be started
	 */
	Task task(Runnable call, Consumer<Throwable> failure) {
		return new Task(new BlockingCall(call), failure);
	}

	/**
	 * A call on a thread that may block. To dispose of it interrupts that thread, or
	 * removes the call from those that wait for one.
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
		 * @throws java.util.concurrent.RejectedExecutionException if there is no thread
		 * for it
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
	 * A call that knows that it may block.
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
