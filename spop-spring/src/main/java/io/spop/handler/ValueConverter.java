package io.spop.handler;

import java.math.BigInteger;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;

import io.netty.util.NetUtil;
import io.spop.haproxy.SampleType;
import io.spop.protocol.HeaderBlock;
import io.spop.protocol.SpopValue;
import org.jspecify.annotations.Nullable;

import org.springframework.core.MethodParameter;
import org.springframework.core.convert.ConversionService;
import org.springframework.core.convert.TypeDescriptor;

/**
 * Converts values of SPOP to objects of one type. This class converts to types that match
 * a type of SPOP. The {@link ConversionService} converts to all other types. This type is
 * a record, because the JVM treats the fields of records as constants.
 *
 * @param kind how to convert
 * @param type the type
 * @param charset the charset of text
 * @param target the type as the conversion service knows it
 * @param conversionService converts to types that do not match a type of SPOP
 * @param fromLong whether the conversion service converts numbers
 * @param fromBigInteger whether it converts numbers beyond 63 bits
 * @param fromBoolean whether it converts booleans
 * @param fromAddress whether it converts addresses, not only their text
 * @param fromBytes whether it converts bytes, not only text
 */
record ValueConverter(Kind kind, Class<?> type, Charset charset, TypeDescriptor target,
		ConversionService conversionService, boolean fromLong, boolean fromBigInteger, boolean fromBoolean,
		boolean fromAddress, boolean fromBytes) {

	private static final TypeDescriptor TEXT = TypeDescriptor.valueOf(String.class);

	private static final TypeDescriptor LONG = TypeDescriptor.valueOf(Long.class);

	private static final TypeDescriptor BIG_INTEGER = TypeDescriptor.valueOf(BigInteger.class);

	private static final TypeDescriptor BOOLEAN = TypeDescriptor.valueOf(Boolean.class);

	private static final TypeDescriptor ADDRESS = TypeDescriptor.valueOf(InetAddress.class);

	private static final TypeDescriptor BYTES = TypeDescriptor.valueOf(byte[].class);

	/**
	 * Return the converter for a parameter.
	 * @param parameter the parameter, or the nested parameter for the type within an
	 * {@code Optional} or {@code List}
	 * @param context has the conversion service and the charset
	 * @return the converter, or {@code null} if no value can be converted to the type
	 */
	static @Nullable ValueConverter to(MethodParameter parameter, BindingContext context) {
		TypeDescriptor target = new TypeDescriptor(parameter);
		ConversionService service = context.conversionService();
		boolean fromText = service.canConvert(TEXT, target);
		// A type that text can be converted to gets addresses and bytes as text
		ValueConverter converter = new ValueConverter(Kind.of(target.getObjectType()), target.getType(),
				context.charset(), target, service, service.canConvert(LONG, target),
				service.canConvert(BIG_INTEGER, target), service.canConvert(BOOLEAN, target),
				!fromText && service.canConvert(ADDRESS, target), !fromText && service.canConvert(BYTES, target));
		boolean several = target.isCollection() || target.isArray() || target.isMap();
		return (converter.kind != Kind.OTHER || (!several && (fromText || converter.convertsOther()))) ? converter
				: null;
	}

	private boolean convertsOther() {
		return this.fromLong || this.fromBigInteger || this.fromBoolean || this.fromAddress || this.fromBytes;
	}

	/**
	 * Convert a value.
	 * @param value the value; {@link SpopValue.Null} is allowed only if the target is a
	 * {@link SpopValue}
	 * @return the object, or {@code null} if the value cannot be converted; an exception
	 * of this method means the same
	 */
	@Nullable Object convert(SpopValue value) {
		return switch (this.kind) {
			case TEXT -> toText(value);
			case BYTES -> toBytes(value);
			case BUFFER -> toBuffer(value);
			case LONG -> (value instanceof SpopValue.Int64 number) ? (Object) number.value() : convertOther(value);
			case INTEGER -> (value instanceof SpopValue.Int64 number) ? (Object) Math.toIntExact(number.value())
					: convertOther(value);
			case BOOLEAN -> (value instanceof SpopValue.Bool bool) ? (Object) bool.value() : convertOther(value);
			case ADDRESS -> instance(toAddress(value));
			case VALUE -> instance(value);
			case HEADERS -> HeaderBlock.of(value, this.charset);
			case OTHER -> convertOther(value);
		};
	}

	/**
	 * Return an example of a value that can be converted without code of the application.
	 * @return the value, {@link SpopValue.Null} if there is none
	 */
	SpopValue example() {
		Class<?> wrapper = this.target.getObjectType();
		if (wrapper == Inet6Address.class) {
			return new SpopValue.Ipv6(0, 1);
		}
		if (this.kind == Kind.ADDRESS) {
			return new SpopValue.Ipv4(0x7F000001);
		}
		if (Number.class.isAssignableFrom(wrapper)) {
			return SpopValue.of(1);
		}
		return switch (this.kind) {
			case BOOLEAN -> SpopValue.of(true);
			case TEXT, BYTES, BUFFER -> SpopValue.of("text");
			default -> SpopValue.ofNull();
		};
	}

	/**
	 * Return types of HAProxy's samples whose values can be converted, possibly not all
	 * of them. May call converters of the application.
	 * @return the types
	 */
	Set<SampleType> types() {
		Set<SampleType> types = EnumSet.noneOf(SampleType.class);
		for (SampleType type : SampleType.values()) {
			if (converts(type)) {
				types.add(type);
			}
		}
		return types;
	}

	private boolean converts(SampleType type) {
		boolean text = type == SampleType.STRING || type == SampleType.BINARY;
		boolean fromText = this.conversionService.canConvert(TEXT, this.target);
		return switch (this.kind) {
			case TEXT -> true;
			case BYTES, BUFFER, HEADERS -> text;
			case ADDRESS, VALUE -> convertsOneOf(examples(type));
			case LONG, INTEGER, BOOLEAN, OTHER ->
				text ? fromText || this.fromBytes : (fromText && isOfApplication()) || convertsOneOf(examples(type));
		};
	}

	/**
	 * Return whether only the application knows which text can be converted to the type.
	 */
	private boolean isOfApplication() {
		Object[] constants = this.type.getEnumConstants();
		if (constants != null && constants.length > 0) {
			return !constants[0].equals(convertOrNull(SpopValue.of(((Enum<?>) constants[0]).name())));
		}
		return !this.type.isPrimitive() && !this.type.getName().startsWith("java.");
	}

	private boolean convertsOneOf(List<SpopValue> values) {
		return values.stream().anyMatch((value) -> convertOrNull(value) != null);
	}

	private @Nullable Object convertOrNull(SpopValue value) {
		try {
			return convert(value);
		}
		catch (RuntimeException ex) {
			return null;
		}
	}

	private static List<SpopValue> examples(SampleType type) {
		return switch (type) {
			case BOOLEAN -> List.of(SpopValue.of(true), SpopValue.of(false));
			case INTEGER -> LongStream.of(-1, 0, 1, 200).mapToObj(SpopValue::of).toList();
			case IPV4 -> List.of(new SpopValue.Ipv4(0xC0000201));
			case IPV6 -> List.of(new SpopValue.Ipv6(0x20010DB800000000L, 1));
			case STRING -> List.of(SpopValue.of("192.0.2.1"), SpopValue.of("2001:db8::1"));
			case BINARY -> examples(SampleType.STRING).stream()
				.map((text) -> SpopValue.of(((SpopValue.Text) text).toByteArray()))
				.map(SpopValue.class::cast)
				.toList();
		};
	}

	private @Nullable Object instance(@Nullable Object object) {
		return this.type.isInstance(object) ? object : null;
	}

	private String toText(SpopValue value) {
		if (value instanceof SpopValue.Text text) {
			return text.toString(this.charset);
		}
		return (value instanceof SpopValue.Binary binary) ? this.charset.decode(binary.bytes()).toString()
				: value.toString();
	}

	private static byte @Nullable [] toBytes(SpopValue value) {
		if (value instanceof SpopValue.Binary binary) {
			return binary.toByteArray();
		}
		return (value instanceof SpopValue.Text text) ? text.toByteArray() : null;
	}

	private static @Nullable ByteBuffer toBuffer(SpopValue value) {
		if (value instanceof SpopValue.Binary binary) {
			return binary.bytes();
		}
		return (value instanceof SpopValue.Text text) ? text.bytes() : null;
	}

	private @Nullable InetAddress toAddress(SpopValue value) {
		if (value instanceof SpopValue.Ipv4 address) {
			return address.toInetAddress();
		}
		if (value instanceof SpopValue.Ipv6 address) {
			return address.toInetAddress();
		}
		return toAddress(toText(value));
	}

	private static @Nullable InetAddress toAddress(String text) {
		boolean valid = NetUtil.isValidIpV4Address(text) || (NetUtil.isValidIpV6Address(text) && !text.contains("%"));
		try {
			// getByName() asks DNS for a name. Netty reads the IPv4 address in
			// ::192.0.2.1
			return valid ? InetAddress.getByName(text) : null;
		}
		catch (UnknownHostException ex) {
			return null;
		}
	}

	private @Nullable Object convertOther(SpopValue value) {
		if (this.fromBoolean && value instanceof SpopValue.Bool bool) {
			return this.conversionService.convert(bool.value(), BOOLEAN, this.target);
		}
		if (this.fromBigInteger && value instanceof SpopValue.Uint64 number) {
			return this.conversionService.convert(number.toBigInteger(), BIG_INTEGER, this.target);
		}
		if (this.fromLong && !(value instanceof SpopValue.Uint64)) {
			Long number = toLong(value);
			if (number != null) {
				return this.conversionService.convert(number, LONG, this.target);
			}
		}
		if (this.fromAddress && (value instanceof SpopValue.Ipv4 || value instanceof SpopValue.Ipv6)) {
			return this.conversionService.convert(toAddress(value), ADDRESS, this.target);
		}
		if (this.fromBytes) {
			return this.conversionService.convert(toBytes(value), BYTES, this.target);
		}
		return this.conversionService.convert(toText(value), TEXT, this.target);
	}

	private static @Nullable Long toLong(SpopValue value) {
		if (value instanceof SpopValue.Int64 number) {
			return number.value();
		}
		if (value instanceof SpopValue.Uint32 number) {
			return number.value();
		}
		return (value instanceof SpopValue.Int32 number) ? Long.valueOf(number.value()) : null;
	}

	enum Kind {

		TEXT, BYTES, BUFFER, LONG, INTEGER, BOOLEAN, ADDRESS, VALUE, HEADERS, OTHER;

		static Kind of(Class<?> type) {
			if (InetAddress.class.isAssignableFrom(type)) {
				return ADDRESS;
			}
			if (SpopValue.class.isAssignableFrom(type)) {
				return VALUE;
			}
			if (type == byte[].class) {
				return BYTES;
			}
			if (type == ByteBuffer.class) {
				return BUFFER;
			}
			if (type == String.class || type == CharSequence.class) {
				return TEXT;
			}
			if (type == Long.class) {
				return LONG;
			}
			if (type == Integer.class) {
				return INTEGER;
			}
			if (type == HeaderBlock.class) {
				return HEADERS;
			}
			return (type == Boolean.class) ? BOOLEAN : OTHER;
		}

	}

}
