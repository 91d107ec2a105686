package io.spop.handler;

import io.micrometer.context.ContextRegistry;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;
import reactor.util.context.Context;

/**
 * The id of a request in the MDC of this thread, as long as this is open.
 */
final class RequestId implements AutoCloseable {

	/** The key in the MDC and in Reactor's context. */
	static final String KEY = "spop.request-id";

	private final @Nullable String previous;

	private RequestId(String id) {
		this.previous = MDC.get(KEY);
		MDC.put(KEY, id);
	}

	/**
	 * Put an id into the MDC.
	 * @param id the id, or {@code null} if there is none
	 * @return what restores the MDC, or {@code null} if nothing was done
	 */
	static @Nullable RequestId open(@Nullable String id) {
		return (id != null) ? new RequestId(id) : null;
	}

	/**
	 * Add an id to Reactor's context, from where it gets into the MDC of other threads if
	 * the application has automatic context propagation.
	 * @param context the context without it
	 * @param id the id, or {@code null} if there is none
	 */
	static Context addTo(Context context, @Nullable String id) {
		if (id == null) {
			return context;
		}
		if (HandlerExecutor.contextPropagationPresent) {
			Propagation.register();
		}
		return context.put(KEY, id);
	}

	@Override
	public void close() {
		if (this.previous != null) {
			MDC.put(KEY, this.previous);
		}
		else {
			MDC.remove(KEY);
		}
	}

	/**
	 * Tells {@code context-propagation} of the MDC's key, the first time that there is an
	 * id.
	 */
	private static final class Propagation {

		static {
			ContextRegistry.getInstance()
				.registerThreadLocalAccessor(KEY, () -> MDC.get(KEY), (id) -> MDC.put(KEY, id), () -> MDC.remove(KEY));
		}

		static void register() {
			// Done by the initialization of this class
		}

	}

}
