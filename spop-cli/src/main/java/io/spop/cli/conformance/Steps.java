package io.spop.cli.conformance;

import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

/**
 * The steps that cases consist of.
 */
final class Steps {

	static final String PIPELINING = "pipelining";

	static final String FRAGMENTATION = "fragmentation";

	private static final Pattern VERSION_2_0 = Pattern.compile(" *2\\.0+ *");

	private static final int SMALLEST_SIZE = 256;

	private Steps() {
	}

	// What is sent

	/** One write, if HAProxy may send frames of this size to this agent. */
	static Step send(String text, Bytes... frames) {
		Bytes bytes = Bytes.join(frames);
		int longest = Arrays.stream(frames).mapToInt(Bytes::length).max().orElse(0) - Integer.BYTES;
		return new Step("send " + text, List.of(frames), (conversation) -> {
			int negotiated = conversation.peer().negotiated();
			if (longest > negotiated) {
				throw new Skipped("the agent lowered max-frame-size to " + negotiated);
			}
			conversation.peer().connection().write(bytes.toArray());
		});
	}

	/** One write, whatever size was negotiated. */
	static Step sendAnyway(Bytes frame) {
		return new Step("send a frame", List.of(frame),
				(conversation) -> conversation.peer().connection().write(frame.toArray()));
	}

	static Step send(Bytes... frames) {
		return send((frames.length == 1) ? "a frame" : frames.length + " frames in one write", frames);
	}

	/** A write for each piece, which ends at these offsets. */
	static Step sendInPieces(Bytes bytes, int... ends) {
		byte[] all = bytes.toArray();
		return new Step("send it in pieces, cut after byte " + Arrays.toString(ends), List.of(bytes),
				(conversation) -> {
					int start = 0;
					for (int i = 0; i <= ends.length; i++) {
						int end = (i == ends.length) ? all.length : ends[i];
						conversation.peer().connection().write(Arrays.copyOfRange(all, start, end));
						start = end;
						if (i < ends.length) {
							Thread.sleep(5);
						}
					}
				});
	}

	static Step connect() {
		return new Step("connect", List.of(), Conversation::peer);
	}

	static Step close() {
		return new Step("close the connection", List.of(), (conversation) -> {
			conversation.peer().connection().close();
			conversation.forget();
		});
	}

	static Step reset() {
		return new Step("reset the connection (RST)", List.of(), (conversation) -> {
			conversation.peer().connection().reset();
			conversation.forget();
		});
	}

	static Step halfClose() {
		return new Step("close the direction to the agent (FIN)", List.of(),
				(conversation) -> conversation.peer().connection().shutdownOutput());
	}

	/** Do these steps on a connection of its own. */
	static Step on(String name, Step... steps) {
		List<Bytes> sent = Arrays.stream(steps).flatMap((step) -> step.sent().stream()).toList();
		String text = String.join("; ", Arrays.stream(steps).map(Step::text).toList());
		return new Step("on " + name + ": " + text, sent, (conversation) -> {
			String before = conversation.use(name);
			for (Step step : steps) {
				step.perform(conversation);
			}
			conversation.use(before);
		});
	}

	static Step all(String text, List<Step> steps) {
		return new Step(text, steps.stream().flatMap((step) -> step.sent().stream()).toList(), (conversation) -> {
			for (Step step : steps) {
				step.perform(conversation);
			}
		});
	}

	// The handshake

	/** A handshake as HAProxy makes it since 3.1. */
	static Step greeted() {
		return greeted(Wire.OFFERED, Wire.hello());
	}

	static Step greeted(int offered, Bytes hello) {
		return new Step("a handshake: send HAPROXY-HELLO, get AGENT-HELLO", List.of(hello), (conversation) -> {
			conversation.peer().connection().write(hello.toArray());
			checkHello(conversation, conversation.peer().frame(), offered);
		});
	}

	static Step agentHello(int offered) {
		return new Step("expect AGENT-HELLO that HAProxy accepts", List.of(),
				(conversation) -> checkHello(conversation, conversation.peer().frame(), offered));
	}

