package io.spop.handler;

import reactor.util.context.ContextView;

/**
 * State of a thread, such as its current observation, that a call takes to another
 * thread.
 */
@FunctionalInterface
interface ThreadState {

	/**
	 * The empty state.
	 */
	ThreadState NONE = (context, call) -> call.run();

	/**
	 * Make a call with this state, and restore the state of the thread afterwards.
	 * @param context the context of Reactor, which also belongs to the state
	 * @param call the call
	 */
	void run(ContextView context, Runnable call);

}
