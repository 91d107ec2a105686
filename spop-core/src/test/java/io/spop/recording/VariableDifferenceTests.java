package io.spop.recording;

import io.spop.protocol.Actions;
import io.spop.protocol.SpopValue;
import io.spop.protocol.VarScope;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Two answers differ where they leave HAProxy with different variables.
 */
class VariableDifferenceTests {

	@Test
	void whenAnswersSetTheSameVariablesThenThereIsNoDifference() {
		Actions recorded = Actions.set(VarScope.SESSION, "score", new SpopValue.Uint32(20))
			.andSet(VarScope.REQUEST, "tag", "a")
			.andSet(VarScope.REQUEST, "tag", "b")
			.andUnset(VarScope.TRANSACTION, "gone");
		Actions replayed = Actions.set(VarScope.TRANSACTION, "gone", SpopValue.ofNull())
			.andSet(VarScope.REQUEST, "tag", "b")
			.andSet(VarScope.SESSION, "score", 20);
		assertThat(VariableDifference.between(recorded, replayed)).isEmpty();
		assertThat(VariableDifference.between(Actions.none(), Actions.none())).isEmpty();
		assertThat(VariableDifference.between(Actions.set(VarScope.SESSION, "x", new SpopValue.Uint64(-1)),
				Actions.set(VarScope.SESSION, "x", new SpopValue.Int32(-1))))
			.isEmpty();
	}

	@Test
	void whenAnswersDifferThenEachVariableIsNamed() {
		Actions recorded = Actions.set(VarScope.SESSION, "score", 20)
			.andSet(VarScope.REQUEST, "tag", "a\n")
			.andSet(VarScope.PROCESS, "same", true)
			.andUnset(VarScope.TRANSACTION, "gone");
		Actions replayed = Actions.set(VarScope.SESSION, "score", 30)
			.andSet(VarScope.REQUEST, "tag", SpopValue.of(new byte[] { 97, 10 }))
			.andSet(VarScope.PROCESS, "same", true)
			.andSet(VarScope.RESPONSE, "score", 1);
		assertThat(VariableDifference.between(recorded, replayed)).extracting(VariableDifference::toString)
			.containsExactly("sess.score: recorded int 20, replayed int 30",
					"req.tag: recorded str a\\u000a, replayed bin 610a", "txn.gone: recorded unset, replayed no action",
					"res.score: recorded no action, replayed int 1");
	}

	@Test
	void whenLongValuesDifferAtTheirEndThenSaysWhere() {
		String text = "x".repeat(1000);
		assertThat(VariableDifference.between(Actions.set(VarScope.SESSION, "tag", text + "a"),
				Actions.set(VarScope.SESSION, "tag", text + "b")))
			.singleElement()
			.asString()
			.endsWith(" (they differ from byte 1000 on)");
	}

}
