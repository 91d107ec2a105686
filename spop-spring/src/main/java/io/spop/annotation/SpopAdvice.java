package io.spop.annotation;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import org.springframework.core.annotation.AliasFor;
import org.springframework.stereotype.Component;

/**
 * Marks a bean whose {@link SpopExceptionHandler @SpopExceptionHandler} methods handle
 * the exceptions of all beans with handler methods. If there are several such beans, they
 * are asked in the order of {@code @Order}, {@code Ordered} or {@code @Priority}.
 *
 * @since 0.1.0
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
@Component
public @interface SpopAdvice {

	/**
	 * The name of the bean.
	 * @return the name, or an empty text for a name derived from the class
	 */
	@AliasFor(annotation = Component.class)
	String value() default "";

}
