package io.spop.handler;

import java.net.SocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.spop.agent.SpopConnection;
import io.spop.agent.SpopExchange;
import io.spop.codec.SpopCodec;
import io.spop.protocol.Arguments;
import io.spop.protocol.Capability;
import io.spop.protocol.Frame;
import io.spop.protocol.NotifyMessage;
import org.jspecify.annotations.Nullable;

/**
 * Sends messages through the dispatch before a real one comes: HAProxy waits 10 ms, and a
 * JVM that runs code for the first time takes longer. The methods themselves are not
 * called.
 */
final class WarmUp {

	private static final int ROUNDS = 200;

	private static final Duration TIMEOUT = Duration.ofSeconds(5);

	private final List<MessageHandler> handlers;

	private final HandlerExecutor executor;

	WarmUp(List<MessageHandler> handlers, HandlerExecutor executor) {
		this.handlers = handlers;
		this.executor = executor;
	}

	void run() {
		for (MessageHandler handler : this.handlers) {
			MessageHandler idle = new MessageHandler(handler.message(), Set.of(), null, handler.method().idle(),
					List.of());
			HandlerDispatcher dispatcher = new HandlerDispatcher(new HandlerMapping(List.of(idle)), this.executor,
					null);
			WarmUpExchange exchange = exchange(idle);
			for (int i = 0; i < ROUNDS; i++) {
				dispatcher.handle(exchange).onErrorComplete().block(TIMEOUT);
			}
		}
	}

	/**
	 * Return an exchange with all that the method asks for, in the bytes in which it
	 * would come.
	 */
	private static WarmUpExchange exchange(MessageHandler handler) {
		SpopCodec codec = new SpopCodec(65536);
		ByteBuf buffer = Unpooled.buffer();
		String name = handler.message().equals(MessageHandler.DEFAULT) ? "unknown" : handler.message();
		NotifyMessage message = new NotifyMessage(name, Arguments.of(handler.method().example()));
		codec.encode(new Frame.Notify(1, 1, message), buffer);
		if (codec.decode(buffer) instanceof Frame.Notify frame) {
			return new WarmUpExchange(frame.messages());
		}
		throw new IllegalStateException("No NOTIFY in " + buffer);
	}

	/**
	 * What is behind the messages of the warm-up.
	 *
	 * @param messages the messages
	 */
	private record WarmUpExchange(List<NotifyMessage> messages) implements SpopExchange, SpopConnection {

		@Override
		public long streamId() {
			return 1;
		}

		@Override
		public long frameId() {
			return 1;
		}

		@Override
		public SpopConnection connection() {
			return this;
		}

		@Override
		public Instant deadline() {
			return Instant.now().plus(TIMEOUT);
		}

		@Override
		public String id() {
			return "warm-up";
		}

		@Override
		public String listener() {
			return "warm-up";
		}

		@Override
		public @Nullable SocketAddress remoteAddress() {
			return null;
		}

		@Override
		public @Nullable String engineId() {
			return null;
		}

		@Override
		public Instant openedAt() {
			return Instant.now();
		}

		@Override
		public int inFlight() {
			return 1;
		}

		@Override
		public long framesReceived() {
			return 1;
		}

		@Override
		public long framesSent() {
			return 1;
		}

		@Override
		public @Nullable String lastError() {
			return null;
		}

		@Override
		public Set<Capability> capabilities() {
			return Set.of();
		}

		@Override
		public int maxFrameSize() {
			return 16380;
		}

	}

}
