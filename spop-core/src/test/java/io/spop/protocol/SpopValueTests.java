package io.spop.protocol;

import java.math.BigInteger;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

class SpopValueTests {

	private static final byte[] FRAME = "the whole frame".getBytes(StandardCharsets.US_ASCII);

	@Test
	void whenValuesHaveTypeAndContentInCommonThenOnlyTheseAreEqual() {
		List<Supplier<SpopValue>> kinds = List.of(SpopValue::ofNull, () -> SpopValue.of(true),
				() -> SpopValue.of(false), () -> new SpopValue.Int32(1), () -> new SpopValue.Uint32(1),
				() -> SpopValue.of(1), () -> SpopValue.of(2), () -> new SpopValue.Uint64(1),
				() -> new SpopValue.Ipv4(1), () -> new SpopValue.Ipv4(2), () -> new SpopValue.Ipv6(0, 1),
				() -> new SpopValue.Ipv6(1, 0), () -> new SpopValue.Ipv6(1, 1), () -> SpopValue.of("1"),
				() -> SpopValue.of("2"), () -> SpopValue.of(""), () -> SpopValue.of(new byte[] { '1' }),
				() -> SpopValue.of(new byte[0]));
		for (int i = 0; i < kinds.size(); i++) {
			for (int j = 0; j < kinds.size(); j++) {
				SpopValue one = kinds.get(i).get();
				SpopValue other = kinds.get(j).get();
				if (i == j) {
					assertThat(one).isEqualTo(other).hasSameHashCodeAs(other);
				}
				else {
					assertThat(one).isNotEqualTo(other);
				}
			}
		}
	}

	@Test
	void whenManyValuesAreKeysThenTheirHashCodesDiffer() {
		List<IntFunction<SpopValue>> kinds = List.of(SpopValue.Ipv4::new, (i) -> new SpopValue.Ipv6(i, 1),
				(i) -> new SpopValue.Ipv6(1, i), (i) -> SpopValue.of("value" + i),
				(i) -> SpopValue.of(("value" + i).getBytes(StandardCharsets.US_ASCII)));
		for (IntFunction<SpopValue> kind : kinds) {
			assertThat(IntStream.range(0, 1000).map((i) -> kind.apply(i).hashCode()).distinct().count())
				.isGreaterThan(900);
		}
	}

	@Test
	void whenValueIsShownThenItsContentIs() throws Exception {
		assertThat(Stream.of(SpopValue.ofNull(), SpopValue.of(true), new SpopValue.Int32(-1),
				new SpopValue.Uint32(4294967295L), SpopValue.of(Long.MIN_VALUE), new SpopValue.Uint64(-1),
				SpopValue.of(InetAddress.getByName("192.0.2.255")), SpopValue.of(InetAddress.getByName("2001:db8::1")),
				SpopValue.of("text"), SpopValue.of(new byte[] { 0, 10, -1 })))
			.extracting(SpopValue::toString)
			.containsExactly("null", "true", "-1", "4294967295", "-9223372036854775808", "18446744073709551615",
					"192.0.2.255", "2001:db8::1", "text", "000aff");
	}

	@Test
	void whenNumberIsUnsignedThenItsRangeIs() {
		assertThat(new SpopValue.Uint32(0).value()).isZero();
		assertThat(new SpopValue.Uint32(0xFFFF_FFFFL).value()).isEqualTo(4294967295L);
		for (long number : new long[] { -1, 1L << 32, Long.MIN_VALUE, Long.MAX_VALUE }) {
			assertThatIllegalArgumentException().isThrownBy(() -> new SpopValue.Uint32(number))
				.withMessage("A UINT32 is 0 to 4294967295, not " + number);
		}
	}

	@ParameterizedTest
	@CsvSource({ "0,0", "1,1", "9223372036854775807,9223372036854775807", "-9223372036854775808,9223372036854775808",
			"-1,18446744073709551615" })
	void whenNumberHas64BitsThenItIsReadAsUnsigned(long bits, String number) {
		assertThat(new SpopValue.Uint64(bits).toBigInteger()).isEqualTo(new BigInteger(number));
		assertThat(new SpopValue.Uint64(bits)).hasToString(number);
	}

