package io.spop.handler;

import java.io.IOException;
import java.io.InputStream;
import java.lang.constant.ConstantDescs;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

import io.spop.agent.SpopExchange;
import io.spop.protocol.NotifyMessage;
import org.jspecify.annotations.Nullable;

import org.springframework.core.NativeDetector;

/**
 * Calls a {@link MethodHandle}.
 */
@FunctionalInterface
interface HandlerCall {

	/** The type of the handle. */
	MethodType TYPE = MethodType.methodType(Object.class, NotifyMessage.class, SpopExchange.class, Throwable.class);

	@Nullable Object invoke(NotifyMessage message, SpopExchange exchange, @Nullable Throwable failure) throws Throwable;

	/**
	 * Return the fastest call of a handle. The JVM compiles a handle and all that it
	 * consists of into one piece if it is a constant, hence a class for each.
	 * @param handle the handle
	 * @return the call
	 */
	static HandlerCall of(MethodHandle handle) {
		if (NativeDetector.inNativeImage()) {
			return (message, exchange, failure) -> (Object) handle.invokeExact(message, exchange, failure);
		}
		try (InputStream template = HandlerCall.class.getResourceAsStream("HandlerCall$Constant.class")) {
			if (template == null) {
				throw new IllegalStateException("A class is missing on the class path: " + Constant.class.getName());
			}
			MethodHandles.Lookup defined = MethodHandles.lookup()
				.defineHiddenClassWithClassData(template.readAllBytes(), handle, true);
			return (HandlerCall) defined.lookupClass().getDeclaredConstructor().newInstance();
		}
		catch (IOException | ReflectiveOperationException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * The template of these classes.
	 */
	final class Constant implements HandlerCall {

		private static final MethodHandle HANDLE;

		static {
			try {
				HANDLE = MethodHandles.classData(MethodHandles.lookup(), ConstantDescs.DEFAULT_NAME,
						MethodHandle.class);
			}
			catch (IllegalAccessException ex) {
				throw new ExceptionInInitializerError(ex);
			}
		}

		@Override
		public @Nullable Object invoke(NotifyMessage message, SpopExchange exchange, @Nullable Throwable failure)
				throws Throwable {
			return (Object) HANDLE.invokeExact(message, exchange, failure);
		}

	}

}
