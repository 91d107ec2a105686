package io.spop.cli;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import io.spop.codec.SpopCodec;
import io.spop.protocol.Frame;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopProtocolException;
import io.spop.recording.RecordingEntry;
import io.spop.recording.RecordingEntry.Sender;
import org.jspecify.annotations.Nullable;

/**
 * Sends the NOTIFYs of a recording to an agent. One thread reads the recording and sends.
 * It waits while many NOTIFYs are in flight, so that the memory does not depend on the
 * length of the recording.
 */
final class Replay {

	private static final int PREFIX_LENGTH = Integer.BYTES;

	private static final int MAX_IN_FLIGHT = 1000;

	private final RecordingFiles files;

	private final RecordedTime time;

	private final ReplaySlot.Connector connector;

	private final ReplayResults results;

	private final SpopCodec codec = new SpopCodec(Integer.MAX_VALUE);

	private final Map<Long, RecordedConnection> recorded = new HashMap<>();

	/** The connections to the agent, if their number does not follow the recording. */
	private final List<ReplaySlot> shared;

	private int nextShared;

	private final Semaphore inFlight = new Semaphore(MAX_IN_FLIGHT);

	private final Silence silence;

	private volatile boolean stopped;

	private volatile @Nullable Thread thread;

	/**
	 * Create a replay.
	 * @param files the recording
	 * @param time when to send
	 * @param connections the number of connections, or 0 for those of the recording
	 * @param timeout how long to wait for an ACK
	 * @param connector connects to the agent
	 * @param results is told what comes out
	 */
	Replay(RecordingFiles files, RecordedTime time, int connections, Duration timeout, ReplaySlot.Connector connector,
			ReplayResults results) {
		this.files = files;
		this.time = time;
		this.connector = connector;
		this.results = results;
		this.silence = new Silence(timeout);
		this.shared = Stream.generate(() -> new ReplaySlot(connector)).limit(connections).toList();
	}

	/**
	 * Send all NOTIFYs and wait for the answers.
	 * @throws CommandException if the agent cannot be reached, or hangs
	 */
	void run() {
		this.thread = Thread.currentThread();
		try {
			sendAll();
		}
		catch (InterruptedException ex) {
			// Stopped
		}
		finally {
			this.thread = null;
			this.recorded.values().forEach((connection) -> connection.slot().close());
			this.shared.forEach(ReplaySlot::close);
		}
	}

	private void sendAll() throws InterruptedException {
		try {
			RecordingEntry entry = this.files.next();
			while (entry != null && !this.stopped) {
				process(entry);
				entry = this.files.next();
			}
		}
		finally {
			if (!this.stopped) {
				this.recorded.values().forEach(this::end);
				// Each of them is answered, or runs into the time limit
				this.inFlight.acquire(MAX_IN_FLIGHT);
			}
		}
	}

	/** Make {@link #run()} end at once. */
	void stop() {
		this.stopped = true;
		Thread running = this.thread;
		if (running != null) {
			running.interrupt();
		}
	}

	private void process(RecordingEntry entry) throws InterruptedException {
		if (entry instanceof RecordingEntry.RecordedFrame frame) {
			process(frame);
		}
		else if (entry instanceof RecordingEntry.Opened opened) {
			process(opened);
		}
		else if (entry instanceof RecordingEntry.Closed closed) {
			end(closed.connection());
		}
		else if (entry instanceof RecordingEntry.Missing missing) {
			this.results.missing(missing.count());
		}
		else if (entry instanceof RecordingEntry.Damaged damaged) {
			this.results.damaged(damaged.length());
		}
	}

	private void process(RecordingEntry.Opened opened) {
		this.results.redacted(opened.redacted());
		RecordedConnection known = this.recorded.get(opened.connection());
		// Each file of a recording says it again
		if (known == null || !opened.time().equals(known.opened())) {
			end(opened.connection());
			this.recorded.put(opened.connection(),
					new RecordedConnection(new ReplaySlot(this.connector), opened.time()));
		}
	}

	private void end(long number) {
		RecordedConnection connection = this.recorded.remove(number);
		if (connection != null) {
			end(connection);
		}
	}