	@ParameterizedTest
	@ValueSource(strings = { "0.0.0.0", "192.0.2.255", "255.255.255.255" })
	void whenAddressIsIpv4ThenItComesBack(String text) throws Exception {
		InetAddress address = InetAddress.getByName(text);
		assertThat(SpopValue.of(address)).isInstanceOfSatisfying(SpopValue.Ipv4.class, (value) -> {
			assertThat(value.toInetAddress()).isInstanceOf(Inet4Address.class).isEqualTo(address);
			assertThat(value.bits()).isEqualTo(ByteBuffer.wrap(address.getAddress()).getInt());
			assertThat(new SpopValue.Ipv4(address.getAddress())).isEqualTo(value);
		});
	}

	@ParameterizedTest
	@ValueSource(strings = { "::", "::1", "2001:db8:1:2:3:4:5:6", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" })
	void whenAddressIsIpv6ThenItComesBack(String text) throws Exception {
		InetAddress address = InetAddress.getByName(text);
		assertThat(SpopValue.of(address)).isInstanceOfSatisfying(SpopValue.Ipv6.class, (value) -> {
			assertThat(value.toInetAddress()).isEqualTo(address);
			assertThat(new SpopValue.Ipv6(value.high(), value.low())).isEqualTo(value);
			assertThat(new SpopValue.Ipv6(address.getAddress())).isEqualTo(value);
		});
	}

	@ParameterizedTest
	@CsvSource({ "::,::", "::1,::1", "1::,1::", "2001:db8:0:0:0:0:0:1,2001:db8::1",
			"2001:db8:0:1:0:1:0:1,2001:db8:0:1:0:1:0:1", "2001:0:0:1:0:0:0:1,2001:0:0:1::1",
			"2001:0:0:1:2:0:0:1,2001::1:2:0:0:1", "1:2:3:4:5:6:0:0,1:2:3:4:5:6::", "FE80::ABCD,fe80::abcd",
			"0:0:1:2:3:4:5:6,::1:2:3:4:5:6", "0:1:2:3:4:5:6:7,0:1:2:3:4:5:6:7", "1:2:3:4:0:6:7:0,1:2:3:4:0:6:7:0" })
	void whenAddressIsIpv6ThenItsTextIsThatOfRfc5952(String address, String text) throws Exception {
		assertThat(SpopValue.of(InetAddress.getByName(address))).hasToString(text);
	}

	@Test
	void whenAddressMapsAnIpv4AddressThenItStaysIpv6() {
		SpopValue.Ipv6 mapped = new SpopValue.Ipv6(0, 0xFFFF_C000_02FFL);
		Inet6Address address = mapped.toInetAddress();
		assertThat(SpopValue.of(address)).isEqualTo(mapped);
		assertThat(mapped).hasToString("::ffff:192.0.2.255");
	}

	@Test
	void whenAddressHasAnotherLengthThenSaysSo() {
		assertThatIllegalArgumentException().isThrownBy(() -> new SpopValue.Ipv4(new byte[3]))
			.withMessage("An address of 4 octets, not 3");
		assertThatIllegalArgumentException().isThrownBy(() -> new SpopValue.Ipv6(new byte[4]))
			.withMessage("An address of 16 octets, not 4");
	}

	@Test
	void whenTextIsNotAsciiThenItIsSentAsUtf8() {
		SpopValue.Text text = (SpopValue.Text) SpopValue.of("Grüße \ud83c\udf79");
		assertThat(text.toByteArray()).isEqualTo("Grüße \ud83c\udf79".getBytes(StandardCharsets.UTF_8));
		assertThat(text.length()).isEqualTo(12);
		assertThat(text).hasToString("Grüße \ud83c\udf79");
	}

	@Test
	void whenTextIsNotUtf8ThenItsBytesAreKept() {
		byte[] latin = "café".getBytes(StandardCharsets.ISO_8859_1);
		SpopValue.Text text = new SpopValue.Text(latin, 0, latin.length);
		assertThat(text).hasToString("caf\ufffd");
		assertThat(text.toString(StandardCharsets.ISO_8859_1)).isEqualTo("café");
		assertThat(text.toByteArray()).isEqualTo(latin);
	}

	@Test
	void whenValueIsAPartOfAnArrayThenOnlyThatIsSeen() {
		SpopValue.Text text = new SpopValue.Text(FRAME, 4, 5);
		SpopValue.Binary binary = new SpopValue.Binary(FRAME, 4, 5);
		assertThat(text).isEqualTo(SpopValue.of("whole")).hasSameHashCodeAs(SpopValue.of("whole")).hasToString("whole");
		assertThat(binary).isEqualTo(SpopValue.of("whole".getBytes(StandardCharsets.US_ASCII)))
			.hasToString("77686f6c65");
		assertThat(text.length()).isEqualTo(5);
		assertThat(binary.length()).isEqualTo(5);
		for (ByteBuffer bytes : List.of(text.bytes(), binary.bytes())) {
			assertThat(StandardCharsets.US_ASCII.decode(bytes.duplicate()).toString()).isEqualTo("whole");
			assertThat(bytes.capacity()).isEqualTo(5);
			assertThatExceptionOfType(ReadOnlyBufferException.class).isThrownBy(() -> bytes.put(0, (byte) 0));
		}
		byte[] target = "[     ]".getBytes(StandardCharsets.US_ASCII);
		text.copyTo(target, 1);
		assertThat(target).asString(StandardCharsets.US_ASCII).isEqualTo("[whole]");
		byte[] other = "[     ]".getBytes(StandardCharsets.US_ASCII);
		binary.copyTo(other, 1);
		assertThat(other).isEqualTo(target);
		assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> text.copyTo(target, 3));
		assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> binary.copyTo(target, 3));
	}

