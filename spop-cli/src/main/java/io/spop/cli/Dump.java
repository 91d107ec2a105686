package io.spop.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

import io.spop.cli.DumpOutput.At;
import io.spop.cli.DumpOutput.Event;
import io.spop.cli.DumpOutput.ShownFrame;
import io.spop.cli.capture.Capture;
import io.spop.cli.capture.CaptureListener;
import io.spop.protocol.FrameType;
import io.spop.protocol.LogText;
import io.spop.protocol.SpopValue;
import io.spop.recording.RecordingEntry;
import io.spop.recording.RecordingReader;
import org.jspecify.annotations.Nullable;

/**
 * Reads one file: joins the fragments of NOTIFYs, finds the NOTIFY of each ACK, and hands
 * on what the filter lets through. Memory is bounded.
 */
final class Dump implements CaptureListener {

	/** The NOTIFYs that wait for their ACK. */
	static final int MAX_WAITING = 50_000;

	/** No HAProxy waits as long for an ACK. */
	private static final Duration MAX_WAIT = Duration.ofMinutes(1);

	/** The bytes of fragments that wait for further ones, of all connections together. */
	private static final int MAX_FRAGMENTS = 8 * 1024 * 1024;

	private static final int MAX_CONNECTIONS = 100_000;

	private final DumpFilter filter;

	private final DumpOutput output;

	private final LinkedHashMap<Ids, WaitingNotify> waiting = new LinkedHashMap<>();

	private final LinkedHashMap<Ids, Fragments> fragments = new LinkedHashMap<>();

	private int fragmentBytes;

	/** The connection that was silent for the longest time is the first. */
	private final LinkedHashMap<@Nullable Long, Known> connections = new LinkedHashMap<>(16, 0.75f, true);

	private long connectionCount;

	private long frames;

	private long shown;

	private long malformed;

	private long problems;

	private boolean forgetsNotifys;

	private boolean begun;

	private @Nullable Capture capture;

	Dump(DumpFilter filter, DumpOutput output) {
		this.filter = filter;
		this.output = output;
	}

	/** Whether nothing is missing and all was decoded. */
	boolean isComplete() {
		return this.malformed == 0 && this.problems == 0;
	}

	boolean hasBegun() {
		return this.begun;
	}

	void capture(InputStream in, int port) throws IOException {
		this.begun = true;
		this.capture = new Capture(in, port, this);
		this.capture.read();
		summarize();
	}

	void recording(InputStream in) throws IOException {
		this.begun = true;
		RecordingReader reader = new RecordingReader(in);
		for (RecordingEntry entry = reader.next(); entry != null; entry = reader.next()) {
			entry(entry, reader.offset());
		}
		summarize();
	}

	/** The file ends before its end. */
	void endsEarly(String reason) {
		problem("damaged", At.file(null, -1), properties("reason", reason), reason);
		summarize();
	}

	private void entry(RecordingEntry entry, long end) {
		if (entry instanceof RecordingEntry.RecordedFrame frame) {
			// The checksum follows the frame
			long offset = end - Integer.BYTES - frame.bytes().length;
			frame(new At(frame.time(), frame.connection(), frame.sender(), -1, offset), frame.bytes());
		}
		else if (entry instanceof RecordingEntry.Opened opened) {
			opened(opened);
		}
		else if (entry instanceof RecordingEntry.Closed closed) {
			closed(closed.time(), closed.connection(), "closed");
		}
		else if (entry instanceof RecordingEntry.Missing missing) {
			problem("missing", At.file(missing.time(), -1), properties("entries", missing.count()),
					Long.toUnsignedString(missing.count())
							+ " entries are missing, which the recorder could not write in time");
		}
		else if (entry instanceof RecordingEntry.Damaged damaged) {
			damaged(damaged.offset(), damaged.length(), damaged.reason());
		}
	}

	private void opened(RecordingEntry.Opened opened) {
		Known known = this.connections.get(opened.connection());
		if (known != null && opened.time().equals(known.opened())) {
			// A recording that was joined from several files says it in each of them
			return;
		}
		String text = "opened" + (opened.peer().isEmpty() ? "" : " from " + LogText.name(opened.peer()))
				+ " to the listener " + LogText.name(opened.listener());
		if (!opened.redacted().isEmpty()) {
			text += ", recorded without the values of " + FrameText.redacted(opened.redacted());
		}
		opened(At.connection(opened.time(), opened.connection()),
				properties("peer", opened.peer(), "listener", opened.listener(), "redacted", opened.redacted()), text);
	}

	@Override
	public void opened(@Nullable Instant time, long connection, String haproxy, String agent, boolean fromStart) {
		opened(At.connection(time, connection), properties("haproxy", haproxy, "agent", agent, "fromStart", fromStart),
				"HAProxy " + haproxy + " -> agent " + agent
						+ (fromStart ? "" : ", the beginning of the connection is not in the capture"));
	}