	/** An AGENT-HELLO that fulfils a condition which HAProxy does not always have. */
	static Step agentHello(String text, Consumer<AgentFrame> check) {
		return new Step("expect AGENT-HELLO " + text, List.of(), (conversation) -> {
			AgentFrame frame = conversation.peer().frame();
			require(frame, frame.is(Wire.AGENT_HELLO));
			check.accept(frame);
		});
	}

	static void require(AgentFrame frame, boolean condition) {
		if (!condition) {
			throw new WrongAnswer(frame.describe());
		}
	}

	static void requireItem(AgentFrame frame, String key, Predicate<AgentFrame.Value> condition) {
		AgentFrame.Value value = frame.items().get(key);
		require(frame, value != null && condition.test(value));
	}

	private static void checkHello(Conversation conversation, AgentFrame frame, int offered) throws IOException {
		require(frame, frame.is(Wire.AGENT_HELLO) && frame.isFinal() && frame.streamId() == 0 && frame.frameId() == 0);
		requireItem(frame, "version", Steps::isVersion);
		requireItem(frame, "max-frame-size", (value) -> isSize(value, offered));
		AgentFrame.Value capabilities = frame.items().get("capabilities");
		require(frame, capabilities == null || capabilities.type() == 8);
		AgentFrame.Value size = Objects.requireNonNull(frame.items().get("max-frame-size"));
		conversation.peer().agreed(Integer.parseInt(size.text()), (capabilities != null) ? capabilities.text() : "");
	}

	static boolean isVersion(AgentFrame.Value value) {
		return value.type() == 8 && VERSION_2_0.matcher(value.text()).matches();
	}

	static boolean isSize(AgentFrame.Value value, int offered) {
		if (!value.isInteger() || !value.text().matches("\\d{1,9}")) {
			return false;
		}
		int size = Integer.parseInt(value.text());
		return size >= SMALLEST_SIZE && size <= offered;
	}

	/** Skip the case unless the agent announced a capability. */
	static Step needs(String capability) {
		return new Step("only if the agent announced " + capability, List.of(), (conversation) -> {
			if (!conversation.peer().has(capability)) {
				throw new Skipped("the agent did not announce " + capability);
			}
		});
	}

	static Step needsNo(String capability) {
		return new Step("only if the agent did not announce " + capability, List.of(), (conversation) -> {
			if (conversation.peer().has(capability)) {
				throw new Skipped("the agent announced " + capability);
			}
		});
	}

	/** Skip the case unless the agent agreed to the size that was offered. */
	static Step onlyIfNegotiated(int size) {
		return new Step("only if the agent agreed to max-frame-size " + size, List.of(), (conversation) -> {
			int negotiated = conversation.peer().negotiated();
			if (negotiated != size) {
				throw new Skipped("the agent lowered max-frame-size to " + negotiated);
			}
		});
	}

	// What has to come

	static Step ack(long streamId, long frameId) {
		return ack(streamId, frameId, "", (frame) -> {
		});
	}

	static Step ack(long streamId, long frameId, String text, Consumer<AgentFrame> check) {
		return new Step("expect " + ackName(streamId, frameId) + text, List.of(), (conversation) -> {
			AgentFrame frame = conversation.peer().frame();
			checkAck(conversation, frame);
			require(frame, frame.streamId() == streamId && frame.frameId() == frameId);
			check.accept(frame);
		});
	}

	/** A frame of this type that fulfils a condition. */
	static Step received(int type, String text, Consumer<AgentFrame> check) {
		return new Step("expect " + text, List.of(), (conversation) -> {
			AgentFrame frame = conversation.peer().frame();
			require(frame, frame.is(type));
			check.accept(frame);
		});
	}

