package io.spop.annotation;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import org.springframework.core.annotation.AliasFor;

/**
 * Binds a parameter of a {@link SpopMessage @SpopMessage} method to an argument of the
 * message. It also binds a component of a record, or a field or setter of a bean, if the
 * record or bean is such a parameter.
 * <p>
 * HAProxy sends NULL for a sample that has no value, such as a missing header. A
 * {@code @Nullable} parameter is then {@code null}, an {@code Optional} is empty and a
 * {@code SpopValue} is {@code SpopValue.Null}. For any other parameter the message fails,
 * unless the parameter has a {@link #defaultValue()} or is not {@link #required()}. These
 * rules also hold for an argument that is missing in the message, and for the components
 * of a record, with and without this annotation.
 * <p>
 * The type of a parameter is {@code String}, {@code byte[]}, {@code ByteBuffer}
 * (read-only), a type of numbers, {@code boolean}, {@code InetAddress} or one of its
 * subclasses, {@code SpopValue}, {@code HeaderBlock}, or any type that the
 * {@code ConversionService} of the application converts one of these to, such as an enum
 * or a {@code Duration}. A {@code List} takes the values of all arguments with the name.
 * A message fails if the value of an argument cannot be converted.
 *
 * @since 0.1.0
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ ElementType.PARAMETER, ElementType.FIELD, ElementType.METHOD, ElementType.ANNOTATION_TYPE })
public @interface SpopArg {

	/**
	 * The value of {@link #defaultValue()} if there is no default value.
	 */
	String NO_DEFAULT = "\u0000none";

	/**
	 * The name of the argument, as on the {@code args} line of the {@code spoe-message}
	 * section. The default is the name of the parameter. In this case {@code userAgent}
	 * also finds {@code user_agent} and {@code user-agent}.
	 * @return the name
	 */
	@AliasFor("name")
	String value() default "";

	/**
	 * The name of the argument, as on the {@code args} line of the {@code spoe-message}
	 * section. The default is the name of the parameter. In this case {@code userAgent}
	 * also finds {@code user_agent} and {@code user-agent}.
	 * @return the name
	 */
	@AliasFor("value")
	String name() default "";

	/**
	 * The position of the argument among all arguments of the message, from 0. Use it in
	 * place of a name for an argument without a name. A {@code List} cannot have an
	 * index.
	 * @return the position, or -1 to find the argument by its name
	 */
	int index() default -1;

	/**
	 * Whether the message fails if the argument is NULL or missing. If the argument is
	 * not required, the parameter is {@code null} in this case, so it must not have a
	 * primitive type.
	 * @return whether the argument is required
	 */
	boolean required() default true;

	/**
	 * The default value for an argument that is NULL, missing or an empty text. It is
	 * converted as the text of an argument is. May contain <code>${...}</code>
	 * placeholders. An argument with a default value is not {@link #required()}.
	 * @return the default value
	 */
	String defaultValue() default NO_DEFAULT;

	/**
	 * The name of the charset of text, in place of the property
	 * {@code spop.handler.charset}. The replacement character of the charset takes the
	 * place of malformed bytes.
	 * @return the charset, or an empty text for the charset of the property
	 */
	String charset() default "";

	/**
	 * The sample expression whose value HAProxy sends as the argument, such as
	 * {@code req.hdr(CF-IPCountry)} or {@code src,ipmask(24)}. It is used to write
	 * HAProxy's configuration, see {@code spop.haproxy.write}, and does not change what
	 * the agent does. May contain <code>${...}</code> placeholders.
	 * @return the expression, or an empty text for none
	 */
	String sample() default "";

}
