package io.spop.agent;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import io.spop.agent.ModelAnswer.Kind;
import io.spop.agent.ModelAnswer.Signal;

/**
 * One operation of a random sequence against an agent. An operation has all random
 * numbers that it needs, so it means the same whatever other operations are left out.
 *
 * @param type what is done
 * @param peer the connection that it is done with
 * @param answer what the handler does with a NOTIFY
 * @param signal the signal of a result that comes later
 * @param quick whether the NOTIFY has a deadline of a few milliseconds
 * @param partial whether the handler has actions for the deadline
 * @param messages the number of messages
 * @param size the number of bytes of an argument
 * @param pick the number of pieces, or one of the things that there are
 */
record ModelOperation(Type type, int peer, Kind answer, Signal signal, boolean quick, boolean partial, int messages,
		int size, int pick) {

	static final int PEERS = 3;

	private static final int[] SIZES = { 0, 0, 0, 10, 100, 300, 900, 1200, 4000, 15_000 };

	static List<ModelOperation> sequence(Random random) {
		List<ModelOperation> operations = new ArrayList<>();
		operations.add(random(random, Type.AGENT));
		operations.add(random(random, Type.OPEN));
		int length = 2 + random.nextInt(30);
		for (int i = 0; i < length; i++) {
			operations.add(random(random, Type.random(random)));
		}
		return operations;
	}

	private static ModelOperation random(Random random, Type type) {
		Kind[] kinds = Kind.values();
		Signal[] signals = Signal.values();
		// Half of the results come later
		Kind answer = random.nextBoolean() ? Kind.LATER : kinds[random.nextInt(kinds.length)];
		return new ModelOperation(type, random.nextInt(PEERS), answer, signals[random.nextInt(signals.length)],
				random.nextInt(4) == 0, random.nextInt(4) == 0, random.nextInt(4), SIZES[random.nextInt(SIZES.length)],
				random.nextInt(1000));
	}

	@Override
	public String toString() {
		String text = switch (this.type) {
			case AGENT -> "agent: " + ModelAgent.SETTINGS.get(this.pick % ModelAgent.SETTINGS.size());
			case NOTIFY, SAME_IDS, PIECES, HALF, FRAGMENTS, BURST ->
				this.type.text + ", " + this.answer + (this.quick ? ", quick" : "") + (this.partial ? ", partial" : "")
						+ ", " + this.messages + " more messages with " + this.size + " bytes, " + this.pick;
			case ANSWER -> this.type.text + ", " + this.signal + ", " + this.pick;
			default -> this.type.text + ", " + this.pick;
		};
		return (this.type.ofPeer ? "connection " + this.peer + ": " : "") + text;
	}

	/**
	 * What is done, and how often compared with others.
	 */
	enum Type {

		/** The first operation: chooses the settings of the agent. */
		AGENT(0, false, ""),

		OPEN(6, true, "opens"),

		NOTIFY(24, true, "NOTIFY"),

		BURST(4, true, "several NOTIFYs at once"),

		SAME_IDS(3, true, "NOTIFY with the ids of an earlier one"),

		PIECES(3, true, "NOTIFY in pieces"),

		HALF(3, true, "the first half of a NOTIFY, the rest with the next bytes"),

		FRAGMENTS(3, true, "NOTIFY in fragments"),

		ABORT(2, true, "aborted NOTIFY in fragments"),

		UNKNOWN(1, true, "frame of an unknown type"),

		INVALID(2, true, "invalid frame"),

		ANSWER(24, false, "a result comes from another thread"),

		AWAIT(6, true, "awaits the answers that need no other thread"),

		PAUSE(2, true, "stops reading"),

		RESUME(2, true, "reads again"),

		CLOSE(3, true, "closes: end, reset or DISCONNECT"),

		HEALTH_CHECK(2, false, "health check"),

		DRAIN(3, true, "the agent drains it"),

		AGENT_CLOSE(1, true, "the agent closes it at once"),

		STOP(2, false, "the agent stops");

		private static final int SUM = sum();

		private final int weight;

		private final boolean ofPeer;

		private final String text;

		Type(int weight, boolean ofPeer, String text) {
			this.weight = weight;
			this.ofPeer = ofPeer;
			this.text = text;
		}

		private static int sum() {
			int sum = 0;
			for (Type type : values()) {
				sum += type.weight;
			}
			return sum;
		}

		private static Type random(Random random) {
			int rest = random.nextInt(SUM);
			for (Type type : values()) {
				rest -= type.weight;
				if (rest < 0) {
					return type;
				}
			}
			throw new IllegalStateException();
		}

	}

}
