package io.spop.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.spop.codec.SpopCodec;
import io.spop.protocol.Frame;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopProtocolException;
import io.spop.recording.RecordingEntry;
import io.spop.recording.RecordingReader;

/**
 * The messages that a load consists of: for each NOTIFY the bytes behind its identifiers,
 * encoded once.
 */
final class LoadMessages {

	/** How many bytes of a recording are kept in memory. */
	private static final int MAX_BYTES = 64 * 1024 * 1024;

	/** The length prefix, the type and the flags. */
	static final int HEADER_LENGTH = 9;

	/** A stream identifier has at most 5 bytes, the frame identifier 1 byte. */
	static final int IDENTIFIERS_LENGTH = 6;

	private final List<NotifyMessage> first;

	private final byte[][] payloads;

	private final int longest;

	private LoadMessages(List<NotifyMessage> first, List<byte[]> payloads) {
		this.first = first;
		this.payloads = payloads.toArray(byte[][]::new);
		this.longest = payloads.stream().mapToInt((payload) -> payload.length).max().orElseThrow();
	}

	static LoadMessages of(List<NotifyMessage> messages) {
		return new LoadMessages(messages, List.of(encode(messages)));
	}

	/**
	 * Read the NOTIFYs of a recording, as many as fit into the memory for them.
	 * @param path the file
	 * @return the messages
	 * @throws CommandException if the file cannot be read or has no NOTIFY
	 */
	static LoadMessages recorded(Path path) {
		SpopCodec codec = new SpopCodec(Integer.MAX_VALUE);
		List<NotifyMessage> first = List.of();
		List<byte[]> payloads = new ArrayList<>();
		long bytes = 0;
		try (RecordingReader reader = RecordingReader.open(path)) {
			for (RecordingEntry entry = reader.next(); entry != null && bytes < MAX_BYTES; entry = reader.next()) {
				if (entry instanceof RecordingEntry.RecordedFrame recorded
						&& recorded.sender() == RecordingEntry.Sender.HAPROXY
						&& decode(codec, recorded.bytes()) instanceof Frame.Notify notify) {
					byte[] payload = encode(notify.messages());
					if (payloads.isEmpty()) {
						first = notify.messages();
					}
					payloads.add(payload);
					bytes += payload.length;
				}
			}
		}
		catch (IOException ex) {
			throw new CommandException(ExitStatus.NO_INPUT,
					"The recording '" + path + "' cannot be read: " + Sentences.of(ex) + ".");
		}
		if (payloads.isEmpty()) {
			throw new CommandException(ExitStatus.DATA, "'" + path
					+ "' has no NOTIFY of HAProxy, or is not a recording. 'spop dump' shows what it contains.");
		}
		return new LoadMessages(first, payloads);
	}

	/** Return the frame, or anything but a NOTIFY if the bytes are not a frame. */
	private static Frame decode(SpopCodec codec, byte[] bytes) {
		try {
			if (codec.size(bytes, 0, bytes.length) == bytes.length) {
				return codec.decode(bytes, 0, bytes.length);
			}
		}
		catch (SpopProtocolException ex) {
			// Not a NOTIFY
		}
		return new Frame.Unknown(0, 0, 0);
	}

	private static byte[] encode(List<NotifyMessage> messages) {
		ByteBuf buffer = Unpooled.buffer();
		new SpopCodec(Integer.MAX_VALUE).encode(new Frame.Notify(0, 0, messages), buffer);
		return ByteBufUtil.getBytes(buffer.skipBytes(HEADER_LENGTH + 2));
	}

	/** Return the messages of the first NOTIFY. */
	List<NotifyMessage> first() {
		return this.first;
	}

	int count() {
		return this.payloads.length;
	}

	byte[] payload(int index) {
		return this.payloads[index];
	}

	/** Return the length of the longest frame, without its length prefix. */
	int longestFrame() {
		return HEADER_LENGTH - Integer.BYTES + IDENTIFIERS_LENGTH + this.longest;
	}

}
