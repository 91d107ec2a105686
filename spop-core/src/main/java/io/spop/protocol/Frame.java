package io.spop.protocol;

import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

/**
 * A frame of SPOP 2.0, one case for each type (SPOE.txt, section 3.2). Stream and frame
 * identifiers are unsigned 64-bit numbers that the agent echoes and otherwise leaves
 * alone; HELLO and DISCONNECT frames have none, on the wire zero.
 *
 * @since 0.1.0
 */
public sealed interface Frame {

	/**
	 * The version of the protocol that this project speaks, the only one in use.
	 */
	String VERSION = "2.0";

	/**
	 * The smallest {@code max-frame-size} that HAProxy offers or accepts, in bytes.
	 */
	int MIN_MAX_FRAME_SIZE = 256;

	/**
	 * Return the type of this frame. {@link Notify} and the first {@link Fragment} of a
	 * NOTIFY have the same.
	 * @return the type, or {@code null} for an {@link Unknown} frame
	 */
	@Nullable FrameType type();

	private static <T> List<T> copy(Collection<T> elements, String name) {
		Objects.requireNonNull(elements, name);
		try {
			return List.copyOf(elements);
		}
		catch (NullPointerException ex) {
			throw new NullPointerException("an element of " + name);
		}
	}

	private static Set<Capability> sort(Set<Capability> capabilities) {
		return Collections.unmodifiableSet(new TreeSet<>(copy(capabilities, "capabilities")));
	}

	/**
	 * HAPROXY-HELLO: the versions, the size and the capabilities that HAProxy offers.
	 *
	 * @param supportedVersions the versions, such as {@code 2.0}
	 * @param maxFrameSize the largest frame, in bytes after the length prefix; negative
	 * or beyond 32 bits only if HAProxy said so
	 * @param capabilities the capabilities this project knows of those announced
	 * @param engineId identifies one engine of one HAProxy process; absent from health
	 * checks
	 * @param healthcheck whether HAProxy only checks the agent's health and closes the
	 * connection after the answer
	 */
	record HaproxyHello(List<String> supportedVersions, long maxFrameSize, Set<Capability> capabilities,
			@Nullable String engineId, boolean healthcheck) implements Frame {

		private static final Pattern SUPPORTED = Pattern.compile("2\\.\\d{1,3}");

		private static final Pattern SHORT_LIST = Pattern.compile("[0-9., ]{1,32}");

		/**
		 * Create a frame.
		 */
		public HaproxyHello {
			supportedVersions = copy(supportedVersions, "supportedVersions");
			capabilities = sort(capabilities);
		}

		@Override
		public FrameType type() {
			return FrameType.HAPROXY_HELLO;
		}

		/**
		 * Choose the version to answer.
		 * @return {@code 2.0}
		 * @throws SpopProtocolException with {@link StatusCode#UNSUPPORTED_VERSION} if
		 * HAProxy announces no version 2
		 */
		public String negotiateVersion() {
			for (String version : this.supportedVersions) {
				// Announcing 2.x implies 2.0
				if (SUPPORTED.matcher(version).matches()) {
					return VERSION;
				}
			}
			String versions = String.join(", ", this.supportedVersions);
			// A peer that is no HAProxy may say anything here
			throw new SpopProtocolException(StatusCode.UNSUPPORTED_VERSION, "HAPROXY-HELLO announces "
					+ (SHORT_LIST.matcher(versions).matches() ? versions : "something else") + ", not " + VERSION);
		}

		/**
		 * Choose the size to answer: the smaller of what HAProxy offers and the given
		 * limit.
		 * @param limit the largest frame that this side takes, in bytes
		 * @return the size, at least 256
		 * @throws SpopProtocolException with {@link StatusCode#BAD_MAX_FRAME_SIZE} if
		 * HAProxy offers less than 256
		 */
		public int negotiateMaxFrameSize(int limit) {
			if (this.maxFrameSize < MIN_MAX_FRAME_SIZE) {
				throw new SpopProtocolException(StatusCode.BAD_MAX_FRAME_SIZE,
						"HAPROXY-HELLO offers a max-frame-size of " + this.maxFrameSize + ", less than "
								+ MIN_MAX_FRAME_SIZE);
			}
			return (int) Math.min(this.maxFrameSize, limit);
		}

		private String versions() {
			return LogText.name(this.supportedVersions.toString());
		}

		@Override
		public String toString() {
			return "HaproxyHello[supportedVersions=" + versions() + ", maxFrameSize=" + this.maxFrameSize
					+ ", capabilities=" + this.capabilities + ", engineId=" + LogText.name(this.engineId)
					+ ", healthcheck=" + this.healthcheck + "]";
		}

	}

	/**
	 * HAPROXY-DISCONNECT: the reason for which HAProxy ends the connection.
	 *
	 * @param statusCode why, see {@link StatusCode}
	 * @param message why, in words
	 */
	record HaproxyDisconnect(long statusCode, String message) implements Frame {

		/**
		 * Create a frame.
		 */
		public HaproxyDisconnect {
			Objects.requireNonNull(message, "message");
		}

		@Override
		public FrameType type() {
			return FrameType.HAPROXY_DISCONNECT;
		}

		@Override
		public String toString() {
			return "HaproxyDisconnect[statusCode=" + this.statusCode + ", message=" + LogText.message(this.message)
					+ "]";
		}

	}

