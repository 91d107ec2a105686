package io.spop.benchmarks;

import java.util.concurrent.TimeUnit;

import io.netty.buffer.ByteBuf;
import io.spop.agent.SpopHandler;
import io.spop.protocol.Actions;
import io.spop.protocol.Argument;
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

import org.springframework.context.ConfigurableApplicationContext;

/**
 * Measures the cost of a NOTIFY of one message with three arguments, with an annotated
 * method as the handler and with an implementation of {@link SpopHandler}.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "-XX:+UseSerialGC")
public class DispatchBenchmark {

	private final ConfigurableApplicationContext context = Conversation.run(RequestLog.class);

	private final SpopHandler annotated = this.context.getBean(SpopHandler.class);

	private final SpopHandler byHand = new HandWrittenRequestLog();

	private final Conversation conversation = new Conversation(NotifyMessage.of(RequestLog.MESSAGE,
			new Argument("ip", new SpopValue.Ipv4(0xC6336407)), new Argument("country", SpopValue.of("DE")),
			new Argument("user_agent", SpopValue
				.of("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0"))));

	private final NotifyExchange exchange = new NotifyExchange(this.conversation.decode().messages());

	/**
	 * Stop the application.
	 */
	@TearDown
	public void close() {
		this.conversation.close();
		this.context.close();
	}

	/**
	 * Dispatch to the annotated method.
	 * @return its actions
	 * @throws Exception if it fails
	 */
	@Benchmark
	public Actions annotated() throws Exception {
		return Conversation.handle(this.annotated, this.exchange);
	}

	/**
	 * Call the handler written by hand.
	 * @return its actions
	 * @throws Exception if it fails
	 */
	@Benchmark
	public Actions byHand() throws Exception {
		return Conversation.handle(this.byHand, this.exchange);
	}

	/**
	 * Decode the NOTIFY, dispatch to the annotated method and encode the ACK.
	 * @return the ACK
	 * @throws Exception if something fails
	 */
	@Benchmark
	public ByteBuf decodeDispatchEncodeAnnotated() throws Exception {
		return this.conversation.answer(this.annotated);
	}

	/**
	 * Decode the NOTIFY, call the handler written by hand and encode the ACK.
	 * @return the ACK
	 * @throws Exception if something fails
	 */
	@Benchmark
	public ByteBuf decodeDispatchEncodeByHand() throws Exception {
		return this.conversation.answer(this.byHand);
	}

}
