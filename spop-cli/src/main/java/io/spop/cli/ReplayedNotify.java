package io.spop.cli;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

import io.spop.protocol.Actions;
import io.spop.protocol.NotifyMessage;
import org.jspecify.annotations.Nullable;

/**
 * A NOTIFY of a recording, with the recorded answer and the answer of the replay. Either
 * may come first.
 */
final class ReplayedNotify {

	private final Instant time;

	private final long connection;

	private final long streamId;

	private final long frameId;

	private final List<String> messages;

	private boolean recordedKnown;

	private @Nullable Actions recorded;

	private boolean answerKnown;

	private @Nullable Actions answer;

	private @Nullable Failure failure;

	ReplayedNotify(Instant time, long connection, long streamId, long frameId, List<NotifyMessage> messages) {
		this.time = time;
		this.connection = connection;
		this.streamId = streamId;
		this.frameId = frameId;
		this.messages = messages.stream().map(NotifyMessage::name).toList();
	}

	/**
	 * Set the recorded answer.
	 * @param actions the actions of the recorded ACK, or {@code null} if there is none
	 * that can be read
	 */
	void recorded(@Nullable Actions actions) {
		this.recordedKnown = true;
		this.recorded = actions;
	}

	/**
	 * Set the answer of the replay.
	 * @param actions the actions of the ACK
	 */
	void answered(Actions actions) {
		this.answerKnown = true;
		this.answer = actions;
	}

	/**
	 * Say that the replay has no answer.
	 * @param failure the reason
	 */
	void failed(Failure failure) {
		this.answerKnown = true;
		this.failure = failure;
	}

	boolean isComplete() {
		return this.recordedKnown && this.answerKnown;
	}

	@Nullable Actions recorded() {
		return this.recorded;
	}

	@Nullable Actions answer() {
		return this.answer;
	}

	@Nullable Failure failure() {
		return this.failure;
	}

	Instant time() {
		return this.time;
	}

	boolean isOlder(Duration age, Instant now) {
		return this.time.plus(age).isBefore(now);
	}

	long connection() {
		return this.connection;
	}

	long streamId() {
		return this.streamId;
	}

	long frameId() {
		return this.frameId;
	}

	List<String> messages() {
		return this.messages;
	}

	/**
	 * Why a NOTIFY has no answer.
	 *
	 * @param reason the reason
	 * @param isRefused whether the agent sent an AGENT-DISCONNECT
	 * @param isTimeout whether the time limit was reached
	 */
	record Failure(String reason, boolean isRefused, boolean isTimeout) {

		static Failure timeout(Duration limit) {
			return new Failure("No ACK within " + limit.toMillis() + " ms", false, true);
		}

	}

}
