package io.spop.annotation;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks a method that answers in place of a {@link SpopMessage @SpopMessage} method that
 * failed: with an exception, with one in its {@code Mono} or future, because an argument
 * did not convert, or because there was no thread for it.
 * <p>
 * In a bean it is there for the methods of that bean, in a {@link SpopAdvice @SpopAdvice}
 * bean for all. The method of the type closest to the exception is called; if none takes
 * the exception, one that takes its cause. Those of the bean come first, then those of
 * each advice in its order.
 * <p>
 * The parameters are those of a {@link SpopMessage @SpopMessage} method and the
 * exception; the results are the same, and so is the choice of the thread. A deadline
 * that is missed calls no such method.
 *
 * @since 0.1.0
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ ElementType.METHOD, ElementType.ANNOTATION_TYPE })
public @interface SpopExceptionHandler {

	/**
	 * The types of exceptions that the method takes.
	 * @return the types, empty for that of the parameter
	 */
	Class<? extends Throwable>[] value() default {};

}