	private void opened(At at, Map<String, Object> properties, String text) {
		this.connections.remove(at.connection());
		count(at, at.time());
		if (!this.filter.selectsFrames()) {
			event("opened", at, properties, text);
		}
	}

	@Override
	public void closed(@Nullable Instant time, long connection, String how) {
		if (!this.filter.selectsFrames()) {
			event("closed", At.connection(time, connection), properties(), how);
		}
	}

	@Override
	public void frame(Place place, byte[] frame) {
		frame(at(place), frame);
	}

	@Override
	public void undecodable(Place place, byte[] bytes, String reason) {
		problem("undecodable", at(place), properties("reason", reason, "bytes", hex(bytes)),
				"cannot be decoded: " + reason + "; the bytes begin with " + hex(bytes));
	}

	private static String hex(byte[] bytes) {
		return new SpopValue.Binary(bytes, 0, bytes.length).toString();
	}

	@Override
	public void skipped(Place place, long length) {
		problem("skipped", at(place), properties("length", length),
				FrameText.count(length, "byte") + " skipped, in which no frame begins");
	}

	@Override
	public void missing(Place place, long length, String reason) {
		problem("missing", at(place), properties("length", length, "reason", reason),
				((length == 0) ? "bytes are missing: " : FrameText.count(length, "byte") + " missing: ") + reason);
	}

	@Override
	public void damaged(long offset, long length, String reason) {
		problem("damaged", At.file(null, offset), properties("length", length, "reason", reason),
				FrameText.count(length, "byte") + " of the file cannot be read: " + LogText.message(reason));
	}

	@Override
	public void unsupported(@Nullable Instant time, long offset, String reason) {
		problem("unsupported", At.file(time, offset), properties("reason", reason), reason);
	}

	/** Return names and values in their order. */
	private static Map<String, Object> properties(Object... namesAndValues) {
		Map<String, Object> properties = new LinkedHashMap<>();
		for (int i = 0; i < namesAndValues.length; i += 2) {
			properties.put((String) namesAndValues[i], namesAndValues[i + 1]);
		}
		return properties;
	}

	private static At at(Place place) {
		return new At(place.time(), place.connection(), place.sender(), place.streamOffset(), place.fileOffset());
	}

	private void problem(String kind, At at, Map<String, Object> properties, String text) {
		this.problems++;
		event(kind, at, properties, text);
	}

	private void event(String kind, At at, Map<String, Object> properties, String text) {
		if (this.filter.matches(at.time(), at.connection())) {
			this.output.event(new Event(kind, at, properties, text));
		}
	}

	/**
	 * Count a connection at its first entry.
	 * @param at where the entry is
	 * @param opened when the connection was opened, if the entry says it
	 * @return a number that no other connection has, while a recording may use its
	 * numbers again
	 */
	private long count(At at, @Nullable Instant opened) {
		Known known = this.connections.get(at.connection());
		if (known != null) {
			return known.number();
		}
		this.connections.put(at.connection(), new Known(++this.connectionCount, opened));
		if (this.connections.size() > MAX_CONNECTIONS) {
			this.connections.remove(this.connections.keySet().iterator().next());
		}
		return this.connectionCount;
	}

	private void frame(At at, byte[] bytes) {
		long connection = count(at, null);
		this.frames++;
		WireFrame frame = WireFrame.of(bytes);
		if (frame.problem() != null) {
			this.malformed++;
		}
		Ids ids = new Ids(connection, frame.streamId(), frame.frameId());
		if (frame.type() == FrameType.ACK) {
			WaitingNotify notify = this.waiting.remove(ids);
			boolean matches = (notify != null) ? notify.matches() : this.filter.messages().isEmpty();
			show(new ShownFrame(at, frame, 0, (notify != null) ? notify.until(at.time()) : null, notify == null),
					matches);
		}
		else if (frame.isFragment()) {
			show(new ShownFrame(at, frame, 0, null, false), this.filter.messages().isEmpty());
			join(at, ids, frame);
		}
		else if (frame.type() == FrameType.NOTIFY) {
			removeFragments(ids);
			notify(new ShownFrame(at, frame, 0, null, false), ids);
		}
		else {
			show(new ShownFrame(at, frame, 0, null, false), this.filter.messages().isEmpty());
		}
	}

	private void notify(ShownFrame notify, Ids ids) {
		boolean matches = this.filter.matchesMessages(notify.frame());
		this.waiting.put(ids, new WaitingNotify(notify.at().time(), matches));
		if (this.waiting.size() > MAX_WAITING) {
			forgetEldest(notify.at());
		}
		show(notify, matches);
	}

	private void forgetEldest(At at) {
		Iterator<WaitingNotify> eldest = this.waiting.values().iterator();
		Duration waited = eldest.next().until(at.time());
		eldest.remove();
		if (!this.forgetsNotifys && (waited == null || waited.compareTo(MAX_WAIT) < 0)) {
			this.forgetsNotifys = true;
			String reason = "more than " + MAX_WAITING + " NOTIFYs wait for their ACK: from here on, the oldest are "
					+ "forgotten, and their ACKs are shown as those of no NOTIFY";
			problem("unsupported", At.file(at.time(), -1), properties("reason", reason), reason);
		}
	}

