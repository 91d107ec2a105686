package io.spop.handler;

import java.math.BigInteger;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import io.spop.haproxy.SampleType;
import io.spop.protocol.HeaderBlock;
import io.spop.protocol.SpopValue;
import org.jspecify.annotations.Nullable;

import org.springframework.core.convert.ConversionService;
import org.springframework.core.convert.TypeDescriptor;
import org.springframework.util.ClassUtils;

/**
 * Converts objects, such as the results of handlers, to values of SPOP. An object whose
 * type does not match a type of SPOP becomes a text by the {@link ConversionService}.
 * Safe to use by any thread.
 *
 * @since 0.1.0
 */
public final class ValueWriters {

	private static final TypeDescriptor TEXT = TypeDescriptor.valueOf(String.class);

	private final ConversionService conversionService;

	private final Map<Class<?>, Optional<ValueWriter>> writers = new ConcurrentHashMap<>();

	/**
	 * Create writers.
	 * @param conversionService converts objects to text if their type does not match a
	 * type of SPOP
	 */
	public ValueWriters(ConversionService conversionService) {
		this.conversionService = conversionService;
	}

	/**
	 * Return the writer for a type.
	 * @param type the type; for {@code Object} and {@code Optional} the class of each
	 * object decides
	 * @return the writer, or {@code null} if a variable cannot have a value of the type
	 */
	@Nullable ValueWriter get(Class<?> type) {
		Optional<ValueWriter> writer = this.writers.get(type);
		if (writer == null) {
			writer = Optional.ofNullable(create(ClassUtils.resolvePrimitiveIfNecessary(type)));
			this.writers.put(type, writer);
		}
		return writer.orElse(null);
	}

	private @Nullable ValueWriter create(Class<?> type) {
		if (SpopValue.class.isAssignableFrom(type)) {
			return (object) -> (SpopValue) object;
		}
		if (CharSequence.class.isAssignableFrom(type) || type == Character.class) {
			return (object) -> SpopValue.of(object.toString());
		}
		if (type == Long.class || type == Integer.class || type == Short.class || type == Byte.class) {
			return (object) -> SpopValue.of(((Number) object).longValue());
		}
		if (type == Boolean.class) {
			return (object) -> SpopValue.of((boolean) object);
		}
		if (type == BigInteger.class) {
			return (object) -> write((BigInteger) object);
		}
		if (InetAddress.class.isAssignableFrom(type)) {
			return (object) -> SpopValue.of((InetAddress) object);
		}
		if (type == byte[].class) {
			return (object) -> SpopValue.of((byte[]) object);
		}
		if (ByteBuffer.class.isAssignableFrom(type)) {
			return (object) -> write((ByteBuffer) object);
		}
		if (Enum.class.isAssignableFrom(type)) {
			return (object) -> SpopValue.of(((Enum<?>) object).name());
		}
		if (type == HeaderBlock.class) {
			return (object) -> ((HeaderBlock) object).value();
		}
		if (type == Optional.class) {
			return (object) -> ((Optional<?>) object).map(this::writeAny).orElseGet(SpopValue::ofNull);
		}
		if (type == Object.class || type == Number.class) {
			return this::writeAny;
		}
		return createText(type);
	}

	private @Nullable ValueWriter createText(Class<?> type) {
		TypeDescriptor source = TypeDescriptor.valueOf(type);
		boolean several = Collection.class.isAssignableFrom(type) || Map.class.isAssignableFrom(type) || type.isArray();
		if (several || !this.conversionService.canConvert(source, TEXT)) {
			return null;
		}
		return (object) -> {
			Object text = this.conversionService.convert(object, source, TEXT);
			return (text != null) ? SpopValue.of((String) text) : SpopValue.ofNull();
		};
	}

	/**
	 * Return the types that variables have for objects of a type.
	 * @param type a type with a {@linkplain #get(Class) writer}
	 * @return the types, empty if only an object shows the type
	 */
	static Set<SampleType> types(Class<?> type) {
		Class<?> wrapper = ClassUtils.resolvePrimitiveIfNecessary(type);
		if (wrapper == Object.class || wrapper == Number.class || wrapper == Optional.class
				|| wrapper == SpopValue.class) {
			return Set.of();
		}
		if (SpopValue.class.isAssignableFrom(wrapper)) {
			return typesOfValue(wrapper);
		}
		if (wrapper == Long.class || wrapper == Integer.class || wrapper == Short.class || wrapper == Byte.class
				|| wrapper == BigInteger.class) {
			return Set.of(SampleType.INTEGER);
		}
		if (wrapper == Boolean.class) {
			return Set.of(SampleType.BOOLEAN);
		}
		if (InetAddress.class.isAssignableFrom(wrapper)) {
			return (wrapper == InetAddress.class) ? Set.of(SampleType.IPV4, SampleType.IPV6)
					: Set.of((wrapper == Inet4Address.class) ? SampleType.IPV4 : SampleType.IPV6);
		}
		if (wrapper == byte[].class || ByteBuffer.class.isAssignableFrom(wrapper)) {
			return Set.of(SampleType.BINARY);
		}
		return (wrapper == HeaderBlock.class) ? Set.of(SampleType.STRING, SampleType.BINARY)
				: Set.of(SampleType.STRING);
	}

	private static Set<SampleType> typesOfValue(Class<?> type) {
		if (type == SpopValue.Text.class) {
			return Set.of(SampleType.STRING);
		}
		if (type == SpopValue.Binary.class) {
			return Set.of(SampleType.BINARY);
		}
		if (type == SpopValue.Bool.class) {
			return Set.of(SampleType.BOOLEAN);
		}
		if (type == SpopValue.Ipv4.class) {
			return Set.of(SampleType.IPV4);
		}
		if (type == SpopValue.Ipv6.class) {
			return Set.of(SampleType.IPV6);
		}
		return (type == SpopValue.Null.class) ? Set.of() : Set.of(SampleType.INTEGER);
	}

	/**
	 * Convert an object of any type to a value.
	 * @param object the object
	 * @return the value
	 * @throws IllegalArgumentException if the object cannot be converted
	 */
	public SpopValue writeAny(Object object) {
		Objects.requireNonNull(object, "object");
		ValueWriter writer = (object.getClass() != Object.class) ? get(object.getClass()) : null;
		if (writer == null) {
			throw new IllegalArgumentException(
					"A " + ClassUtils.getQualifiedName(object.getClass()) + " cannot be sent as a variable");
		}
		return writer.write(object);
	}

	private static SpopValue write(BigInteger number) {
		if (number.bitLength() < Long.SIZE) {
			return SpopValue.of(number.longValue());
		}
		if (number.signum() > 0 && number.bitLength() == Long.SIZE) {
			return new SpopValue.Uint64(number.longValue());
		}
		throw new IllegalArgumentException(
				"A variable has whole numbers of 64 bits at most. This one needs " + number.bitLength());
	}

	private static SpopValue write(ByteBuffer buffer) {
		byte[] bytes = new byte[buffer.remaining()];
		buffer.duplicate().get(bytes);
		return new SpopValue.Binary(bytes, 0, bytes.length);
	}

}
