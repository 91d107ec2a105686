package io.spop.sample;

import java.net.InetAddress;

import io.spop.protocol.Actions;
import io.spop.protocol.Argument;
import io.spop.protocol.Arguments;
import io.spop.protocol.SpopValue;
import io.spop.protocol.VarScope;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class EchoArgumentsTests {

	private final EchoArguments echo = new EchoArguments();

	@Test
	void whenNamesAreMissingDoubledOrNotUtf8ThenAllArgumentsAreThere() throws Exception {
		Arguments arguments = Arguments.of(new Argument("answer", SpopValue.of(42)), unnamed(SpopValue.of("first")),
				unnamed(SpopValue.of(InetAddress.getByName("127.0.0.1"))), new Argument("country", SpopValue.of("xx")),
				new Argument("country", SpopValue.of("shadowed")), unnamed(SpopValue.of("second")),
				new Argument("bad\uFFFD", SpopValue.of("lossy")));
		assertThat(this.echo.echo(arguments)).isEqualTo(summary(
				"answer=42 country=xx lossy=lossy unnamed=first,127.0.0.1,second all=answer:42,:first,:127.0.0.1,"
						+ "country:xx,country:shadowed,:second,bad\\u{fffd}:lossy"));
	}

	@Test
	void whenThereIsNoValueThenItIsNull() {
		assertThat(this.echo.echo(Arguments.of(new Argument("country", SpopValue.ofNull()))))
			.isEqualTo(summary("answer=null country=null lossy=null unnamed= all=country:null"));
	}

	@Test
	void whenValuesAreBytesOrNotAsciiThenTheSummaryIsALineOfAscii() {
		assertThat(this.echo.echo(Arguments.of(new Argument("a", SpopValue.of(new byte[] { 1, 2, 3 })),
				new Argument("b", SpopValue.of("\u00e4\r\n")))))
			.isEqualTo(summary("answer=null country=null lossy=null unnamed= all=a:3 bytes,b:\\u{e4}\\u{d}\\u{a}"));
	}

	@Test
	void whenValuesAreLongThenTheSummaryIsCut() {
		Arguments arguments = Arguments.of(new Argument("country", SpopValue.of("x".repeat(6000))));
		assertThat(this.echo.echo(arguments)).isEqualTo(summary("answer=null country=" + "x".repeat(680) + "..."));
	}

	@Test
	void whenNameHasABackslashThenItIsEscaped() {
		assertThat(this.echo.echo(Arguments.of(new Argument("\\u{41}", SpopValue.of(true)))))
			.isEqualTo(summary("answer=null country=null lossy=null unnamed= all=\\u{5c}u{41}:true"));
	}

	private static Argument unnamed(SpopValue value) {
		return new Argument("", value);
	}

	private static Actions summary(String summary) {
		return Actions.set(VarScope.TRANSACTION, "summary", summary);
	}

}
