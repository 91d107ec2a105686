package io.spop.handler;

import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Map;

import io.netty.util.NetUtil;
import io.spop.protocol.SpopValue;
import org.jspecify.annotations.Nullable;

import org.springframework.core.MethodParameter;
import org.springframework.core.convert.ConversionService;
import org.springframework.core.convert.TypeDescriptor;
import org.springframework.util.ClassUtils;

/**
 * Makes an object of one type from a value of the wire. Picked once, at startup, for a
 * parameter.
 */
@FunctionalInterface
interface ValueConverter {

	/**
	 * Convert a value.
	 * @param value the value, {@link SpopValue.Null} only for a type of value
	 * @return the object, or {@code null} if the value does not convert; an exception
	 * means the same
	 */
	@Nullable Object convert(SpopValue value);

	/**
	 * Return the converter for a parameter.
	 * @param parameter the parameter, or what its {@code Optional} holds
	 * @param conversionService for all types that have no wire type of their own, and for
	 * values of another wire type
	 * @return the converter, or {@code null} if no value converts to that type
	 */
	static @Nullable ValueConverter to(MethodParameter parameter, ConversionService conversionService) {
		Class<?> type = ClassUtils.resolvePrimitiveIfNecessary(parameter.getNestedParameterType());
		if (SpopValue.class.isAssignableFrom(type)) {
			return (value) -> type.isInstance(value) ? value : null;
		}
		if (InetAddress.class.isAssignableFrom(type)) {
			return (value) -> {
				InetAddress address = toAddress(value);
				return type.isInstance(address) ? address : null;
			};
		}
		if (type == String.class) {
			return ValueConverter::toText;
		}
		if (type == byte[].class) {
			return ValueConverter::toBytes;
		}
		TypeDescriptor target = new TypeDescriptor(parameter);
		if (type.isArray() || Collection.class.isAssignableFrom(type) || Map.class.isAssignableFrom(type)
				|| !conversionService.canConvert(TypeDescriptor.valueOf(String.class), target)) {
			return null;
		}
		ValueConverter other = (value) -> convert(value, target, conversionService);
		if (type == Long.class) {
			return (value) -> (value instanceof SpopValue.Int64 number) ? (Object) number.value()
					: other.convert(value);
		}
		if (type == Integer.class) {
			return (value) -> (value instanceof SpopValue.Int64 number) ? (Object) Math.toIntExact(number.value())
					: other.convert(value);
		}
		if (type == Boolean.class) {
			return (value) -> (value instanceof SpopValue.Bool bool) ? (Object) bool.value() : other.convert(value);
		}
		return other;
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

	private static @Nullable Object convert(SpopValue value, TypeDescriptor target,
			ConversionService conversionService) {
		Object source = toJava(value);
		TypeDescriptor sourceType = TypeDescriptor.forObject(source);
		if (!conversionService.canConvert(sourceType, target)) {
			return conversionService.convert(toText(value), TypeDescriptor.valueOf(String.class), target);
		}
		return conversionService.convert(source, sourceType, target);
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
		InetAddress address = (value instanceof SpopValue.Ipv4 || value instanceof SpopValue.Ipv6) ? toAddress(value)
				: null;
		return (address != null) ? address : toText(value);
	}

}
