package io.spop.handler;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

import io.spop.haproxy.SampleType;
import io.spop.protocol.HeaderBlock;
import io.spop.protocol.SpopValue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.convert.ApplicationConversionService;

import static org.assertj.core.api.Assertions.assertThat;

class ValueWritersTests {

	private final ValueWriters writers = new ValueWriters(new ApplicationConversionService());

	@ParameterizedTest
	@MethodSource
	void whenObjectIsWrittenThenItsTypeIsOneOfThoseOfItsClass(Object object) {
		assertThat(ValueWriters.types(object.getClass())).contains(type(this.writers.writeAny(object)));
	}

	static List<Object> whenObjectIsWrittenThenItsTypeIsOneOfThoseOfItsClass() throws Exception {
		SpopValue headers = SpopValue.of("a: b\r\n\r\n");
		return List.of("text", CharBuffer.wrap("text"), 'c', (byte) 1, (short) 1, 1, 1L, BigInteger.ONE, 1.5,
				new BigDecimal("1.5"), true, Inet4Address.getByName("192.0.2.1"), Inet6Address.getByName("2001:db8::1"),
				new byte[1], ByteBuffer.allocate(1), TimeUnit.SECONDS, Duration.ofSeconds(1), HeaderBlock.of(headers),
				headers, SpopValue.of(new byte[1]), SpopValue.of(true), SpopValue.of(1), new SpopValue.Uint32(1),
				new SpopValue.Ipv4(1), new SpopValue.Ipv6(1, 1));
	}

	@Test
	void whenClassHasSeveralTypesThenTheyAreAll() {
		assertThat(ValueWriters.types(InetAddress.class)).containsExactlyInAnyOrder(SampleType.IPV4, SampleType.IPV6);
		assertThat(ValueWriters.types(int.class)).isEqualTo(Set.of(SampleType.INTEGER));
	}

	@ParameterizedTest
	@ValueSource(classes = { Object.class, Number.class, SpopValue.class, Optional.class })
	void whenOnlyTheObjectTellsThenThereIsNoType(Class<?> type) {
		assertThat(ValueWriters.types(type)).isEmpty();
	}

	@Test
	void whenOnlyTheObjectTellsThenItIsWrittenAsWhatItIs() {
		ValueWriter any = Objects.requireNonNull(this.writers.get(Object.class));
		assertThat(any.write("text")).isEqualTo(SpopValue.of("text"));
		assertThat(any.write(true)).isEqualTo(SpopValue.of(true));
		assertThat(Objects.requireNonNull(this.writers.get(Number.class)).write(7)).isEqualTo(SpopValue.of(7));
	}

	private static SampleType type(SpopValue value) {
		if (value instanceof SpopValue.Text) {
			return SampleType.STRING;
		}
		if (value instanceof SpopValue.Binary) {
			return SampleType.BINARY;
		}
		if (value instanceof SpopValue.Bool) {
			return SampleType.BOOLEAN;
		}
		if (value instanceof SpopValue.Ipv4) {
			return SampleType.IPV4;
		}
		return (value instanceof SpopValue.Ipv6) ? SampleType.IPV6 : SampleType.INTEGER;
	}

}
