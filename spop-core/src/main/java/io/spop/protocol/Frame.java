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
 * A frame of SPOP 2.0, with one record for each type (SPOE.txt, section 3.2). Stream and
 * frame identifiers are unsigned 64-bit numbers. The agent copies them from a NOTIFY to
 * its ACK. HELLO and DISCONNECT frames have no identifiers, on the wire both are zero.
 * <p>
 * The records have all that SPOP 2.0 defines. A frame of any other type is
 * {@link Unknown}, so a {@code switch} over these records stays complete.
 *
 * @since 0.1.0
 */
public sealed interface Frame {

	/**
	 * The version of the protocol that this project supports, the only one in use.
	 */
	String VERSION = "2.0";

	/**
	 * The smallest {@code max-frame-size} that HAProxy offers or accepts, in bytes.
	 */
	int MIN_MAX_FRAME_SIZE = 256;

	/**
	 * Return the type of this frame. A {@link Notify} and the first {@link Fragment} of a
	 * NOTIFY have the same type.
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
	 * @param maxFrameSize the largest frame, in bytes without the length prefix; a peer
	 * may send any number, also a negative one or one of more than 32 bits
	 * @param capabilities the announced capabilities, without those that are not a
	 * {@link Capability}
	 * @param engineId the identifier of one engine of one HAProxy process, {@code null}
	 * for a health check
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
		 * Choose the version for the AGENT-HELLO.
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
			// A peer other than HAProxy may send any text here
			throw new SpopProtocolException(StatusCode.UNSUPPORTED_VERSION, "HAPROXY-HELLO announces "
					+ (SHORT_LIST.matcher(versions).matches() ? versions : "something else") + ", not " + VERSION);
		}

		/**
		 * Choose the {@code max-frame-size} for the AGENT-HELLO: the size that HAProxy
		 * offers or the given limit, whichever is smaller.
		 * @param limit the largest frame that the agent accepts, in bytes without the
		 * length prefix
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
	 * HAPROXY-DISCONNECT: the reason why HAProxy ends the connection.
	 *
	 * @param statusCode the reason as a code, see {@link StatusCode}
	 * @param message the reason as a text
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
	 * A part of a fragmented NOTIFY: its first frame or one of those that continue it.
	 * Only HAProxy up to 3.0 sends fragments, and only if the agent announced
	 * {@link Capability#FRAGMENTATION}.
	 *
	 * @param type {@link FrameType#NOTIFY} for the first fragment,
	 * {@link FrameType#UNSET} for each further fragment
	 * @param streamId the stream
	 * @param frameId the frame within the stream
	 * @param last whether this is the last fragment (flag FIN)
	 * @param aborted whether HAProxy cancels the whole NOTIFY (flag ABORT)
	 * @param payload the bytes of this fragment
	 */
	record Fragment(FrameType type, long streamId, long frameId, boolean last, boolean aborted,
			byte[] payload) implements Frame {

		/**
		 * Create a frame.
		 * @throws IllegalArgumentException if the type is neither NOTIFY nor UNSET
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
			return Objects.hash(this.streamId, this.frameId, Arrays.hashCode(this.payload));
		}

		@Override
		public String toString() {
			return "Fragment[type=" + this.type + ", streamId=" + this.streamId + ", frameId=" + this.frameId
					+ ", last=" + this.last + ", aborted=" + this.aborted + ", payload="
					+ LogText.message(HexFormat.of().formatHex(this.payload)) + "]";
		}

	}

	/**
	 * AGENT-HELLO: the version, the size and the capabilities of the agent's answer to
	 * the handshake.
	 *
	 * @param version the version, {@code 2.0}
	 * @param maxFrameSize the largest frame, in bytes without the length prefix, at most
	 * the size that HAProxy offered
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
	 * AGENT-DISCONNECT: the reason why the agent ends the connection.
	 *
	 * @param statusCode the reason as a code, see {@link StatusCode}; an agent's own
	 * codes begin at 100
	 * @param message the reason as a text; it is cut to 255 bytes, or to the room in the
	 * frame if that is less
	 */
	record AgentDisconnect(long statusCode, String message) implements Frame {

		/**
		 * Create a frame.
		 */
		public AgentDisconnect {
			Objects.requireNonNull(message, "message");
		}

		/**
		 * Create a frame with the text of a status code.
		 * @param status the reason
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
	 * @param actions the actions for HAProxy, possibly none
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
	 * A frame of a type that SPOP 2.0 does not define. A receiver skips such a frame
	 * after the handshake.
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