	private void end(RecordedConnection connection) {
		connection.removeAll(this.results::notRecorded);
		connection.forgetFragments(this.results::leftOut);
		connection.slot().closeWhenIdle();
	}

	private void process(RecordingEntry.RecordedFrame entry) throws InterruptedException {
		RecordedConnection connection = this.recorded.computeIfAbsent(entry.connection(),
				(number) -> new RecordedConnection(new ReplaySlot(this.connector), null));
		Frame frame = decode(entry.bytes());
		if (frame == null) {
			this.results.leftOut(LeftOut.INVALID);
		}
		else if (entry.sender() == Sender.AGENT) {
			if (frame instanceof Frame.Ack ack) {
				process(connection, entry, ack);
			}
		}
		else if (frame instanceof Frame.HaproxyHello hello) {
			process(connection, entry, hello);
		}
		else if (frame instanceof Frame.Notify notify) {
			int size = entry.bytes().length - PREFIX_LENGTH;
			connection.sent(size);
			send(connection, entry, notify, size);
		}
		else if (frame instanceof Frame.Fragment fragment) {
			process(connection, entry, fragment);
		}
	}

	private @Nullable Frame decode(byte[] bytes) {
		try {
			return (this.codec.size(bytes, 0, bytes.length) == bytes.length) ? this.codec.decode(bytes, 0, bytes.length)
					: null;
		}
		catch (SpopProtocolException ex) {
			return null;
		}
	}

	private void process(RecordedConnection connection, RecordingEntry.RecordedFrame entry, Frame.Ack ack) {
		ReplayedNotify notify = connection.remove(ack.streamId(), ack.frameId());
		if (notify != null) {
			this.results.recorded(notify, ack.actions(), ChronoUnit.MICROS.between(notify.time(), entry.time()));
		}
	}

	private void process(RecordedConnection connection, RecordingEntry.RecordedFrame entry, Frame.HaproxyHello hello)
			throws InterruptedException {
		connection.hello(hello);
		if (!hello.healthcheck() && this.shared.isEmpty()) {
			this.time.await(entry.time());
			connection.slot().connected(connection.maxFrameSize());
		}
	}

	private void process(RecordedConnection connection, RecordingEntry.RecordedFrame entry, Frame.Fragment fragment)
			throws InterruptedException {
		byte[] payload = connection.add(fragment, this.results::leftOut);
		if (payload == null) {
			return;
		}
		try {
			send(connection, entry,
					new Frame.Notify(fragment.streamId(), fragment.frameId(), SpopCodec.decodeMessages(payload)),
					payload.length);
		}
		catch (SpopProtocolException ex) {
			this.results.leftOut(LeftOut.INVALID);
		}
	}

	private void send(RecordedConnection recorded, RecordingEntry.RecordedFrame entry, Frame.Notify frame, int size)
			throws InterruptedException {
		long due = this.time.await(entry.time());
		this.silence.check();
		ReplaySlot slot = this.shared.isEmpty() ? recorded.slot() : nextShared();
		ReplayConnection connection = slot.connected(recorded.maxFrameSize());
		while (!connection.await()) {
			connection = slot.connected(recorded.maxFrameSize());
		}
		if (!connection.fits(size)) {
			connection.release();
			this.results.leftOut(LeftOut.TOO_BIG);
			return;
		}
		ReplayedNotify notify = new ReplayedNotify(entry.time(), entry.connection(), frame.streamId(), frame.frameId(),
				frame.messages());
		recorded.add(notify, this.results::notRecorded);
		this.inFlight.acquire();
		this.results.sent(this.time.lateness(due));
		send(connection, notify, frame.messages());
	}

	private ReplaySlot nextShared() {
		this.nextShared = (this.nextShared + 1) % this.shared.size();
		return this.shared.get(this.nextShared);
	}

	private void send(ReplayConnection connection, ReplayedNotify notify, List<NotifyMessage> messages) {
		connection.send(messages, (actions, nanos) -> {
			this.silence.end();
			this.results.answered(notify, actions, TimeUnit.NANOSECONDS.toMicros(nanos));
			this.inFlight.release();
		}, (failure) -> {
			this.silence.add(failure);
			this.results.failed(notify, failure);
			this.inFlight.release();
		});
	}

}
