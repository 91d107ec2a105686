package io.spop.handler;

import reactor.util.context.ContextView;

/**
 * State of a thread, such as its current observation, that goes with a call to another
 * thread.
 */
@FunctionalInterface
interface ThreadState {

	/**
	 * Nothing.
	 */
	ThreadState NONE = (context, call) -> call.run();

	/**
	 * Make a call with this state, and restore the state of the thread afterwards.
	 * @param context more that belongs to the state
	 * @param call the call
	 */
	void run(ContextView context, Runnable call);

}
