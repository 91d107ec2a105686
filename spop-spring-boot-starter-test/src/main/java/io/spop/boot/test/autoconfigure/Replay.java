package io.spop.boot.test.autoconfigure;

import java.nio.file.Path;
import java.util.List;

import io.spop.protocol.Actions;

/**
 * The answers of the agent to the NOTIFYs of a recording.
 *
 * @since 0.1.0
 */
public final class Replay {

	private final Path recording;

	private final List<Answer> answers;

	Replay(Path recording, List<Answer> answers) {
		this.recording = recording;
		this.answers = answers;
	}

	List<Answer> answers() {
		return this.answers;
	}

	/**
	 * Return what was replayed.
	 * @return a text with the file and the number of NOTIFYs
	 */
	@Override
	public String toString() {
		return "the replay of " + this.recording + " with " + this.answers.size()
				+ ((this.answers.size() == 1) ? " NOTIFY" : " NOTIFYs");
	}

	/**
	 * An answer.
	 *
	 * @param recorded the NOTIFY with the recorded answer
	 * @param actions the answer of the agent
	 * @param failures why handlers failed
	 */
	record Answer(RecordedNotify recorded, Actions actions, List<String> failures) {
	}

}
