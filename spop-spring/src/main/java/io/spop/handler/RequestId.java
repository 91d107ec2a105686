package io.spop.handler;

import io.micrometer.context.ContextRegistry;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;
import reactor.util.context.Context;

/**
 * The id of a request in the MDC of this thread, until this object is closed.
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
	 * @return the object that restores the MDC when it is closed, or {@code null} without
	 * an id
	 */
	static @Nullable RequestId open(@Nullable String id) {
		return (id != null) ? new RequestId(id) : null;
	}

	/**
	 * Add an id to Reactor's context. Automatic context propagation, if the application
	 * uses it, copies the id from there to the MDC of other threads.
	 * @param context the context without the id
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
	 * Registers the MDC's key with {@code context-propagation} when the first id is used.
	 */
	private static final class Propagation {

		static {
			ContextRegistry.getInstance()
				.registerThreadLocalAccessor(KEY, () -> MDC.get(KEY), (id) -> MDC.put(KEY, id), () -> MDC.remove(KEY));
		}

		static void register() {
			// The static initializer of this class registers the key
		}

	}

}
