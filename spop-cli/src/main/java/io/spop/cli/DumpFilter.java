package io.spop.cli;

import java.time.Instant;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

import io.spop.protocol.FrameType;
import io.spop.protocol.LogText;
import org.jspecify.annotations.Nullable;

/**
 * Which frames are shown. An empty set allows all.
 *
 * @param messages the names of messages
 * @param streams identifiers of streams
 * @param connections numbers of connections
 * @param types codes of types
 * @param from the first time
 * @param to the time behind the last one
 */
record DumpFilter(Set<String> messages, Set<Long> streams, Set<Long> connections, Set<Integer> types,
		@Nullable Instant from, @Nullable Instant to) {

	static DumpFilter of(Set<String> messages, Set<String> streams, Set<Long> connections, Set<String> types,
			@Nullable Instant from, @Nullable Instant to) {
		Set<Long> streamIds = new HashSet<>();
		for (String stream : streams) {
			try {
				streamIds.add(Long.parseUnsignedLong(stream));
			}
			catch (NumberFormatException ex) {
				throw new CommandException(ExitStatus.USAGE,
						"'" + LogText.name(stream) + "' is not the identifier of a stream, which is a number.");
			}
		}
		Set<Integer> typeCodes = new HashSet<>();
		types.forEach((type) -> typeCodes.add(typeCode(type)));
		return new DumpFilter(messages, streamIds, connections, typeCodes, from, to);
	}

	private static int typeCode(String name) {
		for (FrameType type : FrameType.values()) {
			if (type.name().equals(name.toUpperCase(Locale.ROOT).replace('-', '_'))) {
				return type.code();
			}
		}
		throw new CommandException(ExitStatus.USAGE, "'" + LogText.name(name)
				+ "' is not a type of frames: they are HAPROXY-HELLO, AGENT-HELLO, NOTIFY, ACK, UNSET (the further "
				+ "fragments of a NOTIFY), HAPROXY-DISCONNECT and AGENT-DISCONNECT.");
	}

	boolean isEmpty() {
		return !selectsFrames() && this.connections.isEmpty() && this.from == null && this.to == null;
	}

	/** Whether only some frames of a connection are shown. */
	boolean selectsFrames() {
		return !this.messages.isEmpty() || !this.streams.isEmpty() || !this.types.isEmpty();
	}

	boolean matches(@Nullable Instant time, @Nullable Long connection) {
		return (this.connections.isEmpty() || connection == null || this.connections.contains(connection))
				&& (time == null || ((this.from == null || !time.isBefore(this.from))
						&& (this.to == null || time.isBefore(this.to))));
	}

	/** Whether the type and the stream of a frame match. */
	boolean matches(WireFrame frame) {
		FrameType type = frame.type();
		boolean control = type != null && type != FrameType.NOTIFY && type != FrameType.ACK && type != FrameType.UNSET;
		return (this.types.isEmpty() || this.types.contains(frame.typeCode()))
				&& (this.streams.isEmpty() || (!control && this.streams.contains(frame.streamId())));
	}

	/** Whether a message of a NOTIFY matches. */
	boolean matchesMessages(WireFrame notify) {
		return this.messages.isEmpty()
				|| notify.messages().stream().anyMatch((message) -> this.messages.contains(message.name().toString()));
	}

}
