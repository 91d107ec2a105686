package io.spop.benchmarks.chaos;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

import io.spop.agent.SpopMetricsRecorder;
import io.spop.protocol.FrameType;

/**
 * What an agent has counted, in a file that is mapped into memory: the counts are still
 * there when the process was killed.
 */
final class AgentCounts implements SpopMetricsRecorder {

	private static final VarHandle LONG = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());

	private static final int STARTED = 0;

	private static final int RECEIVED = 1;

	private static final int ACKS = 2;

	private static final int OUTCOMES = 3;

	private final ByteBuffer memory;

	private AgentCounts(ByteBuffer memory) {
		this.memory = memory;
	}

	static AgentCounts map(Path file) throws IOException {
		try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ,
				StandardOpenOption.WRITE)) {
			int size = (OUTCOMES + NotifyOutcome.values().length) * Long.BYTES;
			return new AgentCounts(channel.map(FileChannel.MapMode.READ_WRITE, 0, size));
		}
	}

	private void increment(int place) {
		LONG.getAndAdd(this.memory, place * Long.BYTES, 1L);
	}

	private long get(int place) {
		return (long) LONG.getVolatile(this.memory, place * Long.BYTES);
	}

	void agentStarted() {
		increment(STARTED);
	}

	@Override
	public void notifyStarted() {
		increment(RECEIVED);
	}

	@Override
	public void notifyEnded(NotifyOutcome outcome, long nanos) {
		increment(OUTCOMES + outcome.ordinal());
	}

	@Override
	public void frameSent(FrameType type, int size) {
		if (type == FrameType.ACK) {
			increment(ACKS);
		}
	}

	boolean hasStarted() {
		return get(STARTED) > 0;
	}

	long received() {
		return get(RECEIVED);
	}

	long acks() {
		return get(ACKS);
	}

	long ended(NotifyOutcome outcome) {
		return get(OUTCOMES + outcome.ordinal());
	}

}
