package io.spop.benchmarks;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.spop.agent.SpopHandler;
import io.spop.boot.autoconfigure.SpopHandlerAutoConfiguration;
import io.spop.codec.SpopCodec;
import io.spop.protocol.Actions;
import io.spop.protocol.Argument;
import io.spop.protocol.Frame;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopValue;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import reactor.core.Fuseable;

import org.springframework.boot.Banner;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * What a NOTIFY of one message with three arguments costs when an annotated method
 * handles it, and when code against {@link SpopHandler} does.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "-XX:+UseSerialGC")
public class DispatchBenchmark {

	private static final Duration TIMEOUT = Duration.ofSeconds(1);

	private final ConfigurableApplicationContext context = run();

	private final SpopHandler annotated = this.context.getBean(SpopHandler.class);

	private final SpopHandler byHand = new HandWrittenRequestLog();

	private final SpopCodec codec = new SpopCodec(16380);

	private final ByteBuf in = Unpooled.directBuffer();

	private final ByteBuf out = Unpooled.directBuffer();

	private final NotifyExchange exchange;

	/**
	 * Encode the NOTIFY that all benchmarks handle.
	 */
	public DispatchBenchmark() {
		NotifyMessage message = NotifyMessage.of(RequestLog.MESSAGE, new Argument("ip", new SpopValue.Ipv4(0xC6336407)),
				new Argument("country", SpopValue.of("DE")), new Argument("user_agent", SpopValue
					.of("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0")));
		this.codec.encode(new Frame.Notify(1, 1, message), this.in);
		this.exchange = new NotifyExchange(decode().messages());
	}

	private static ConfigurableApplicationContext run() {
		SpringApplication application = new SpringApplication(SpopHandlerAutoConfiguration.class, RequestLog.class);
		application.setBannerMode(Banner.Mode.OFF);
		application.setLogStartupInfo(false);
		return application.run();
	}

	/**
	 * Stop the application.
	 */
	@TearDown
	public void close() {
		this.context.close();
	}

	/**
	 * Dispatch to the annotated method.
	 * @return its actions
	 * @throws Exception if it fails
	 */
	@Benchmark
	public Actions annotated() throws Exception {
		return handle(this.annotated, this.exchange);
	}

	/**
	 * Call the handler written by hand.
	 * @return its actions
	 * @throws Exception if it fails
	 */
	@Benchmark
	public Actions byHand() throws Exception {
		return handle(this.byHand, this.exchange);
	}

	/**
	 * Decode the NOTIFY, dispatch to the annotated method and encode the ACK.
	 * @return the ACK
	 * @throws Exception if something fails
	 */
	@Benchmark
	public ByteBuf decodeDispatchEncodeAnnotated() throws Exception {
		return decodeDispatchEncode(this.annotated);
	}

	/**
	 * Decode the NOTIFY, call the handler written by hand and encode the ACK.
	 * @return the ACK
	 * @throws Exception if something fails
	 */
	@Benchmark
	public ByteBuf decodeDispatchEncodeByHand() throws Exception {
		return decodeDispatchEncode(this.byHand);
	}

	private ByteBuf decodeDispatchEncode(SpopHandler handler) throws Exception {
		Frame.Notify notify = decode();
		Actions actions = handle(handler, new NotifyExchange(notify.messages()));
		this.out.clear();
		this.codec.encode(new Frame.Ack(notify.streamId(), notify.frameId(), actions), this.out);
		return this.out;
	}

	private Frame.Notify decode() {
		this.in.readerIndex(0);
		return (Frame.Notify) Objects.requireNonNull(this.codec.decode(this.in));
	}

	/**
	 * Ask a handler as the agent does.
	 */
	private static Actions handle(SpopHandler handler, NotifyExchange exchange) throws Exception {
		handler.timeout(exchange, TIMEOUT);
		Object actions = ((Callable<?>) (Fuseable.ScalarCallable<?>) handler.handle(exchange)).call();
		return (actions != null) ? (Actions) actions : Actions.none();
	}

}
