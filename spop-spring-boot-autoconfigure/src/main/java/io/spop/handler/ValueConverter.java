package io.spop.handler;

import java.net.InetAddress;
import java.nio.charset.StandardCharsets;

import io.netty.util.NetUtil;
import io.spop.protocol.SpopValue;
import org.jspecify.annotations.Nullable;

import org.springframework.core.MethodParameter;
import org.springframework.core.convert.ConversionService;
import org.springframework.core.convert.TypeDescriptor;

/**
 * Makes an object of one type from a value of the wire. A type that has a wire type of
 * its own takes a short way, all others take that of the {@link ConversionService}.
 *
 * @param kind which way
 * @param target the type
 * @param conversionService the conversion service
 */
record ValueConverter(Kind kind, TypeDescriptor target, ConversionService conversionService) {

	/**
	 * Return the converter for a parameter.
	 * @param parameter the parameter, or what its {@code Optional} holds
	 * @param conversionService for types that have no wire type of their own, and for
	 * values of another wire type
	 * @return the converter, or {@code null} if no value converts to that type
	 */
	static @Nullable ValueConverter to(MethodParameter parameter, ConversionService conversionService) {
		TypeDescriptor target = new TypeDescriptor(parameter);
		Kind kind = Kind.of(target.getObjectType());
		boolean several = target.isCollection() || target.isArray() || target.isMap();
		if (kind == Kind.OTHER
				&& (several || !conversionService.canConvert(TypeDescriptor.valueOf(String.class), target))) {
			return null;
		}
		return new ValueConverter(kind, target, conversionService);
	}

	/**
	 * Convert a value.
	 * @param value the value, {@link SpopValue.Null} only if the target is a value too
	 * @return the object, or {@code null} if the value does not convert; an exception
	 * means the same
	 */
	@Nullable Object convert(SpopValue value) {
		return switch (this.kind) {
			case TEXT -> toText(value);
			case BYTES -> toBytes(value);
			case LONG -> (value instanceof SpopValue.Int64 number) ? (Object) number.value() : convertOther(value);
			case INTEGER -> (value instanceof SpopValue.Int64 number) ? (Object) Math.toIntExact(number.value())
					: convertOther(value);
			case BOOLEAN -> (value instanceof SpopValue.Bool bool) ? (Object) bool.value() : convertOther(value);
			case ADDRESS -> instance(toAddress(value));
			case VALUE -> instance(value);
			case OTHER -> convertOther(value);
		};
	}

	private @Nullable Object instance(@Nullable Object object) {
		return this.target.getType().isInstance(object) ? object : null;
	}

	private static String toText(SpopValue value) {
		return (value instanceof SpopValue.Binary binary) ? StandardCharsets.UTF_8.decode(binary.bytes()).toString()
				: value.toString();
	}

	private static byte @Nullable [] toBytes(SpopValue value) {
		if (value instanceof SpopValue.Binary binary) {
			return binary.toByteArray();
		}
		return (value instanceof SpopValue.Text text) ? text.toByteArray() : null;
	}

	private static @Nullable InetAddress toAddress(SpopValue value) {
		if (value instanceof SpopValue.Ipv4 address) {
			return address.toInetAddress();
		}
		if (value instanceof SpopValue.Ipv6 address) {
			return address.toInetAddress();
		}
		// InetAddress.getByName would look up what a client sent
		return NetUtil.createInetAddressFromIpAddressString(toText(value));
	}

	private @Nullable Object convertOther(SpopValue value) {
		Object source = toJava(value);
		TypeDescriptor type = TypeDescriptor.forObject(source);
		if (!this.conversionService.canConvert(type, this.target)) {
			source = toText(value);
			type = TypeDescriptor.forObject(source);
		}
		return this.conversionService.convert(source, type, this.target);
	}

	private static Object toJava(SpopValue value) {
		if (value instanceof SpopValue.Bool bool) {
			return bool.value();
		}
		if (value instanceof SpopValue.Int32 number) {
			return number.value();
		}
		if (value instanceof SpopValue.Uint32 number) {
			return number.value();
		}
		if (value instanceof SpopValue.Int64 number) {
			return number.value();
		}
		if (value instanceof SpopValue.Uint64 number) {
			return number.toBigInteger();
		}
		return toText(value);
	}

	enum Kind {

		TEXT, BYTES, LONG, INTEGER, BOOLEAN, ADDRESS, VALUE, OTHER;

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
			if (type == String.class) {
				return TEXT;
			}
			if (type == Long.class) {
				return LONG;
			}
			if (type == Integer.class) {
				return INTEGER;
			}
			return (type == Boolean.class) ? BOOLEAN : OTHER;
		}

	}

}