	/** An ACK, before which one with the other ids may come. */
	static Step ackAfter(Id id, Id other) {
		return new Step("expect " + ackName(id.stream(), id.frame()) + ", and at most one of " + other + " before it",
				List.of(), (conversation) -> {
					AgentFrame frame = conversation.peer().frame();
					checkAck(conversation, frame);
					if (frame.streamId() == other.stream() && frame.frameId() == other.frame()) {
						frame = conversation.peer().frame();
						checkAck(conversation, frame);
					}
					require(frame, frame.streamId() == id.stream() && frame.frameId() == id.frame());
				});
	}

	/** One ACK for each of these ids, in any order. */
	static Step acks(List<Id> ids) {
		return acks(ids, "", (frame) -> {
		});
	}

	static Step acks(List<Id> ids, String text, Consumer<AgentFrame> check) {
		return new Step("expect an ACK for each of " + ids.size() + " NOTIFYs, in any order" + text, List.of(),
				(conversation) -> {
					Set<Id> open = new LinkedHashSet<>(ids);
					while (!open.isEmpty()) {
						AgentFrame frame;
						try {
							frame = conversation.peer().frame();
						}
						catch (WrongAnswer ex) {
							String came = ex.came() + ", while the ACKs of these were missing: " + open;
							throw ex.isLate() ? WrongAnswer.late(came) : new WrongAnswer(came);
						}
						checkAck(conversation, frame);
						if (!open.remove(new Id(frame.streamId(), frame.frameId()))) {
							throw new WrongAnswer(frame.describe() + ", while the ACKs of these were missing: " + open);
						}
						check.accept(frame);
					}
				});
	}

	/** For what HAProxy never sends, an answer and a refusal are equally good. */
	static Step ackOrRefusal(long streamId, long frameId) {
		return new Step("expect " + ackName(streamId, frameId) + ", AGENT-DISCONNECT or the end of the connection",
				List.of(), (conversation) -> {
					AgentFrame frame = conversation.peer().frameOrEnd();
					if (frame != null && !frame.is(Wire.AGENT_DISCONNECT)) {
						checkAck(conversation, frame);
						require(frame, frame.streamId() == streamId && frame.frameId() == frameId);
					}
				});
	}

	static Step helloOrRefusal() {
		return new Step("expect AGENT-HELLO, AGENT-DISCONNECT or the end of the connection", List.of(),
				(conversation) -> {
					AgentFrame frame = conversation.peer().frameOrEnd();
					if (frame != null) {
						require(frame, frame.is(Wire.AGENT_HELLO) || frame.is(Wire.AGENT_DISCONNECT));
					}
				});
	}

	static Step refusal() {
		return new Step("expect AGENT-DISCONNECT or the end of the connection", List.of(), (conversation) -> {
			AgentFrame frame = conversation.peer().frameOrEnd();
			if (frame != null) {
				require(frame, frame.is(Wire.AGENT_DISCONNECT));
			}
		});
	}

	static Step agentDisconnect() {
		return new Step("expect AGENT-DISCONNECT", List.of(), (conversation) -> {
			AgentFrame frame = beforeEnd(conversation);
			if (frame == null) {
				throw new WrongAnswer("the end of the connection");
			}
		});
	}

	/**
	 * An AGENT-DISCONNECT that fulfils a condition. That there is one at all is another
	 * case.
	 */
	static Step agentDisconnect(String text, Consumer<AgentFrame> check) {
		return new Step("expect AGENT-DISCONNECT" + text, List.of(), (conversation) -> {
			AgentFrame frame;
			try {
				frame = beforeEnd(conversation);
			}
			catch (WrongAnswer ex) {
				frame = null;
			}
			if (frame == null) {
				throw new Skipped("the agent sent no AGENT-DISCONNECT");
			}
			check.accept(frame);
		});
	}

	private static @Nullable AgentFrame beforeEnd(Conversation conversation) throws IOException, InterruptedException {
		long deadline = System.nanoTime() + conversation.timeout().toNanos();
		AgentFrame frame = conversation.peer().frameOrEnd();
		while (frame != null && frame.is(Wire.ACK)) {
			if (System.nanoTime() - deadline > 0) {
				throw WrongAnswer
					.late("ACKs without end, the last one after " + conversation.timeout().toMillis() + " ms");
			}
			frame = conversation.peer().frameOrEnd();
		}
		if (frame != null) {
			require(frame, frame.is(Wire.AGENT_DISCONNECT));
		}
		return frame;
	}

