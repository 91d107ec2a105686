package io.spop.handler;

import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.atomic.AtomicBoolean;

import io.spop.agent.SpopExchange;
import io.spop.agent.SpopInterceptor;
import io.spop.annotation.Blocking;
import io.spop.protocol.Actions;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.util.ClassUtils;

/**
 * Calls what may block, off the event loop. Safe to use by any thread.
 *
 * @since 0.1.0
 */
public final class HandlerExecutor implements SmartInitializingSingleton, DisposableBean {

	private static final boolean contextPropagationPresent = ClassUtils
		.isPresent("io.micrometer.context.ContextSnapshotFactory", HandlerExecutor.class.getClassLoader());

	private final ThreadLocal<Boolean> mayBlock = new ThreadLocal<>();

	private final Executor executor;

	private @Nullable ContextPropagation contextPropagation;

	/**
	 * Create an executor.
	 * @param executor has the threads; refuses at once when it has none left; shut down
	 * with this executor if it is an {@link ExecutorService}
	 */
	public HandlerExecutor(Executor executor) {
		this.executor = executor;
	}

	@Override
	public void afterSingletonsInstantiated() {
		if (contextPropagationPresent) {
			this.contextPropagation = new ContextPropagation();
		}
	}

	/**
	 * Return an interceptor that is called on a thread that may block.
	 * @param interceptor an interceptor marked with {@link Blocking @Blocking}
	 * @return the interceptor to use instead
	 */
	public SpopInterceptor blocking(SpopInterceptor interceptor) {
		return (exchange, next) -> call(() -> interceptor.intercept(exchange, next), exchange, new AtomicBoolean())
			.flatMap((result) -> result.cast(Actions.class));
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
	 * Make a call on a thread that may block.
	 * @param call the call
	 * @param exchange where a result is reported that comes too late
	 * @param cancelled set before the thread is interrupted because nobody waits for the
	 * result any more
	 * @return what follows the call, or the refusal of the executor
	 */
	Mono<Mono<?>> call(ThreadState.Call call, SpopExchange exchange, AtomicBoolean cancelled) {
		ThreadState state = threadState();
		return Mono.create((sink) -> {
			FutureTask<@Nullable Void> task = new FutureTask<>(() -> {
				this.mayBlock.set(true);
				try {
					sink.success(state.run(sink.contextView(), call));
					if (cancelled.get()) {
						exchange.reportLateResult();
					}
				}
				catch (Throwable ex) {
					// sink.error logs what comes after the deadline, and operators
					// throw an Error that is not hidden from them
					sink.success(Mono.error(ex).hide());
				}
				finally {
					this.mayBlock.remove();
				}
			}, null);
			sink.onCancel(() -> {
				cancelled.set(true);
				task.cancel(true);
				if (this.executor instanceof ThreadPoolExecutor pool) {
					pool.remove(task);
				}
			});
			this.executor.execute(task);
		});
	}

	@Override
	public void destroy() {
		if (this.executor instanceof ExecutorService service) {
			service.shutdownNow();
		}
	}

}