	/**
	 * NOTIFY: messages for the agent.
	 *
	 * @param streamId the stream
	 * @param frameId the frame within the stream
	 * @param messages the messages in their order, possibly none
	 */
	record Notify(long streamId, long frameId, List<NotifyMessage> messages) implements Frame {

		/**
		 * Create a frame.
		 */
		public Notify {
			messages = copy(messages, "messages");
		}

		/**
		 * Create a frame.
		 * @param streamId the stream
		 * @param frameId the frame within the stream
		 * @param messages the messages in their order
		 */
		public Notify(long streamId, long frameId, NotifyMessage... messages) {
			this(streamId, frameId, Arrays.asList(Objects.requireNonNull(messages, "messages")));
		}

		@Override
		public FrameType type() {
			return FrameType.NOTIFY;
		}

	}

	/**
	 * A NOTIFY or one of its continuations that is not whole: only HAProxy up to 3.0
	 * sends it, and only if the agent announced {@link Capability#FRAGMENTATION}.
	 *
	 * @param type {@link FrameType#NOTIFY} for the first fragment,
	 * {@link FrameType#UNSET} for those that follow
	 * @param streamId the stream
	 * @param frameId the frame within the stream
	 * @param last whether this is the last fragment (flag FIN)
	 * @param aborted whether HAProxy gives up the whole NOTIFY (flag ABORT)
	 * @param payload the bytes of this fragment
	 */
	record Fragment(FrameType type, long streamId, long frameId, boolean last, boolean aborted,
			byte[] payload) implements Frame {

		/**
		 * Create a frame.
		 * @throws IllegalArgumentException if the type has no fragments
		 */
		public Fragment {
			Objects.requireNonNull(type, "type");
			Objects.requireNonNull(payload, "payload");
			if (type != FrameType.NOTIFY && type != FrameType.UNSET) {
				throw new IllegalArgumentException("No fragments of " + type);
			}
		}

		@Override
		public boolean equals(@Nullable Object other) {
			return other instanceof Fragment that && this.type == that.type && this.streamId == that.streamId
					&& this.frameId == that.frameId && this.last == that.last && this.aborted == that.aborted
					&& Arrays.equals(this.payload, that.payload);
		}

		@Override
		public int hashCode() {
			return Long.hashCode(this.streamId * 31 + this.frameId) * 31 + Arrays.hashCode(this.payload);
		}

		@Override
		public String toString() {
			return "Fragment[type=" + this.type + ", streamId=" + this.streamId + ", frameId=" + this.frameId
					+ ", last=" + this.last + ", aborted=" + this.aborted + ", payload="
					+ LogText.message(HexFormat.of().formatHex(this.payload)) + "]";
		}

	}

	/**
	 * AGENT-HELLO: the version, the size and the capabilities that hold from here on.
	 *
	 * @param version the version, {@code 2.0}
	 * @param maxFrameSize the largest frame, in bytes, at most what HAProxy offered
	 * @param capabilities the capabilities of the agent
	 */
	record AgentHello(String version, int maxFrameSize, Set<Capability> capabilities) implements Frame {

		/**
		 * Create a frame.
		 */
		public AgentHello {
			Objects.requireNonNull(version, "version");
			capabilities = sort(capabilities);
		}

		@Override
		public FrameType type() {
			return FrameType.AGENT_HELLO;
		}

		@Override
		public String toString() {
			return "AgentHello[version=" + LogText.name(this.version) + ", maxFrameSize=" + this.maxFrameSize
					+ ", capabilities=" + this.capabilities + "]";
		}

	}

	/**
	 * AGENT-DISCONNECT: the reason for which the agent ends the connection.
	 *
	 * @param statusCode why, see {@link StatusCode}; an agent's own codes begin at 100
	 * @param message why, in words; of more than 255 bytes, or of more than a frame has
	 * room for, the rest is not sent
	 */
	record AgentDisconnect(long statusCode, String message) implements Frame {

		/**
		 * Create a frame.
		 */
		public AgentDisconnect {
			Objects.requireNonNull(message, "message");
		}

		/**
		 * Create a frame.
		 * @param status why
		 */
		public AgentDisconnect(StatusCode status) {
			this(Objects.requireNonNull(status, "status").code(), status.text());
		}

		@Override
		public FrameType type() {
			return FrameType.AGENT_DISCONNECT;
		}

		@Override
		public String toString() {
			return "AgentDisconnect[statusCode=" + this.statusCode + ", message=" + LogText.message(this.message) + "]";
		}

	}

	/**
	 * ACK: the answer to a NOTIFY.
	 *
	 * @param streamId the stream of the NOTIFY
	 * @param frameId the frame of the NOTIFY
	 * @param actions what HAProxy shall do, possibly nothing
	 */
	record Ack(long streamId, long frameId, Actions actions) implements Frame {

		/**
		 * Create a frame.
		 */
		public Ack {
			Objects.requireNonNull(actions, "actions");
		}

		@Override
		public FrameType type() {
			return FrameType.ACK;
		}

	}

	/**
	 * A frame of a type that SPOP 2.0 does not assign. After the handshake it is to be
	 * skipped.
	 *
	 * @param typeCode the type on the wire
	 * @param streamId the stream
	 * @param frameId the frame within the stream
	 */
	record Unknown(int typeCode, long streamId, long frameId) implements Frame {

		@Override
		public @Nullable FrameType type() {
			return null;
		}

	}

}
