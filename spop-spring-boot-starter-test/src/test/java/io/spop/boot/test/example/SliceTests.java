package io.spop.boot.test.example;

import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

import io.netty.channel.local.LocalAddress;
import io.spop.boot.autoconfigure.SpopAgentLifecycle;
import io.spop.boot.test.autoconfigure.SpopTest;
import io.spop.boot.test.autoconfigure.SpopTestClient;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopValue;
import io.spop.protocol.VarScope;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.ApplicationContext;
import org.springframework.test.context.bean.override.mockito.MockitoBean;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.mockito.BDDMockito.given;

@SpopTest
class SliceTests {

	@Autowired
	private SpopTestClient client;

	@Autowired
	private ApplicationContext context;

	@MockitoBean
	private Components.ScoreSource source;

	@Test
	void whenArgumentsHaveTypesThenTheyTravelAsHaproxySendsThem() throws Exception {
		this.client.message("echo")
			.arg("text", "Grüße")
			.arg("number", 443)
			.arg("flag", true)
			.ipArg("v4", "192.0.2.1")
			.ipArg("v6", "2001:db8::1")
			.arg("bytes", new byte[] { 1, 2 })
			.arg("missing", null)
			.arg("raw", new SpopValue.Uint32(7))
			.arg("other", Duration.ofSeconds(3))
			.unnamedArg('x')
			.send()
			.isNotFallback()
			.hasVariable(VarScope.SESSION, "text_0", "Text")
			.hasVariable(VarScope.TRANSACTION, "text_0", "Grüße")
			.hasVariable(VarScope.SESSION, "number_1", "Int64")
			.hasVariable(VarScope.TRANSACTION, "number_1", 443)
			.hasVariable(VarScope.TRANSACTION, "number_1", SpopValue.of(443))
			.hasVariable(VarScope.SESSION, "flag_2", "Bool")
			.hasVariable(VarScope.TRANSACTION, "flag_2", true)
			.hasVariable(VarScope.SESSION, "v4_3", "Ipv4")
			.hasVariable(VarScope.TRANSACTION, "v4_3", InetAddress.getByName("192.0.2.1"))
			.hasVariable(VarScope.SESSION, "v6_4", "Ipv6")
			.hasVariable(VarScope.TRANSACTION, "v6_4", InetAddress.getByName("2001:db8::1"))
			.hasVariable(VarScope.SESSION, "bytes_5", "Binary")
			.hasVariable(VarScope.TRANSACTION, "bytes_5", new byte[] { 1, 2 })
			.hasVariable(VarScope.SESSION, "missing_6", "Null")
			.unsets(VarScope.TRANSACTION, "missing_6")
			.hasNoVariable(VarScope.TRANSACTION, "missing_6")
			.hasVariable(VarScope.SESSION, "raw_7", "Uint32")
			.hasVariable(VarScope.TRANSACTION, "raw_7", 7L)
			.hasVariable(VarScope.SESSION, "other_8", "Text")
			.hasVariable(VarScope.TRANSACTION, "other_8", "PT3S")
			.hasVariable(VarScope.SESSION, "_9", "Text")
			.hasVariable(VarScope.TRANSACTION, "_9", "x");
	}

	@Test
	void whenNameIsRepeatedThenBothArgumentsTravelInTheirOrder() {
		this.client.message("echo")
			.arg("a", 1)
			.arg("a", 2)
			.send()
			.hasVariable(VarScope.TRANSACTION, "a_0", 1)
			.hasVariable(VarScope.TRANSACTION, "a_1", 2);
	}

	@Test
	void whenNotifyHasSeveralMessagesThenAllAreHandledTogether() {
		this.client.message("echo")
			.arg("a", 1)
			.message("inherited")
			.message("echo")
			.arg("b", 2)
			.send()
			.hasVariable(VarScope.TRANSACTION, "a_0", 1)
			.hasVariable(VarScope.TRANSACTION, "b_0", 2)
			.unsets(VarScope.PROCESS, "inherited")
			.hasVariable(VarScope.RESPONSE, "messages", 3);
	}

	@Test
	void whenDependencyIsMockedThenHandlerUsesTheMock() {
		given(this.source.of("XX")).willReturn(42L);
		this.client.message("score")
			.arg("country", "xx")
			.arg("port", 443)
			.send()
			.hasVariable(VarScope.SESSION, "score", 42)
			.variable(VarScope.SESSION, "score")
			.isEqualTo(42L);
	}

