package io.spop.annotation;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import org.springframework.core.annotation.AliasFor;

/**
 * Binds a parameter of a {@link SpopMessage @SpopMessage} method to an argument of the
 * message.
 * <p>
 * HAProxy sends NULL for what it does not have, such as a missing header. A parameter
 * declared as {@code @Nullable} is then {@code null}, an {@code Optional} is empty and a
 * {@code SpopValue} is {@code SpopValue.Null}; for any other the message fails. The same
 * goes for an argument that the message does not have at all.
 * <p>
 * A parameter is a {@code String} (bytes are read as UTF-8), {@code byte[]}, a number,
 * {@code boolean}, {@code InetAddress} or one of its subclasses, {@code SpopValue}, or
 * anything that the {@code ConversionService} of the application makes from these. A
 * value that does not convert makes the message fail.
 *
 * @since 0.1.0
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ ElementType.PARAMETER, ElementType.ANNOTATION_TYPE })
public @interface SpopArg {

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

}
