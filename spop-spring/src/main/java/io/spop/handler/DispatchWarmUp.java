package io.spop.handler;

import java.time.Duration;
import java.util.List;
import java.util.Set;

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
 * Messages that go through the dispatch before the first one of HAProxy, which waits for
 * 10 ms: a JVM that runs code for the first time takes longer. The methods of the
 * application are not called. Methods that may block have a thread of the warm-up's own
 * in place of the application's executor, which may be busy, and of its task decorators.
 */
final class DispatchWarmUp {

	private static final Log logger = LogFactory.getLog(DispatchWarmUp.class);

	private static final int ROUNDS = 200;

	private final List<MessageHandler> handlers;

	DispatchWarmUp(List<MessageHandler> handlers) {
		this.handlers = handlers;
	}

	/**
	 * Send the messages, until one of them fails. That is logged and not thrown: an
	 * application works without the warm-up.
	 * @param timeout how long all messages may take together
	 */
	void run(Duration timeout) {
		long end = System.nanoTime() + timeout.toNanos();
		ThreadPoolTaskExecutor thread = new ThreadPoolTaskExecutor();
		thread.setThreadNamePrefix("spop-warm-up-");
		thread.setDaemon(true);
		try {
			thread.initialize();
			HandlerExecutor executor = new HandlerExecutor(thread);
			executor.afterSingletonsInstantiated();
			for (MessageHandler handler : this.handlers) {
				run(handler, executor, end);
			}
		}
		catch (Exception | LinkageError ex) {
			logger.debug("Not warmed up", ex);
		}
		finally {
			thread.shutdown();
		}
	}

	private static void run(MessageHandler handler, HandlerExecutor executor, long end) {
		MessageHandler idle = new MessageHandler(handler.message(), Set.of(), null, MessageDeclaration.NONE,
				handler.method().idle(), List.of());
		HandlerDispatcher dispatcher = new HandlerDispatcher(new HandlerMapping(List.of(idle)), executor, null);
		SpopExchange exchange = exchange(idle);
		for (int i = 0; i < ROUNDS; i++) {
			long left = end - System.nanoTime();
			Assert.state(left > 0, "It took too long");
			dispatcher.handle(exchange).block(Duration.ofNanos(left));
		}
	}

	/**
	 * Return an exchange with all that the method asks for, in the bytes in which it
	 * would come.
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
