package io.spop.agent;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.TimeUnit;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.spop.fuzzing.Wire;
import io.spop.protocol.Actions;
import io.spop.protocol.VarScope;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.netty.resources.LoopResources;

/**
 * One connection of an agent, which a test feeds with bytes on its own thread. The frames
 * that the agent writes are compared with those that it has to write by the
 * specification, which {@link Expectation} knows.
 */
final class Conversation {

	static final int MAX_FRAME = 65536;

	/** What the agent accepts before the handshake. */
	static final int MAX_HELLO = 16384;

	static final int MAX_FRAGMENTED = 600;

	static final int MAX_IN_FLIGHT = 3;

	private static final int MAX_MESSAGES_IN_FLIGHT = 8 * MAX_IN_FLIGHT;

	private static final long MAX_BUFFERED = 1 << 24;

	private static final String LISTENER = "fuzz";

	private static final Duration NEVER = Duration.ofHours(1);

	/** Lends its event loop to all connections. Its time stands still. */
	private static final EmbeddedChannel LOOP = new EmbeddedChannel();

	private static final EventLoopIo IO = new EventLoopIo(LOOP.eventLoop());

	private static final LoopResources NO_LOOPS = LoopResources.create(LISTENER);

	/** A connection that keeps its place keeps the next one from its handshake. */
	private static final SessionLimit ONE_PLACE = new SessionLimit(1);

	private static final Queue<MonoSink<Actions>> LATER = new ArrayDeque<>();

	private static final AgentRuntime WHOLE = runtime(false);

	private static final AgentRuntime FRAGMENTED = runtime(true);

	static {
		LOOP.freezeTime();
	}

	private final boolean fragmentation;

	private final AgentRuntime agent;

	private final Counts counts = new Counts();

	private final ByteArrayOutputStream out = new ByteArrayOutputStream();

	/**
	 * Create a connection.
	 * @param fragmentation whether the agent accepts fragments
	 */
	Conversation(boolean fragmentation) {
		this.fragmentation = fragmentation;
		this.agent = fragmentation ? FRAGMENTED : WHOLE;
	}

	private static AgentRuntime runtime(boolean fragmentation) {
		AgentSettings settings = new AgentSettings();
		settings.maxFrameSize = MAX_FRAME;
		settings.maxHelloSize = MAX_HELLO;
		settings.maxFragmentedSize = fragmentation ? MAX_FRAGMENTED : 0;
		settings.maxInFlight = MAX_IN_FLIGHT;
		settings.maxBufferedBytes = MAX_BUFFERED;
		settings.handlerTimeout = NEVER;
		settings.maxBlockedNanos = Long.MAX_VALUE;
		settings.fallback = Actions.set(VarScope.TRANSACTION, "fallback", true);
		settings.handler = Conversation::handle;
		return new AgentRuntime(settings, NO_LOOPS);
	}

	/** How it handles a NOTIFY depends on the messages alone, which a peer chooses. */
	private static Mono<Actions> handle(SpopExchange exchange) {
		String messages = Wire.describe(exchange.messages());
		Actions actions = Actions.set(VarScope.SESSION, "seen", hash(messages));
		return switch (hash(messages) & 7) {
			case 0 -> Mono.empty();
			case 1 -> throw new IllegalStateException("A handler that fails");
			case 2 -> Mono.error(new IllegalStateException("A result that fails"));
			case 3 -> Mono.just(Actions.set(VarScope.SESSION, "large", new byte[MAX_FRAME]));
			case 4, 5 -> Mono.<Actions>create(LATER::add).then(Mono.just(actions));
			default -> Mono.just(actions);
		};
	}

	/** The hash of messages without their number behind. */
	private static int hash(String messages) {
		return messages.substring(0, messages.lastIndexOf(']') + 1).hashCode();
	}

	/**
	 * Feed the connection, and compare what it answers.
	 * @param bytes what the peer sends
	 * @param pieces the length of each piece, from the first on again and again; empty
	 * for all bytes in one piece
	 */
	void feed(byte[] bytes, int[] pieces) {
		LATER.clear();
		EmbeddedChannel channel = new EmbeddedChannel(
				new ConnectionHandler(new AgentConnection(this.agent, LISTENER, this.counts, ONE_PLACE, IO)));
		int sent = 0;
		for (int i = 0; sent < bytes.length && channel.isOpen(); i++) {
			int length = (pieces.length == 0) ? bytes.length : 1 + pieces[i % pieces.length];
			int end = Math.min(bytes.length, sent + length);
			ByteBuf piece = Unpooled.wrappedBuffer(bytes, sent, end - sent);
			channel.writeInbound(piece);
			sent = end;
			take(channel);
			require(piece.refCnt() == 0, "A buffer was not released");
			// Arrays grow by doubling. Fragments that were put together are kept beside
			// what follows them
			require(this.agent.buffered().get() <= 3L * sent,
					"Kept " + this.agent.buffered().get() + " bytes of " + sent);
		}
		while (!LATER.isEmpty()) {
			LATER.remove().success();
			take(channel);
		}
		List<String> frames = frames();
		List<String> expected = new Expectation(bytes, this.fragmentation).frames();
		require(frames.equals(expected), "Expected " + expected + ", not " + frames);
		channel.close();
		take(channel);
		channel.checkException();
		closed();
		channel.finishAndReleaseAll();
	}

