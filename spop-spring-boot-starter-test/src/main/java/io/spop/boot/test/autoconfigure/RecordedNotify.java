package io.spop.boot.test.autoconfigure;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

import io.spop.codec.SpopCodec;
import io.spop.protocol.Actions;
import io.spop.protocol.Frame;
import io.spop.protocol.FrameType;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopProtocolException;
import io.spop.recording.RecordingEntry;
import io.spop.recording.RecordingEntry.RecordedFrame;
import io.spop.recording.RecordingReader;
import org.jspecify.annotations.Nullable;

/**
 * A NOTIFY of a recording, with its ACK.
 */
final class RecordedNotify {

	private final Instant time;

	private final String listener;

	private final List<String> redacted;

	private final List<NotifyMessage> messages;

	private int size;

	private @Nullable Actions answer;

	private RecordedNotify(Instant time, String listener, List<String> redacted, List<NotifyMessage> messages,
			int size) {
		this.time = time;
		this.listener = listener;
		this.redacted = redacted;
		this.messages = messages;
		this.size = size;
	}

	/**
	 * Read a recording.
	 * @param recording the file
	 * @return the NOTIFYs that have an ACK, in their order
	 * @throws IllegalArgumentException if the file is not a recording
	 * @throws UncheckedIOException if the file cannot be read
	 */
	static List<RecordedNotify> read(Path recording) {
		Recording read = new Recording();
		try (RecordingReader reader = RecordingReader.open(recording)) {
			boolean first = true;
			for (RecordingEntry entry = reader.next(); entry != null; entry = reader.next()) {
				if (first && entry instanceof RecordingEntry.Damaged damaged) {
					throw new IllegalArgumentException(
							"'" + recording + "' is not a recording of frames: " + damaged.reason());
				}
				first = false;
				read.add(entry);
			}
		}
		catch (IOException ex) {
			throw new UncheckedIOException("The recording '" + recording + "' cannot be read", ex);
		}
		return read.notifies.stream().filter((notify) -> notify.answer != null).toList();
	}

	Instant time() {
		return this.time;
	}

	/**
	 * Return the name of the listener, empty if the recording does not have it.
	 */
	String listener() {
		return this.listener;
	}

	/**
	 * Return the names of the arguments whose values the recording does not have.
	 */
	List<String> redacted() {
		return this.redacted;
	}

	List<NotifyMessage> messages() {
		return this.messages;
	}

	/**
	 * Return the size of a frame for the messages and of one for the answer, in bytes.
	 */
	int size() {
		return this.size;
	}

	Actions answer() {
		return Objects.requireNonNull(this.answer);
	}

	/** What has been read so far. */
	private static final class Recording {

		private final List<RecordedNotify> notifies = new ArrayList<>();

		private final Map<Long, Connection> connections = new HashMap<>();

		void add(RecordingEntry entry) {
			if (entry instanceof RecordingEntry.Opened opened) {
				this.connections.put(opened.connection(), new Connection(opened.listener(), opened.redacted()));
			}
			else if (entry instanceof RecordingEntry.Closed closed) {
				this.connections.remove(closed.connection());
			}
			else if (entry instanceof RecordedFrame frame) {
				try {
					this.connections.computeIfAbsent(frame.connection(), (number) -> new Connection("", List.of()))
						.add(frame, this.notifies);
				}
				catch (SpopProtocolException ex) {
					// The recording has what was sent, also what was not valid
				}
			}
		}

	}

	/** A connection of the recording. */
	private static final class Connection {

		private final String listener;

		private final List<String> redacted;

		private final Map<Ids, RecordedNotify> waiting = new LinkedHashMap<>();

		private final ByteArrayOutputStream fragments = new ByteArrayOutputStream();

		Connection(String listener, List<String> redacted) {
			this.listener = listener;
			this.redacted = redacted;
		}

		void add(RecordedFrame recorded, List<RecordedNotify> notifies) {
			byte[] bytes = recorded.bytes();
			SpopCodec codec = new SpopCodec(Math.max(bytes.length, Frame.MIN_MAX_FRAME_SIZE));
			if (codec.size(bytes, 0, bytes.length) != bytes.length) {
				return;
			}
			Frame frame = codec.decode(bytes, 0, bytes.length);
			if (recorded.sender() == RecordingEntry.Sender.AGENT) {
				RecordedNotify notify = (frame instanceof Frame.Ack ack)
						? this.waiting.remove(new Ids(ack.streamId(), ack.frameId())) : null;
				if (notify != null) {
					notify.answer = ((Frame.Ack) frame).actions();
					notify.size = Math.max(notify.size, bytes.length);
				}
			}
			else if (frame instanceof Frame.Notify notify) {
				add(recorded.time(), new Ids(notify.streamId(), notify.frameId()), notify.messages(), bytes.length,
						notifies);
			}
			else if (frame instanceof Frame.Fragment fragment) {
				if (fragment.type() == FrameType.NOTIFY) {
					this.fragments.reset();
				}
				this.fragments.writeBytes(fragment.payload());
				if (fragment.last() && !fragment.aborted()) {
					byte[] payload = this.fragments.toByteArray();
					add(recorded.time(), new Ids(fragment.streamId(), fragment.frameId()),
							SpopCodec.decodeMessages(payload), bytes.length + payload.length, notifies);
				}
			}
		}

		private void add(Instant time, Ids ids, List<NotifyMessage> messages, int size, List<RecordedNotify> notifies) {
			RecordedNotify notify = new RecordedNotify(time, this.listener, this.redacted, messages, size);
			this.waiting.put(ids, notify);
			notifies.add(notify);
		}

		private record Ids(long streamId, long frameId) {
		}

	}

}
