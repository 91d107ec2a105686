package io.spop.benchmarks;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.spop.agent.SpopHandler;
import io.spop.boot.autoconfigure.SpopHandlerAutoConfiguration;
import io.spop.codec.SpopCodec;
import io.spop.protocol.Actions;
import io.spop.protocol.Frame;
import io.spop.protocol.NotifyMessage;

import org.springframework.boot.Banner;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * Does what an agent does with a NOTIFY, without a network, for the same NOTIFY again and
 * again.
 */
final class Conversation {

	private static final Duration TIMEOUT = Duration.ofSeconds(1);

	private final SpopCodec codec = new SpopCodec(16380);

	private final ByteBuf in = ByteBufAllocator.DEFAULT.ioBuffer();

	private final ByteBuf out = Unpooled.buffer();

	/**
	 * Encode the NOTIFY.
	 * @param message its message
	 */
	Conversation(NotifyMessage message) {
		this.codec.encode(new Frame.Notify(1, 1, message), this.in);
	}

	/**
	 * Start an application with annotated handlers.
	 * @param beans the handlers
	 * @return the application, whose {@link SpopHandler} calls them
	 */
	static ConfigurableApplicationContext run(Class<?>... beans) {
		SpringApplication application = new SpringApplication(beans);
		application.addPrimarySources(List.of(SpopHandlerAutoConfiguration.class));
		application.setBannerMode(Banner.Mode.OFF);
		application.setLogStartupInfo(false);
		return application.run();
	}

	Frame.Notify decode() {
		this.in.readerIndex(0);
		byte[] bytes = new byte[this.in.readableBytes()];
		this.in.readBytes(bytes);
		return (Frame.Notify) this.codec.decode(bytes, 0, this.codec.size(bytes, 0, bytes.length));
	}

	/**
	 * Decode the NOTIFY, ask the handler and encode the ACK.
	 * @param handler the handler
	 * @return the ACK
	 * @throws Exception if something fails
	 */
	ByteBuf answer(SpopHandler handler) throws Exception {
		Frame.Notify notify = decode();
		Actions actions = handle(handler, new NotifyExchange(notify.messages()));
		this.out.clear();
		this.codec.encode(new Frame.Ack(notify.streamId(), notify.frameId(), actions), this.out);
		return this.out;
	}

	/**
	 * Ask a handler as the agent does.
	 */
	static Actions handle(SpopHandler handler, NotifyExchange exchange) throws Exception {
		handler.timeout(exchange, TIMEOUT);
		Object actions = ((Callable<?>) handler.handle(exchange)).call();
		return (actions != null) ? (Actions) actions : Actions.none();
	}

	void close() {
		this.in.release();
		this.out.release();
	}

}