	private void take(EmbeddedChannel channel) {
		channel.runPendingTasks();
		LOOP.runPendingTasks();
		for (ByteBuf out = channel.readOutbound(); out != null; out = channel.readOutbound()) {
			byte[] bytes = new byte[out.readableBytes()];
			out.readBytes(bytes);
			this.out.writeBytes(bytes);
			out.release();
		}
	}

	private List<String> frames() {
		byte[] bytes = this.out.toByteArray();
		List<String> frames = new ArrayList<>();
		int start = 0;
		while (start < bytes.length) {
			int end = start + 4 + Expectation.length(bytes, start);
			frames.add(Wire.read(bytes, start, end));
			start = end;
		}
		return frames;
	}

	/** Nothing may remain of a connection that has closed. */
	private void closed() {
		require(this.agent.connections().isEmpty(), "The connection is still listed");
		require(this.agent.buffered().get() == 0, "Bytes are kept");
		require(this.counts.opened == 1 && this.counts.closed == 1, "Not opened and closed once");
		require(this.counts.started == this.counts.ended,
				"NOTIFYs started: " + this.counts.started + ", ended: " + this.counts.ended);
		long acks = frames().stream().filter((frame) -> frame.startsWith("ACK")).count();
		require(this.counts.answered == acks, "NOTIFYs answered: " + this.counts.answered + ", ACKs: " + acks);
		LOOP.advanceTimeBy(2, TimeUnit.SECONDS);
		require(LOOP.runScheduledPendingTasks() == -1, "A timer runs");
	}

	private static void require(boolean condition, String message) {
		if (!condition) {
			throw new AssertionError(message);
		}
	}

	/**
	 * What the agent has counted.
	 */
	private static final class Counts implements SpopMetricsRecorder {

		private int opened;

		private int closed;

		private int started;

		private int ended;

		private int answered;

		@Override
		public void connectionOpened() {
			this.opened++;
		}

		@Override
		public void connectionClosed(CloseReason reason) {
			this.closed++;
			require(reason != CloseReason.FAILURE, "The agent failed");
		}

		@Override
		public void notifyStarted() {
			this.started++;
		}

		@Override
		public void notifyEnded(NotifyOutcome outcome, long nanos) {
			this.ended++;
			if (outcome != NotifyOutcome.SUPERSEDED && outcome != NotifyOutcome.CLOSED) {
				this.answered++;
			}
		}

	}

	/**
	 * The frames that the agent has to write.
	 */
	private static final class Expectation {

		private final byte[] bytes;

		private final boolean fragmentation;

		private final List<String> frames = new ArrayList<>();

		/** The ids, ACKs and numbers of messages of NOTIFYs with later results. */
		private final Deque<String[]> inFlight = new ArrayDeque<>();

		private boolean ready;

		private int limit = MAX_HELLO;

		private @Nullable String fragmentIds;

		private final ByteArrayOutputStream fragments = new ByteArrayOutputStream();

		Expectation(byte[] bytes, boolean fragmentation) {
			this.bytes = bytes;
			this.fragmentation = fragmentation;
		}

		static int length(byte[] bytes, int start) {
			return (bytes[start] & 0xFF) << 24 | (bytes[start + 1] & 0xFF) << 16 | (bytes[start + 2] & 0xFF) << 8
					| (bytes[start + 3] & 0xFF);
		}

		List<String> frames() {
			try {
				readAll();
				this.inFlight.forEach(this::answerLate);
			}
			catch (Refusal ex) {
				this.frames.add("AGENT-DISCONNECT " + ex.status);
			}
			return this.frames;
		}

		private void readAll() {
			int start = 0;
			while (start < this.bytes.length) {
				while (this.inFlight.size() == MAX_IN_FLIGHT || messagesInFlight() >= MAX_MESSAGES_IN_FLIGHT) {
					answerLate(this.inFlight.remove());
				}
				if (this.bytes.length - start < 4) {
					return;
				}
				int length = length(this.bytes, start);
				refuse(Integer.compareUnsigned(length, this.limit) > 0, 3);
				refuse(length < 7, 4);
				int end = start + 4 + length;
				if (end > this.bytes.length) {
					return;
				}
				if (!read(start, end)) {
					return;
				}
				start = end;
			}
		}

