package io.spop.haproxy.config;

import java.util.EnumSet;
import java.util.List;

import io.spop.haproxy.HaproxyVersion;
import io.spop.haproxy.SampleType;
import io.spop.haproxy.SpoeEvent;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class SampleExpressionTests {

	@Test
	void whenExpressionHasConvertersThenTheyAreInOrder() {
		SampleExpression sample = SampleExpression.parse("req.hdr(x-forwarded-for,1),field(1,\",\"),lower");
		assertThat(sample.fetch()).isEqualTo("req.hdr");
		assertThat(sample.fetchArguments()).containsExactly("x-forwarded-for", "1");
		assertThat(sample.converters()).containsExactly(new Converter("field", List.of("1", ",")),
				new Converter("lower", List.of()));
		assertThat(sample.malformed()).isEmpty();
		assertThat(sample.isKnown()).isTrue();
		assertThat(sample).hasToString("req.hdr(x-forwarded-for,1),field(1,\",\"),lower");
	}

	@Test
	void whenArgumentsAreQuotedThenQuotesAndEscapesAreResolved() {
		assertThat(SampleExpression.parse("str('a,b)c')").fetchArguments()).containsExactly("a,b)c");
		assertThat(SampleExpression.parse("str(\"it's\\n\\1\\\"\")").fetchArguments()).containsExactly("it's\n\\1\"");
		assertThat(SampleExpression.parse("str('a\\n')").fetchArguments()).containsExactly("a\\n");
		assertThat(SampleExpression.parse("src()").fetchArguments()).isEmpty();
		assertThat(SampleExpression.parse("path,regsub(a,,)").converters())
			.containsExactly(new Converter("regsub", List.of("a", "", "")));
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "(a)", "=x", "req.hdr(a", "str('a)", "req.hdr(a)lower", "path,(x)", "path, lower",
			"path,lower(" })
	void whenFormIsWrongThenItIsSaidAndNothingIsKnown(String text) {
		SampleExpression sample = SampleExpression.parse(text);
		assertThat(sample.malformed()).isNotEmpty();
		assertThat(sample.isKnown()).isFalse();
		assertThat(sample.types()).isEqualTo(EnumSet.allOf(SampleType.class));
	}

	@ParameterizedTest
	@CsvSource(delimiter = '~', textBlock = """
			src                        ~ IPV4 IPV6
			src,ipmask(24)             ~ IPV4 IPV6
			ipv4(127.0.0.1)            ~ IPV4
			src_port                   ~ INTEGER
			method                     ~ STRING
			hdr(host)                  ~ STRING
			req.hdrs                   ~ STRING
			req.hdrs_bin               ~ BINARY
			req.body                   ~ BINARY
			base32+src                 ~ BINARY
			ssl_fc                     ~ BOOLEAN
			path,length                ~ INTEGER
			path,base64                ~ STRING
			src,set-var(txn.a)         ~ IPV4 IPV6
			var(txn.a)                 ~ BOOLEAN INTEGER IPV4 IPV6 STRING BINARY
			var(txn.a),lower           ~ STRING
			nobody_has_this            ~ BOOLEAN INTEGER IPV4 IPV6 STRING BINARY
			src,nobody_has_this        ~ BOOLEAN INTEGER IPV4 IPV6 STRING BINARY
			""")
	void whenExpressionIsReadThenTypesAreWhatHaproxySends(String text, String types) {
		assertThat(SampleExpression.parse(text).types()).map(SampleType::name).containsExactly(types.split(" "));
	}

	@Test
	void whenVersionDoesNotHaveNameThenItIsUnknownThere() {
		SampleExpression sample = SampleExpression.parse("bytes_in,hdr_beg,lower");
		assertThat(sample.unknown(HaproxyVersion.of("2.6"))).containsExactly("bytes_in", "hdr_beg");
		assertThat(sample.unknown(HaproxyVersion.of("3.1"))).containsExactly("hdr_beg");
		assertThat(SampleExpression.parse("bytes_in").isKnown(HaproxyVersion.of("2.9"))).isFalse();
		assertThat(SampleExpression.parse("bytes_in").isKnown(HaproxyVersion.of("4.0"))).isTrue();
		assertThat(SampleExpression.parse("src").isKnown(HaproxyVersion.of("2.4"))).isTrue();
	}

	@Test
	void whenEventComesThenFetchCanBeEvaluatedOrNot() {
		assertThat(SampleExpression.parse("path").places()).contains(SamplePlace.of(SpoeEvent.ON_FRONTEND_TCP_REQUEST),
				SamplePlace.of(SpoeEvent.ON_BACKEND_HTTP_REQUEST, false), SamplePlace.of(SpoeEvent.ON_SERVER_SESSION))
			.doesNotContain(SamplePlace.of(SpoeEvent.ON_CLIENT_SESSION), SamplePlace.of(SpoeEvent.ON_HTTP_RESPONSE));
		assertThat(SampleExpression.parse("be_id").places())
			.contains(SamplePlace.of(SpoeEvent.ON_BACKEND_HTTP_REQUEST, false),
					SamplePlace.of(SpoeEvent.ON_TCP_RESPONSE))
			.doesNotContain(SamplePlace.of(SpoeEvent.ON_BACKEND_HTTP_REQUEST, true));
		assertThat(SampleExpression.parse("bytes_in").places(HaproxyVersion.of("3.0")))
			.contains(SamplePlace.FRONTEND_CONNECTION);
		assertThat(SampleExpression.parse("bytes_in").places(HaproxyVersion.of("3.2")))
			.doesNotContain(SamplePlace.FRONTEND_CONNECTION);
		assertThat(SampleExpression.parse("unknown").places()).isEqualTo(EnumSet.allOf(SamplePlace.class));
	}

}