	@Test
	void whenHandlerFailsThenAnswerIsTheFallback() {
		given(this.source.of("XX")).willThrow(new IllegalArgumentException("no score"));
		this.client.message("score")
			.arg("country", "xx")
			.arg("port", 443)
			.send()
			.isFallback()
			.isFallbackBecauseOf("no score")
			.hasVariable(VarScope.TRANSACTION, "failed", true)
			.hasNoVariable(VarScope.SESSION, "score");
	}

	@Test
	void whenAdviceHandlesTheFailureThenItAnswers() {
		given(this.source.of("XX")).willThrow(new UnsupportedOperationException());
		this.client.message("score")
			.arg("country", "xx")
			.arg("port", 443)
			.send()
			.isNotFallback()
			.hasVariable(VarScope.REQUEST, "unsupported", true);
	}

	@Test
	void whenArgumentIsNotValidThenAnswerIsTheFallback() {
		this.client.message("score").arg("country", "xx").arg("port", -1).send().isFallbackBecauseOf("port");
	}

	@Test
	void whenParameterHasATypeOfTheApplicationThenItsResolverIsPartOfTheSlice() {
		this.client.message("tenant").arg("host", "a.example.org").send().hasVariable(VarScope.SESSION, "tenant", "a");
		this.client.message("tenant").send().isFallbackBecauseOf("TenantResolver returned null");
	}

	@Test
	void whenMethodIsNonBlockingThenItRunsOnAnEventLoop() {
		this.client.message("thread").send().hasVariable(VarScope.REQUEST, "event_loop", true);
	}

	@Test
	void whenNothingIsToBeDoneThenAckIsEmpty() {
		this.client.message("nobody").send().hasNoActions().wasAnsweredWithin(Duration.ofSeconds(10));
	}

	@Test
	void whenExpectationIsWrongThenFailureShowsTheWholeAck() {
		var ack = this.client.message("echo").arg("a", 1).arg("b", null).arg("c", "1").send();
		assertThatExceptionOfType(AssertionError.class)
			.isThrownBy(() -> ack.hasVariable(VarScope.TRANSACTION, "a_0", "1"))
			.withMessageContaining("Expected the answer to have txn.a_0 = \"1\", but")
			.withMessageContaining("the ACK to echo[a=1, b=null, c=1] on listener 'main', after ")
			.withMessageContaining("txn.a_0 = 1\n  sess.b_1 = \"Null\"\n  unset txn.b_1\n")
			.withMessageContaining("txn.c_2 = \"1\"");
		List.<Runnable>of(() -> ack.hasVariable(VarScope.TRANSACTION, "b_1", 1),
				() -> ack.hasVariable(VarScope.SESSION, "a", 1), () -> ack.hasVariable(VarScope.SESSION, "a"),
				() -> ack.variable(VarScope.SESSION, "a"), () -> ack.unsets(VarScope.SESSION, "a_0"),
				() -> ack.hasVariable(VarScope.TRANSACTION, "a_0", SpopValue.of("1")),
				() -> ack.hasVariable(VarScope.TRANSACTION, "a_0", new SpopValue.Int32(1)),
				() -> ack.hasNoVariable(VarScope.TRANSACTION, "a_0"), ack::hasNoActions, ack::isFallback,
				() -> ack.isFallbackBecauseOf("x"), () -> ack.wasAnsweredWithin(Duration.ZERO),
				() -> ack.variable(VarScope.TRANSACTION, "a_0").isEqualTo(2L))
			.forEach((wrong) -> assertThatExceptionOfType(AssertionError.class).isThrownBy(wrong::run)
				.withMessageContaining("txn.c_2 = \"1\""));
	}

	@Test
	void whenAckIsAskedThenItTellsWhatTheAnswerWas() {
		given(this.source.of("XX")).willThrow(new IllegalArgumentException("no score"));
		this.client.message("score").arg("country", "xx").arg("port", 443).message("nobody").send().satisfies((ack) -> {
			assertThat(ack.messages()).extracting(NotifyMessage::name).containsExactly("score", "nobody");
			assertThat(ack.listener()).isEqualTo("main");
			assertThat(ack.error()).contains("no score");
			assertThat(ack.time()).isPositive();
			assertThat(ack.unhandled()).contains("no method handles nobody");
			assertThat(ack.actions()).isNotEmpty();
			assertThat(ack.variable(VarScope.TRANSACTION, "failed")).isEqualTo(SpopValue.of(true));
		});
	}