		private int messagesInFlight() {
			return this.inFlight.stream().mapToInt((exchange) -> Integer.parseInt(exchange[2])).sum();
		}

		private boolean read(int start, int end) {
			String frame;
			try {
				frame = Wire.read(this.bytes, start, end);
			}
			catch (Wire.Refusal ex) {
				// Of an agent's frame, the type is wrong in any case
				throw new Refusal(((this.bytes[start + 4] & 0xFF) >= 101 && (this.bytes[start + 4] & 0xFF) <= 103) ? 4
						: ex.status());
			}
			String[] words = frame.split(" ", 3);
			refuse(words[0].equals("NOTIFY") && this.fragmentIds != null, 11);
			refuse(words[0].equals("HAPROXY-DISCONNECT"), 0);
			if (!this.ready) {
				refuse(!words[0].equals("HAPROXY-HELLO"), 4);
				return greet(frame);
			}
			switch (words[0]) {
				case "NOTIFY" -> notified(words[1], words[2]);
				case "NOTIFY-FRAGMENT", "UNSET-FRAGMENT" -> fragment(words[0], words[1], words[2].split(" ", 3));
				case "UNKNOWN" -> {
				}
				default -> throw new Refusal(4);
			}
			return true;
		}

		private boolean greet(String hello) {
			String versions = part(hello, "versions=", " size=");
			refuse(Arrays.stream(versions.split(","))
				.map((version) -> new String(HexFormat.of().parseHex(version), StandardCharsets.UTF_8))
				.noneMatch((version) -> version.matches("2\\.[0-9]{1,3}")), 8);
			long size = Long.parseLong(part(hello, " size=", " capabilities="));
			refuse(size < 256, 9);
			this.limit = (int) Math.min(size, MAX_FRAME);
			boolean pipelining = part(hello, " capabilities=", " engine=").contains("pipelining");
			this.frames.add("AGENT-HELLO version=2.0 size=" + this.limit + " capabilities="
					+ (pipelining ? "pipelining," : "") + (this.fragmentation ? "fragmentation," : ""));
			this.ready = true;
			// Nothing is answered behind a health check
			return hello.endsWith(" check=false");
		}

		private static String part(String hello, String before, String after) {
			return hello.substring(hello.indexOf(before) + before.length(), hello.indexOf(after));
		}

		private void notified(String ids, String messages) {
			this.inFlight.removeIf((other) -> other[0].equals(ids));
			String seen = "[1.seen=INT64:" + hash(messages) + ",]";
			switch (hash(messages) & 7) {
				case 0 -> this.frames.add("ACK " + ids + " []");
				case 1, 2, 3 -> this.frames.add("ACK " + ids + " [2.fallback=BOOL:true,]");
				case 4, 5 ->
					this.inFlight.add(new String[] { ids, seen, messages.substring(messages.lastIndexOf(']') + 1) });
				default -> this.frames.add("ACK " + ids + " " + seen);
			}
		}

		private void answerLate(String[] exchange) {
			this.frames.add("ACK " + exchange[0] + " " + exchange[1]);
		}

		private void fragment(String type, String ids, String[] words) {
			boolean first = type.startsWith("NOTIFY");
			boolean last = words[0].equals("true");
			boolean aborted = words[1].equals("true");
			if (first) {
				this.inFlight.removeIf((other) -> other[0].equals(ids));
			}
			if (first && last) {
				refuse(this.fragmentIds != null && !ids.equals(this.fragmentIds), 11);
				this.fragmentIds = null;
				this.frames.add("ACK " + ids + " []");
				return;
			}
			refuse(!this.fragmentation, 10);
			refuse(first == (this.fragmentIds != null), 11);
			if (first) {
				this.fragmentIds = ids;
				this.fragments.reset();
			}
			refuse(!ids.equals(this.fragmentIds), 11);
			if (aborted) {
				this.fragmentIds = null;
				return;
			}
			this.fragments.writeBytes(HexFormat.of().parseHex(words[2]));
			refuse(this.fragments.size() > MAX_FRAGMENTED, 3);
			if (last) {
				String messages;
				try {
					messages = Wire.readMessages(this.fragments.toByteArray());
				}
				catch (Wire.Refusal ex) {
					throw new Refusal(ex.status());
				}
				this.fragmentIds = null;
				notified(ids, messages);
			}
		}

		private static void refuse(boolean refused, int status) {
			if (refused) {
				throw new Refusal(status);
			}
		}

		private static final class Refusal extends RuntimeException {

			private static final long serialVersionUID = 1L;

			private final int status;

			Refusal(int status) {
				super(null, null, false, false);
				this.status = status;
			}

		}

	}

}