	private void show(ShownFrame frame, boolean messageMatches) {
		At at = frame.at();
		if (messageMatches && this.filter.matches(at.time(), at.connection()) && this.filter.matches(frame.frame())) {
			this.shown++;
			this.output.frame(frame);
		}
	}

	private void join(At at, Ids ids, WireFrame frame) {
		boolean first = frame.type() == FrameType.NOTIFY;
		Fragments joined = removeFragments(ids);
		if ((frame.flags() & WireFrame.ABORT) != 0 || frame.problem() != null) {
			return;
		}
		if (first) {
			joined = new Fragments(at);
		}
		if (joined == null) {
			return;
		}
		joined.add(at, first ? frame.bytes() : frame.payload());
		if ((frame.flags() & WireFrame.FIN) != 0) {
			WireFrame whole = WireFrame.ofFragments(joined.bytes.toByteArray());
			if (whole.problem() != null) {
				this.malformed++;
			}
			notify(new ShownFrame(at, whole, joined.count, null, false), ids);
			return;
		}
		this.fragments.put(ids, joined);
		this.fragmentBytes += joined.bytes.size();
		while (this.fragmentBytes > MAX_FRAGMENTS) {
			Map.Entry<Ids, Fragments> eldest = this.fragments.entrySet().iterator().next();
			this.fragmentBytes -= eldest.getValue().bytes.size();
			this.fragments.remove(eldest.getKey());
			String reason = "too many fragments wait for further ones: those of stream "
					+ Long.toUnsignedString(eldest.getKey().stream()) + " are not joined";
			problem("unsupported", eldest.getValue().last, properties("reason", reason), reason);
		}
	}

	private @Nullable Fragments removeFragments(Ids ids) {
		Fragments removed = this.fragments.remove(ids);
		if (removed != null) {
			this.fragmentBytes -= removed.bytes.size();
		}
		return removed;
	}

	private void summarize() {
		Map<String, Long> numbers = new LinkedHashMap<>();
		StringBuilder text = new StringBuilder();
		numbers.put("frames", this.frames);
		numbers.put("connections", this.connectionCount);
		text.append(FrameText.count(this.frames, "frame"))
			.append(" on ")
			.append(FrameText.count(this.connectionCount, "connection"));
		if (!this.filter.isEmpty()) {
			numbers.put("shown", this.shown);
			text.append(", of which ").append(FrameText.count(this.shown, "frame")).append(" shown");
		}
		text.append('.');
		Capture capture = this.capture;
		if (capture != null) {
			numbers.put("otherConnections", capture.otherConnections());
			numbers.put("tlsConnections", capture.tlsConnections());
			numbers.put("ipFragments", capture.ipFragments());
			if (capture.otherConnections() > 0) {
				text.append(" Skipped: ").append(FrameText.count(capture.otherConnections(), "other TCP connection"));
				if (capture.tlsConnections() > 0) {
					text.append(", ").append(capture.tlsConnections()).append(" of them with TLS");
				}
				text.append('.');
			}
			if (capture.ipFragments() > 0) {
				text.append(" Not decoded: ").append(FrameText.count(capture.ipFragments(), "IP fragment"));
				text.append('.');
			}
		}
		numbers.put("malformedFrames", this.malformed);
		numbers.put("otherProblems", this.problems);
		if (!isComplete()) {
			text.append(" Problems: ")
				.append(FrameText.count(this.malformed, "malformed frame"))
				.append(", ")
				.append(FrameText.count(this.problems, "other"))
				.append('.');
		}
		this.output.summary(numbers, text.toString());
	}

	/**
	 * A connection that has an entry.
	 *
	 * @param number a number that no other connection has
	 * @param opened when it was opened
	 */
	private record Known(long number, @Nullable Instant opened) {

	}

	/**
	 * What links a NOTIFY and its ACK.
	 *
	 * @param connection the connection, as it was counted
	 * @param stream the stream
	 * @param frame the frame
	 */
	private record Ids(long connection, long stream, long frame) {

	}

	/**
	 * A NOTIFY that waits for its ACK.
	 *
	 * @param time its time
	 * @param matches whether it has a message that is shown
	 */
	private record WaitingNotify(@Nullable Instant time, boolean matches) {

		@Nullable Duration until(@Nullable Instant ack) {
			return (this.time == null || ack == null) ? null : Duration.between(this.time, ack);
		}

	}

	/**
	 * The fragments of a NOTIFY.
	 */
	private static final class Fragments {

		private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

		private int count;

		private At last;

		Fragments(At at) {
			this.last = at;
		}

		void add(At at, byte[] part) {
			this.bytes.writeBytes(part);
			this.count++;
			this.last = at;
		}

	}

}
