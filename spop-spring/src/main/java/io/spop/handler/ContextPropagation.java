package io.spop.handler;

import io.micrometer.context.ContextRegistry;
import io.micrometer.context.ContextSnapshot;
import io.micrometer.context.ContextSnapshotFactory;
import io.micrometer.context.integration.Slf4jThreadLocalAccessor;

/**
 * Captures the state of a thread: what the application registered with
 * {@code context-propagation}, and the MDC, which is not registered by default.
 */
final class ContextPropagation {

	private final ContextSnapshotFactory snapshots;

	ContextPropagation() {
		ContextRegistry shared = ContextRegistry.getInstance();
		ContextRegistry registry = new ContextRegistry();
		registry.registerThreadLocalAccessor(new Slf4jThreadLocalAccessor());
		shared.getThreadLocalAccessors().forEach(registry::registerThreadLocalAccessor);
		shared.getContextAccessors().forEach(registry::registerContextAccessor);
		this.snapshots = ContextSnapshotFactory.builder().contextRegistry(registry).build();
	}

	/**
	 * Capture the state of this thread.
	 * @return the state
	 */
	@SuppressWarnings("try")
	ThreadState capture() {
		ContextSnapshot thread = this.snapshots.captureAll();
		return (context, call) -> {
			try (ContextSnapshot.Scope outer = thread.setThreadLocals();
					ContextSnapshot.Scope inner = this.snapshots.setThreadLocalsFrom(context)) {
				call.run();
			}
		};
	}

}
