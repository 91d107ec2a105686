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

/**
 * Messages that go through the dispatch before the first one of HAProxy, which waits for
 * 10 ms: a JVM that runs code for the first time takes longer. The methods of the
 * application are not called.
 */
final class DispatchWarmUp {

	private static final int ROUNDS = 200;

	private static final Duration TIMEOUT = Duration.ofSeconds(5);

	private final List<MessageHandler> handlers;

	private final HandlerExecutor executor;

	DispatchWarmUp(List<MessageHandler> handlers, HandlerExecutor executor) {
		this.handlers = handlers;
		this.executor = executor;
	}

	void run() {
		for (MessageHandler handler : this.handlers) {
			MessageHandler idle = new MessageHandler(handler.message(), Set.of(), null, handler.method().idle(),
					List.of());
			HandlerDispatcher dispatcher = new HandlerDispatcher(new HandlerMapping(List.of(idle)), this.executor,
					null);
			SpopExchange exchange = exchange(idle);
			for (int i = 0; i < ROUNDS; i++) {
				dispatcher.handle(exchange).onErrorComplete().block(TIMEOUT);
			}
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
