package io.spop.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.netty.buffer.ByteBuf;
import io.spop.agent.SpopHandler;
import io.spop.annotation.NonBlocking;
import io.spop.annotation.SpopMessage;
import io.spop.protocol.Actions;
import io.spop.protocol.Argument;
import io.spop.protocol.Arguments;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopValue;
import io.spop.protocol.VarScope;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

import org.springframework.context.ConfigurableApplicationContext;

/**
 * Measures the cost of a NOTIFY from its bytes to the bytes of its ACK, by the number of
 * arguments or by the size of a body, with an annotated method that reads all values and
 * with one that reads none.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "-XX:+UseSerialGC")
public class NotifyBenchmark {

	private static final String READ_ALL = "read-all";

	private static final String READ_NONE = "read-none";

	/**
	 * Answer a message with some number of arguments.
	 * @param content the message
	 * @return the ACK
	 * @throws Exception if something fails
	 */
	@Benchmark
	public ByteBuf arguments(ArgumentCount content) throws Exception {
		return content.answer();
	}

	/**
	 * Answer a message with three arguments and a body of some size.
	 * @param content the message
	 * @return the ACK
	 * @throws Exception if something fails
	 */
	@Benchmark
	public ByteBuf body(BodySize content) throws Exception {
		return content.answer();
	}

	/**
	 * A message, and an application that handles it.
	 */
	@State(Scope.Thread)
	public abstract static class Content {

		/** The name of the message, which selects the handler. */
		@Param({ READ_ALL, READ_NONE })
		String message = "";

		private final ConfigurableApplicationContext context = Conversation.run(Readers.class);

		private final SpopHandler handler = this.context.getBean(SpopHandler.class);

		private final List<Argument> arguments = new ArrayList<>();

		private Conversation conversation = new Conversation(NotifyMessage.of(""));

		void add(String name, SpopValue value) {
			this.arguments.add(new Argument(name, value));
		}

		void begin() {
			this.conversation.close();
			this.conversation = new Conversation(new NotifyMessage(this.message, Arguments.of(this.arguments)));
		}

		ByteBuf answer() throws Exception {
			return this.conversation.answer(this.handler);
		}

		/**
		 * Stop the application.
		 */
		@TearDown
		public void close() {
			this.conversation.close();
			this.context.close();
		}

	}

	/**
	 * A message with texts of 17 bytes.
	 */
	public static class ArgumentCount extends Content {

		/** The number of arguments. */
		@Param({ "1", "3", "10", "15", "100", "250" })
		int count;

		/**
		 * Make the message.
		 */
		@Setup
		public void setUp() {
			for (int i = 0; i < this.count; i++) {
				add("arg" + i, SpopValue.of("some header value"));
			}
			begin();
		}

	}

	/**
	 * A message with a body.
	 */
	public static class BodySize extends Content {

		/** The size of the body in bytes. */
		@Param({ "1024", "15360" })
		int size;

		/**
		 * Make the message.
		 */
		@Setup
		public void setUp() {
			add("ip", new SpopValue.Ipv4(0xC6336407));
			add("country", SpopValue.of("DE"));
			add("user_agent", SpopValue.of("Mozilla/5.0 (X11; Linux x86_64) curl/8.0.1"));
			add("body", SpopValue.of(new byte[this.size]));
			begin();
		}

	}

	/**
	 * Handles messages with any arguments.
	 */
	static class Readers {

		@SpopMessage(READ_ALL)
		@NonBlocking
		Actions readAll(Arguments arguments) {
			int score = 0;
			for (int i = 0; i < arguments.size(); i++) {
				score += read(arguments.value(i));
			}
			return Actions.set(VarScope.SESSION, "score", score);
		}

		@SpopMessage(READ_NONE)
		@NonBlocking
		Actions readNone() {
			return Actions.set(VarScope.SESSION, "score", 1);
		}

		private static int read(SpopValue value) {
			if (value instanceof SpopValue.Text text) {
				return text.toString().length();
			}
			if (value instanceof SpopValue.Binary binary) {
				return binary.toByteArray().length;
			}
			return (value instanceof SpopValue.Ipv4 address) ? address.toInetAddress().hashCode() : 0;
		}

	}

}
