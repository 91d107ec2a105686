package io.spop.cli.conformance;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * A step of a case.
 *
 * @param text what is done, or what has to come
 * @param sent the bytes that are sent
 * @param action does it, and throws {@link WrongAnswer} if something else came
 */
record Step(String text, List<Bytes> sent, Action action) {

	List<String> lines() {
		List<String> lines = new ArrayList<>();
		lines.add(this.text);
		this.sent.forEach((bytes) -> bytes.lines().forEach((line) -> lines.add("  " + line)));
		return lines;
	}

	/**
	 * Return what had to come, for a step that failed.
	 */
	String expectation() {
		return this.text.replaceFirst("^expect ", "");
	}

	/**
	 * Perform the step. If it fails, the innermost step says what was expected.
	 */
	void perform(Conversation conversation) throws IOException, InterruptedException {
		try {
			this.action.perform(conversation);
		}
		catch (WrongAnswer ex) {
			throw ex.insteadOf(expectation());
		}
	}

	interface Action {

		void perform(Conversation conversation) throws IOException, InterruptedException;

	}

}
