package io.spop.cli;

import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

import io.spop.protocol.Frame;
import io.spop.protocol.FrameType;
import org.jspecify.annotations.Nullable;

/**
 * A connection of a recording: the NOTIFYs whose ACK has not been read yet, and the
 * fragments of a NOTIFY.
 */
final class RecordedConnection {

	/**
	 * An ACK that is not found this long after its NOTIFY is not looked for any more. No
	 * HAProxy waits as long.
	 */
	private static final Duration MAX_WAIT = Duration.ofMinutes(1);

	/** HAProxy's default. */
	private static final int DEFAULT_FRAME_SIZE = 16380;

	/** More than the largest buffer of any HAProxy. */
	private static final int MAX_SIZE = 16 * 1024 * 1024;

	private final Map<Ids, ReplayedNotify> waiting = new LinkedHashMap<>();

	private final ReplaySlot slot;

	private final @Nullable Instant opened;

	private int maxFrameSize = DEFAULT_FRAME_SIZE;

	private @Nullable Ids fragmented;

	/** {@code null} if the first fragments are missing. */
	private @Nullable ByteArrayOutputStream fragments;

	/**
	 * Create a connection.
	 * @param slot the connection of the replay in its place
	 * @param opened when it was opened, {@code null} if the recording does not say it
	 */
	RecordedConnection(ReplaySlot slot, @Nullable Instant opened) {
		this.slot = slot;
		this.opened = opened;
	}

	@Nullable Instant opened() {
		return this.opened;
	}

	ReplaySlot slot() {
		return this.slot;
	}

	void hello(Frame.HaproxyHello hello) {
		this.maxFrameSize = (int) Math.max(Frame.MIN_MAX_FRAME_SIZE, Math.min(hello.maxFrameSize(), MAX_SIZE));
	}

	/**
	 * Make sure that a frame fits, since a recording that began later than the connection
	 * does not have its HELLO.
	 * @param size the length of a frame that HAProxy sent, without its prefix
	 */
	void sent(int size) {
		this.maxFrameSize = Math.max(this.maxFrameSize, size);
	}

	/**
	 * Return the size of the largest frame to offer to the agent.
	 * @return the size that HAProxy offered
	 */
	int maxFrameSize() {
		return this.maxFrameSize;
	}

	/**
	 * Wait for the recorded ACK of a NOTIFY.
	 * @param notify the NOTIFY
	 * @param unanswered is given the NOTIFYs that are not waited for any more
	 */
	void add(ReplayedNotify notify, Consumer<ReplayedNotify> unanswered) {
		Iterator<ReplayedNotify> oldest = this.waiting.values().iterator();
		while (oldest.hasNext()) {
			ReplayedNotify old = oldest.next();
			if (!old.isOlder(MAX_WAIT, notify.time())) {
				break;
			}
			oldest.remove();
			unanswered.accept(old);
		}
		// HAProxy up to 3.0 uses the identifiers again after a timeout
		ReplayedNotify replaced = this.waiting.remove(new Ids(notify.streamId(), notify.frameId()));
		if (replaced != null) {
			unanswered.accept(replaced);
		}
		this.waiting.put(new Ids(notify.streamId(), notify.frameId()), notify);
	}

	@Nullable ReplayedNotify remove(long streamId, long frameId) {
		return this.waiting.remove(new Ids(streamId, frameId));
	}

	void removeAll(Consumer<ReplayedNotify> unanswered) {
		this.waiting.values().forEach(unanswered);
		this.waiting.clear();
	}

	/**
	 * Add a fragment of a NOTIFY.
	 * @param fragment the fragment
	 * @param leftOut is told of a NOTIFY that cannot be joined
	 * @return the payload of the whole NOTIFY if this is its last fragment
	 */
	byte @Nullable [] add(Frame.Fragment fragment, Consumer<LeftOut> leftOut) {
		Ids ids = new Ids(fragment.streamId(), fragment.frameId());
		boolean first = fragment.type() == FrameType.NOTIFY;
		if (first || !ids.equals(this.fragmented)) {
			forgetFragments(leftOut);
			this.fragmented = ids;
			this.fragments = first ? new ByteArrayOutputStream() : null;
		}
		ByteArrayOutputStream joined = this.fragments;
		if (joined != null && joined.size() + fragment.payload().length <= MAX_SIZE) {
			joined.writeBytes(fragment.payload());
		}
		else {
			this.fragments = null;
		}
		if (!fragment.last()) {
			return null;
		}
		joined = this.fragments;
		this.fragmented = null;
		this.fragments = null;
		if (fragment.aborted() || joined == null) {
			leftOut.accept(fragment.aborted() ? LeftOut.ABORTED : LeftOut.INCOMPLETE);
			return null;
		}
		return joined.toByteArray();
	}

	/**
	 * Forget the fragments of a NOTIFY whose last fragment does not come.
	 * @param leftOut is told of the NOTIFY
	 */
	void forgetFragments(Consumer<LeftOut> leftOut) {
		if (this.fragmented != null) {
			leftOut.accept(LeftOut.INCOMPLETE);
		}
		this.fragmented = null;
		this.fragments = null;
	}

	private record Ids(long streamId, long frameId) {
	}

}
