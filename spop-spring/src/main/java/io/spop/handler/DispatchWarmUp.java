package io.spop.handler;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.spop.agent.MockSpopExchange;
import io.spop.agent.SpopExchange;
import io.spop.codec.SpopCodec;
import io.spop.protocol.Arguments;
import io.spop.protocol.Frame;
import io.spop.protocol.NotifyMessage;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;
import org.springframework.util.Assert;

/**
 * Sends messages through the dispatch before HAProxy sends the first one. A JVM that runs
 * this code for the first time takes longer than the 10 ms that HAProxy waits. The
 * warm-up does not call the methods of the application. It runs methods that may block on
 * a thread of its own, not on the executor of the application, which may be busy, and
 * without task decorators.
 */
final class DispatchWarmUp {

	private static final Log logger = LogFactory.getLog(DispatchWarmUp.class);

	/**
	 * The number of messages for each handler. After these, the JVM has compiled the
	 * dispatch, so that it does not compile while the first requests wait.
	 */
	private static final int ROUNDS = 3000;

	/** The number of messages for each handler on a slow machine, or of many handlers. */
	private static final int LEAST_ROUNDS = 200;

	/**
	 * The time for all messages, in nanoseconds, unless they are fewer than the least.
	 */
	private static final long PATIENCE = TimeUnit.MILLISECONDS.toNanos(500);

	private final List<MessageHandler> handlers;

	DispatchWarmUp(List<MessageHandler> handlers) {
		this.handlers = handlers;
	}

	/**
	 * Send the messages. At the first failure, log it and stop: an application works
	 * without the warm-up.
	 * @param timeout the time for all messages together
	 */
	void run(Duration timeout) {
		long begun = System.nanoTime();
		long end = begun + timeout.toNanos();
		ThreadPoolTaskExecutor thread = new ThreadPoolTaskExecutor();
		thread.setThreadNamePrefix("spop-warm-up-");
		thread.setDaemon(true);
		try {
			thread.initialize();
			HandlerExecutor executor = new HandlerExecutor(thread);
			executor.afterSingletonsInstantiated();
			for (MessageHandler handler : this.handlers) {
				run(handler, executor, begun + PATIENCE, end);
			}
		}
		catch (Exception | LinkageError ex) {
			logger.debug("Not warmed up", ex);
		}
		finally {
			thread.shutdown();
		}
	}

	private static void run(MessageHandler handler, HandlerExecutor executor, long patience, long end) {
		MessageHandler idle = new MessageHandler(handler.message(), Set.of(), null, MessageDeclaration.NONE,
				handler.method().idle(), List.of());
		HandlerDispatcher dispatcher = new HandlerDispatcher(new HandlerMapping(List.of(idle)), executor, null);
		SpopExchange exchange = exchange(idle);
		for (int i = 0; i < ROUNDS; i++) {
			long now = System.nanoTime();
			if (i >= LEAST_ROUNDS && now - patience > 0) {
				break;
			}
			long left = end - now;
			Assert.state(left > 0, "It took too long");
			dispatcher.handle(exchange).block(Duration.ofNanos(left));
		}
	}

	/**
	 * Return an exchange with all arguments that the method takes. It is encoded and
	 * decoded as a frame of HAProxy is.
	 */
	private static SpopExchange exchange(MessageHandler handler) {
		SpopCodec codec = new SpopCodec(65536);
		ByteBuf buffer = Unpooled.buffer();
		String name = handler.isDefault() ? "warm-up" : handler.message();
		NotifyMessage message = new NotifyMessage(name, Arguments.of(handler.method().example()));
		codec.encode(new Frame.Notify(1, 1, message), buffer);
		if (codec.decode(buffer) instanceof Frame.Notify frame) {
			return MockSpopExchange.of(frame.messages());
		}
		throw new IllegalStateException("No NOTIFY in " + buffer);
	}

}
