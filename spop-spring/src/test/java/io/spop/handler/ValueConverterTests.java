package io.spop.handler;

import java.lang.reflect.Method;
import java.math.BigInteger;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.spop.haproxy.SampleType;
import io.spop.protocol.HeaderBlock;
import io.spop.protocol.SpopValue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.core.MethodParameter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class ValueConverterTests {

	private static final BindingContext CONTEXT = TestHandlers.CONTEXT;

	private static final SpopValue IPV4 = new SpopValue.Ipv4(0xC0000201);

	private static final SpopValue IPV6 = new SpopValue.Ipv6(0x20010DB800000000L, 1);

	@ParameterizedTest
	@MethodSource
	void whenValueHasAMeaningInTheTypeThenConverts(Class<?> type, SpopValue value, Object expected) {
		assertThat(convert(type, value)).isInstanceOf(expected.getClass()).isEqualTo(expected);
	}

	static Stream<Arguments> whenValueHasAMeaningInTheTypeThenConverts() throws Exception {
		return Stream.of(Arguments.of(String.class, SpopValue.of("Grüße"), "Grüße"),
				Arguments.of(String.class, SpopValue.of(new byte[] { 'a', 'b' }), "ab"),
				Arguments.of(String.class, new SpopValue.Text(new byte[] { 'a', (byte) 0xFF }, 0, 2), "a\uFFFD"),
				Arguments.of(String.class, SpopValue.of(-1), "-1"),
				Arguments.of(String.class, SpopValue.of(true), "true"), Arguments.of(String.class, IPV4, "192.0.2.1"),
				Arguments.of(byte[].class, SpopValue.of(new byte[] { 1, 2 }), new byte[] { 1, 2 }),
				Arguments.of(byte[].class, SpopValue.of("é"), "é".getBytes(StandardCharsets.UTF_8)),
				Arguments.of(int.class, SpopValue.of(-7), -7), Arguments.of(Integer.class, new SpopValue.Int32(7), 7),
				Arguments.of(int.class, SpopValue.of("42"), 42),
				Arguments.of(long.class, SpopValue.of(1L << 40), 1L << 40),
				Arguments.of(Long.class, new SpopValue.Uint32(4294967295L), 4294967295L),
				Arguments.of(long.class, new SpopValue.Uint64(5), 5L),
				Arguments.of(short.class, SpopValue.of(5), (short) 5),
				Arguments.of(double.class, SpopValue.of("1.5"), 1.5), Arguments.of(char.class, SpopValue.of("x"), 'x'),
				Arguments.of(BigInteger.class, new SpopValue.Uint64(-1),
						BigInteger.ONE.shiftLeft(64).subtract(BigInteger.ONE)),
				Arguments.of(boolean.class, SpopValue.of(true), true),
				Arguments.of(Boolean.class, SpopValue.of("off"), false),
				Arguments.of(boolean.class, SpopValue.of(1), true),
				Arguments.of(InetAddress.class, IPV4, Inet4Address.getByName("192.0.2.1")),
				Arguments.of(Inet4Address.class, IPV4, Inet4Address.getByName("192.0.2.1")),
				Arguments.of(InetAddress.class, IPV6, Inet6Address.getByName("2001:db8::1")),
				Arguments.of(Inet6Address.class, IPV6, Inet6Address.getByName("2001:db8::1")),
				Arguments.of(InetAddress.class, SpopValue.of("192.0.2.1"), Inet4Address.getByName("192.0.2.1")),
				Arguments.of(InetAddress.class, SpopValue.of("2001:db8::1"), Inet6Address.getByName("2001:db8::1")),
				Arguments.of(InetAddress.class, SpopValue.of("::192.0.2.1"), Inet6Address.getByName("::c000:201")),
				Arguments.of(SpopValue.class, SpopValue.of("x"), SpopValue.of("x")),
				Arguments.of(SpopValue.Int64.class, SpopValue.of(1), SpopValue.of(1)),
				Arguments.of(TimeUnit.class, SpopValue.of("seconds"), TimeUnit.SECONDS),
				Arguments.of(Duration.class, SpopValue.of("5s"), Duration.ofSeconds(5)));
	}

	@ParameterizedTest
	@MethodSource
	void whenValueHasNoMeaningInTheTypeThenRefuses(Class<?> type, SpopValue value) {
		Object result;
		try {
			result = convert(type, value);
		}
		catch (RuntimeException ex) {
			return;
		}
		assertThat(result).isNull();
	}

	static Stream<Arguments> whenValueHasNoMeaningInTheTypeThenRefuses() {
		return Stream.of(Arguments.of(int.class, SpopValue.of(1L << 31)), Arguments.of(int.class, SpopValue.of("x")),
				Arguments.of(int.class, SpopValue.of(true)), Arguments.of(long.class, new SpopValue.Uint64(-1)),
				Arguments.of(boolean.class, SpopValue.of("maybe")), Arguments.of(Inet4Address.class, IPV6),
				Arguments.of(Inet6Address.class, IPV4), Arguments.of(byte[].class, SpopValue.of(1)),
				Arguments.of(SpopValue.Text.class, SpopValue.of(1)), Arguments.of(TimeUnit.class, SpopValue.of("x")));
	}

	@Test
	void whenTextIsAHostNameThenDoesNotLookItUp() {
		assertThat(convert(InetAddress.class, SpopValue.of("localhost"))).isNull();
		assertThat(convert(InetAddress.class, SpopValue.of("fe80::1%none"))).isNull();
	}

	@Test
	void whenNumberIsTooLargeThenSaysSo() {
		assertThatExceptionOfType(ArithmeticException.class)
			.isThrownBy(() -> convert(int.class, SpopValue.of(Long.MAX_VALUE)));
	}

	@ParameterizedTest
	@ValueSource(classes = { List.class, Map.class, String[].class, Runnable.class })
	void whenNoValueConvertsToTheTypeThenThereIsNoConverter(Class<?> type) {
		assertThat(converter(type)).isNull();
	}

	@ParameterizedTest
	@MethodSource
	void whenAsksForTypesThenTheyAreThoseThatConvert(Method method) {
		ValueConverter converter = ValueConverter.to(new MethodParameter(method, 0), CONTEXT);
		assertThat(converter).isNotNull();
		Set<SampleType> converting = Arrays.stream(SampleType.values())
			.filter((type) -> values(type).anyMatch((value) -> convertOrNull(converter, value) != null))
			.collect(Collectors.toSet());
		assertThat(converter.types()).as(method.toString()).isEqualTo(converting);
	}

	static Stream<Method> whenAsksForTypesThenTheyAreThoseThatConvert() {
		return Arrays.stream(Targets.class.getDeclaredMethods())
			.filter((method) -> ValueConverter.to(new MethodParameter(method, 0), CONTEXT) != null);
	}

	@ParameterizedTest
	@MethodSource
	void whenAsksForTypesThenTheyAreAsDocumented(Class<?> type, Set<SampleType> types) throws Exception {
		ValueConverter converter = converter(type);
		assertThat(converter).isNotNull();
		assertThat(converter.types()).isEqualTo(types);
	}

	static Stream<Arguments> whenAsksForTypesThenTheyAreAsDocumented() {
		Set<SampleType> all = EnumSet.allOf(SampleType.class);
		Set<SampleType> text = Set.of(SampleType.STRING, SampleType.BINARY);
		Set<SampleType> number = Set.of(SampleType.INTEGER, SampleType.STRING, SampleType.BINARY);
		return Stream.of(Arguments.of(String.class, all), Arguments.of(byte[].class, text),
				Arguments.of(int.class, number), Arguments.of(Long.class, number),
				Arguments.of(BigInteger.class, number),
				Arguments.of(boolean.class,
						Set.of(SampleType.BOOLEAN, SampleType.INTEGER, SampleType.STRING, SampleType.BINARY)),
				Arguments.of(InetAddress.class,
						Set.of(SampleType.IPV4, SampleType.IPV6, SampleType.STRING, SampleType.BINARY)),
				Arguments.of(Inet4Address.class, Set.of(SampleType.IPV4, SampleType.STRING, SampleType.BINARY)),
				Arguments.of(SpopValue.class, all), Arguments.of(SpopValue.Int64.class, Set.of(SampleType.INTEGER)),
				Arguments.of(SpopValue.Int32.class, Set.of()), Arguments.of(HeaderBlock.class, text),
				Arguments.of(TimeUnit.class, text), Arguments.of(Country.class, all));
	}

	private static Stream<SpopValue> values(SampleType type) {
		List<String> texts = List.of("42", "true", "1.5", "x", "seconds", "5s", "192.0.2.1", "2001:db8::1", "ab-cd", "",
				"a: b\r\n\r\n", "00000000-0000-0000-0000-000000000000", "de", "UTF-8", "Z", "A");
		return switch (type) {
			case BOOLEAN -> Stream.of(SpopValue.of(true), SpopValue.of(false));
			case INTEGER -> Stream.of(-1L, 0L, 1L, 7L, 200L, 12345L, Long.MAX_VALUE).map(SpopValue::of);
			case IPV4 -> Stream.of(IPV4, new SpopValue.Ipv4(0x7F000001));
			case IPV6 -> Stream.of(IPV6, new SpopValue.Ipv6(0, 1));
			case STRING -> texts.stream().map(SpopValue::of);
			case BINARY -> Stream.concat(texts.stream(), Stream.of("\0\0"))
				.map((text) -> SpopValue.of(text.getBytes(StandardCharsets.UTF_8)));
		};
	}

	private static @Nullable Object convertOrNull(ValueConverter converter, SpopValue value) {
		try {
			return converter.convert(value);
		}
		catch (RuntimeException ex) {
			return null;
		}
	}

	private static @Nullable Object convert(Class<?> type, SpopValue value) {
		ValueConverter converter = converter(type);
		assertThat(converter).isNotNull();
		return converter.convert(value);
	}

	private static @Nullable ValueConverter converter(Class<?> type) {
		for (Method method : Targets.class.getDeclaredMethods()) {
			if (method.getParameterTypes()[0] == type) {
				return ValueConverter.to(new MethodParameter(method, 0), CONTEXT);
			}
		}
		throw new IllegalArgumentException(type.getName());
	}

	interface Targets {

		void a(String value);

		void a(byte[] value);

		void a(int value);

		void a(Integer value);

		void a(long value);

		void a(Long value);

		void a(short value);

		void a(double value);

		void a(char value);

		void a(BigInteger value);

		void a(boolean value);

		void a(Boolean value);

		void a(InetAddress value);

		void a(Inet4Address value);

		void a(Inet6Address value);

		void a(SpopValue value);

		void a(SpopValue.Int64 value);

		void a(SpopValue.Text value);

		void a(TimeUnit value);

		void a(Duration value);

		void a(List<String> value);

		void a(Map<String, String> value);

		void a(String[] value);

		void a(Runnable value);

		void a(ByteBuffer value);

		void a(HeaderBlock value);

		void a(SpopValue.Int32 value);

		void a(SpopValue.Bool value);

		void a(SpopValue.Binary value);

		void a(SpopValue.Ipv4 value);

		void a(CharSequence value);

		void a(UUID value);

		void a(Locale value);

		void a(Charset value);

		void a(ZoneId value);

		void a(Object value);

		void a(Country value);

		void a(Code value);

	}

	/**
	 * Only its constructor knows what it takes.
	 */
	public record Country(String code) {

	}

	enum Code {

		/** One. */
		A

	}

}
