package io.spop.annotation;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import org.springframework.core.annotation.AliasFor;

/**
 * Binds a parameter of a {@link SpopMessage @SpopMessage} method to an argument of the
 * message; or a component of a record, or a field or setter of a bean, that takes the
 * arguments.
 * <p>
 * HAProxy sends NULL for what it does not have, such as a missing header. A parameter
 * declared as {@code @Nullable} is then {@code null}, an {@code Optional} is empty and a
 * {@code SpopValue} is {@code SpopValue.Null}; for any other the message fails, unless
 * there is a {@link #defaultValue()} or it is not {@link #required()}. The same goes for
 * an argument that the message does not have at all, and for the components of a record,
 * with and without this annotation.
 * <p>
 * A parameter is a {@code String}, {@code byte[]}, a read-only {@code ByteBuffer}, a
 * number, {@code boolean}, {@code InetAddress} or one of its subclasses,
 * {@code SpopValue}, {@code HeaderBlock}, or anything that the {@code ConversionService}
 * of the application makes from these, such as an enum or a {@code Duration}. A
 * {@code List} takes all arguments of the name. A value that does not convert makes the
 * message fail.
 *
 * @since 0.1.0
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ ElementType.PARAMETER, ElementType.FIELD, ElementType.METHOD, ElementType.ANNOTATION_TYPE })
public @interface SpopArg {

	/**
	 * Stands for no {@link #defaultValue()}.
	 */
	String NO_DEFAULT = "\u0000none";

	/**
	 * The name of the argument, as on the {@code args} line of the {@code spoe-message}
	 * section. Without one it is the name of the parameter, where {@code userAgent} finds
	 * {@code user_agent} and {@code user-agent} too.
	 * @return the name
	 */
	@AliasFor("name")
	String value() default "";

	/**
	 * The name of the argument, as on the {@code args} line of the {@code spoe-message}
	 * section. Without one it is the name of the parameter, where {@code userAgent} finds
	 * {@code user_agent} and {@code user-agent} too.
	 * @return the name
	 */
	@AliasFor("value")
	String name() default "";

	/**
	 * The place of the argument among all arguments of the message, from 0, instead of a
	 * name: for arguments that have none. Not for a {@code List}.
	 * @return the place, or -1 for none
	 */
	int index() default -1;

	/**
	 * Whether the message fails if the argument is NULL or missing. If not, the parameter
	 * is {@code null}, which a primitive cannot be.
	 * @return whether it is required
	 */
	boolean required() default true;

	/**
	 * What to take if the argument is NULL, missing, or an empty text, converted like a
	 * text. May contain <code>${...}</code> placeholders. The argument is then not
	 * {@link #required()}.
	 * @return the default value
	 */
	String defaultValue() default NO_DEFAULT;

	/**
	 * The name of the charset in which to read text, instead of that of the property
	 * {@code spop.handler.charset}. Malformed bytes become its replacement.
	 * @return the charset, or an empty text for that of the property
	 */
	String charset() default "";

	/**
	 * What HAProxy is to send as the argument: a sample expression, such as
	 * {@code req.hdr(CF-IPCountry)} or {@code src,ipmask(24)}. HAProxy's configuration
	 * can be written with it, see {@code spop.haproxy.write}; the agent does the same
	 * with and without it. May contain <code>${...}</code> placeholders.
	 * @return the expression, or an empty text if nothing is said about it
	 */
	String sample() default "";

}