	@Test
	void whenMessageHasNoHandlerThenFailureSaysSo() {
		assertThatExceptionOfType(AssertionError.class)
			.isThrownBy(() -> this.client.message("ehco").send().hasVariable(VarScope.TRANSACTION, "a_0"))
			.withMessageContaining("has no actions")
			.withMessageContaining("no method handles ehco on listener 'main', where there are methods for echo, ");
	}

	@Test
	@SuppressWarnings("NullAway") // null on purpose
	void whenMessageHasNoNameThenItIsRefused() {
		assertThatIllegalArgumentException().isThrownBy(() -> this.client.message(""))
			.withMessage("A message has a name");
		assertThatNullPointerException().isThrownBy(() -> this.client.message(null)).withMessage("name");
		assertThatNullPointerException().isThrownBy(() -> this.client.message("echo").arg(null, 1)).withMessage("name");
	}

	@Test
	void whenNotifyHasBeenSentThenNoArgumentCanBeAdded() {
		SpopTestClient.Notify echo = this.client.message("echo").arg("a", 1);
		echo.send().hasVariable(VarScope.TRANSACTION, "a_0", 1);
		assertThatIllegalStateException().isThrownBy(() -> echo.arg("b", 2))
			.withMessageStartingWith("There is no message for the argument 'b'");
	}

	@Test
	void whenTextHasControlCharactersThenFailureShowsThemEscaped() {
		var ack = this.client.message("echo").arg("a", "x\u001b[2J\ny").send();
		assertThatExceptionOfType(AssertionError.class).isThrownBy(ack::hasNoActions)
			.withMessageContaining("the ACK to echo[a=x\\u001b[2J\\u000ay] on listener")
			.withMessageContaining("txn.a_0 = \"x\\u001b[2J\\u000ay\"");
		assertThatExceptionOfType(AssertionError.class)
			.isThrownBy(() -> this.client.message("\u001b[2J").send().isFallback())
			.withMessageContaining("no method handles \\u001b[2J on listener");
	}

	@Test
	void whenHandlerFailsThenFailureSaysWhy() {
		given(this.source.of("XX")).willThrow(new IllegalArgumentException("no score"));
		var ack = this.client.message("score").arg("country", "xx").arg("port", 443).send();
		assertThatExceptionOfType(AssertionError.class).isThrownBy(ack::isNotFallback)
			.withMessageContaining("It is the fallback, because of ")
			.withMessageContaining("no score");
	}

	@Test
	void whenValueHasNoTypeThenItIsRefused() {
		assertThatIllegalArgumentException().isThrownBy(() -> this.client.message("echo").arg("a", List.of()));
		assertThatIllegalArgumentException().isThrownBy(() -> this.client.message("echo").ipArg("a", "localhost"))
			.withMessage("'localhost' is not an IP address");
		assertThatIllegalArgumentException().isThrownBy(() -> this.client.message("echo").ipArg("a", "1.2.3.4.5"));
	}

	@Test
	void whenListenerIsUnknownThenFailureNamesThoseThatExist() {
		assertThatIllegalStateException().isThrownBy(() -> this.client.listener("x").message("echo").send())
			.withMessage("The agent has no listener 'x'. It has main");
	}

	@Test
	void whenHeadersAreBytesThenTheyTravelAsBinary() {
		this.client.message("echo")
			.arg("a", "x".getBytes(StandardCharsets.UTF_8))
			.send()
			.hasVariable(VarScope.SESSION, "a_0", "Binary");
	}

	@Test
	void whenSliceStartsThenNothingElseIsThereAndNoPortIsOpen() {
		assertThat(this.context.getBeanProvider(Components.Everything.class)).isEmpty();
		assertThat(this.context.getBeansOfType(Components.ScoreSource.class)).hasSize(1);
		assertThat(Objects.requireNonNull(this.context.getBean(SpopAgentLifecycle.class).agent()).address("main"))
			.isInstanceOf(LocalAddress.class);
	}

}
