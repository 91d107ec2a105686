package io.spop.handler;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.util.context.ContextView;

/**
 * What travels from one thread to the next with a call.
 */
@FunctionalInterface
interface ThreadState {

	/**
	 * Nothing.
	 */
	ThreadState NONE = (context, call) -> call.run();

	/**
	 * Make a call with this state, and restore that of the thread.
	 * @param context more that belongs to the state
	 * @param call the call
	 * @return its result
	 * @throws Throwable whatever it throws
	 */
	@Nullable Mono<?> run(ContextView context, Call call) throws Throwable;

	/**
	 * A call that may go to another thread.
	 */
	@FunctionalInterface
	interface Call {

		/**
		 * Make the call.
		 * @return what follows, or {@code null} for nothing
		 * @throws Throwable whatever goes wrong
		 */
		@Nullable Mono<?> run() throws Throwable;

	}

}
