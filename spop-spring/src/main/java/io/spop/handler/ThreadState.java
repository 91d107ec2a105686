package io.spop.handler;

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
	 */
	void run(ContextView context, Runnable call);

}