	@ParameterizedTest
	@CsvSource({ "-1,1", "0,-1", "0,16", "15,1", "16,0", "1,2147483647" })
	void whenPartIsNotInTheArrayThenItIsRefused(int offset, int length) {
		assertThatExceptionOfType(IndexOutOfBoundsException.class)
			.isThrownBy(() -> new SpopValue.Text(FRAME, offset, length));
		assertThatExceptionOfType(IndexOutOfBoundsException.class)
			.isThrownBy(() -> new SpopValue.Binary(FRAME, offset, length));
	}

	@Test
	void whenBytesChangeThenTheValueMadeOfThemDoesNot() {
		byte[] bytes = { 1, 2 };
		SpopValue value = SpopValue.of(bytes);
		bytes[0] = 3;
		assertThat(value).isEqualTo(SpopValue.of(new byte[] { 1, 2 }));
		((SpopValue.Binary) value).toByteArray()[0] = 3;
		assertThat(value).isEqualTo(SpopValue.of(new byte[] { 1, 2 }));
	}

	@Test
	void whenValueIsAPartOfALargeArrayThenItsCopyIsNot() {
		byte[] frame = FRAME.clone();
		for (SpopValue value : List.of(new SpopValue.Text(frame, 4, 5), new SpopValue.Binary(frame, 4, 5))) {
			SpopValue copy = value.copy();
			assertThat(copy).isNotSameAs(value).isEqualTo(value).hasSameHashCodeAs(value);
			assertThat(copy.copy()).isSameAs(copy);
			frame[4]++;
			assertThat(copy).isNotEqualTo(value);
			frame[4]--;
		}
	}

	@Test
	void whenValueNeedsNoCopyThenItIsItsOwn() {
		List<SpopValue> values = new ArrayList<>(
				List.of(SpopValue.ofNull(), SpopValue.of(true), SpopValue.of(1), SpopValue.of("text"),
						SpopValue.of(new byte[] { 1, 2 }), new SpopValue.Ipv4(1), new SpopValue.Ipv6(1, 2)));
		values.addAll(List.of(new SpopValue.Int32(1), new SpopValue.Uint32(1), new SpopValue.Uint64(1)));
		for (SpopValue value : values) {
			assertThat(value.copy()).isSameAs(value);
		}
	}

	@Test
	@SuppressWarnings("NullAway") // null on purpose
	void whenPartOfAValueIsNullThenItIsNamed() {
		assertThatNullPointerException().isThrownBy(() -> SpopValue.of((String) null)).withMessage("value");
		assertThatNullPointerException().isThrownBy(() -> SpopValue.of((byte[]) null)).withMessage("value");
		assertThatNullPointerException().isThrownBy(() -> SpopValue.of((InetAddress) null)).withMessage("value");
	}

}