	/** Wait until the agent has dealt with what was sent, whatever it makes of it. */
	static Step anything() {
		return new Step("wait for an answer or the end of the connection", List.of(), (conversation) -> {
			try {
				conversation.peer().frameOrEnd();
			}
			catch (WrongAnswer ex) {
				// Another case is about that
			}
		});
	}

	/** Whatever an agent makes of a frame, it is an answer. */
	static Step anyAnswer() {
		return new Step("expect ACK, AGENT-DISCONNECT or the end of the connection", List.of(), (conversation) -> {
			AgentFrame frame = conversation.peer().frameOrEnd();
			if (frame != null) {
				require(frame, frame.is(Wire.ACK) || frame.is(Wire.AGENT_DISCONNECT));
			}
		});
	}

	/** What comes before the end does not matter. */
	static Step closed() {
		return new Step("expect the end of the connection", List.of(), (conversation) -> {
			long deadline = System.nanoTime() + conversation.timeout().toNanos();
			String open = "the connection was open after " + conversation.timeout().toMillis() + " ms";
			AgentFrame last = null;
			try {
				for (AgentFrame next = conversation.peer().frameOrEnd(); next != null; next = conversation.peer()
					.frameOrEnd()) {
					last = next;
					if (System.nanoTime() - deadline > 0) {
						throw WrongAnswer.late(open);
					}
				}
			}
			catch (WrongAnswer ex) {
				throw !ex.isLate() ? ex : WrongAnswer.late(open + after(last));
			}
		});
	}

	private static String after(@Nullable AgentFrame frame) {
		return (frame != null) ? ", after " + frame.describe() : "";
	}

	/** Nothing but the end of the connection may come for a short time. */
	static Step nothing(String but) {
		return new Step("expect nothing" + but, List.of(), (conversation) -> {
			String surplus = conversation.peer().surplus();
			if (surplus != null) {
				throw new WrongAnswer(surplus);
			}
		});
	}

	/** A handshake, a NOTIFY and its ACK on a new connection. */
	static Step serves() {
		Step exchange = on("another connection", greeted(), send(Wire.notifyOf(1, 1)), ack(1, 1), close());
		return new Step("expect that the agent serves another connection", List.of(), exchange::perform);
	}

	static Step inOnePiece(int offered) {
		return new Step("expect AGENT-HELLO in one piece", List.of(), (conversation) -> {
			checkHello(conversation, conversation.peer().frame(), offered);
			// Pieces that end before byte 11 do no harm
			for (int size : conversation.peer().pieces()) {
				if (size >= 11) {
					throw new WrongAnswer("AGENT-HELLO in pieces, the first of " + size + " bytes");
				}
			}
		});
	}

	private static void checkAck(Conversation conversation, AgentFrame frame) throws IOException {
		require(frame, frame.is(Wire.ACK) && frame.isFinal() && frame.length() <= conversation.peer().negotiated());
	}

	private static String ackName(long streamId, long frameId) {
		return "ACK of stream " + Long.toUnsignedString(streamId) + ", frame " + Long.toUnsignedString(frameId);
	}

	static boolean sets(AgentFrame frame, String variable, Predicate<AgentFrame.Value> condition) {
		return frame.actions()
			.stream()
			.anyMatch((action) -> action.variable().equals(variable) && action.value() != null
					&& condition.test(action.value()));
	}

	/**
	 * The ids of a NOTIFY.
	 *
	 * @param stream the stream id
	 * @param frame the frame id
	 */
	record Id(long stream, long frame) {

		@Override
		public String toString() {
			return "stream " + Long.toUnsignedString(this.stream) + " frame " + Long.toUnsignedString(this.frame);
		}

	}

}
