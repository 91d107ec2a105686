package io.spop.cli;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

import io.spop.protocol.LogText;
import io.spop.recording.Recorder;

/**
 * Says while a tap runs what goes wrong: each kind of problem once, and again when it
 * goes on after a while.
 */
final class TapWatch {

	private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(30);

	private final Tap tap;

	private final AgentAddress agent;

	private final Recorder recorder;

	private final PrintWriter err;

	private long saidDropped;

	private long droppedAt = System.nanoTime() - PAUSE_NANOS;

	private long saidNotConnected;

	private long notConnectedAt = System.nanoTime() - PAUSE_NANOS;

	TapWatch(Tap tap, AgentAddress agent, Recorder recorder, PrintWriter err) {
		this.tap = tap;
		this.agent = agent;
		this.recorder = recorder;
		this.err = err;
	}

	/** Look for problems that are new. */
	void look() {
		long now = System.nanoTime();
		long dropped = this.recorder.dropped();
		if (dropped > this.saidDropped && now - this.droppedAt >= PAUSE_NANOS) {
			this.err.printf(Locale.ROOT,
					"%,d entries are missing in the recording so far, because the disk is too slow "
							+ "or full. The traffic goes on.%n",
					dropped);
			this.saidDropped = dropped;
			this.droppedAt = now;
		}
		long notConnected = this.tap.notConnected();
		Throwable failure = this.tap.connectFailure();
		if (failure != null && notConnected > this.saidNotConnected && now - this.notConnectedAt >= PAUSE_NANOS) {
			this.err.printf(Locale.ROOT,
					"%s cannot be reached, so connections of HAProxy are closed (%,d so far): %s.%n", this.agent,
					notConnected, LogText.message(failure.getMessage()));
			this.saidNotConnected = notConnected;
			this.notConnectedAt = now;
		}
	}

}
