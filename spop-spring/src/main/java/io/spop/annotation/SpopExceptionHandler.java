package io.spop.annotation;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks a method that answers in place of a {@link SpopMessage @SpopMessage} method that
 * failed or missed its deadline. A method fails if it throws an exception, if its
 * {@code Mono} or future ends with an exception, if an argument cannot be converted, if
 * no thread is free for it, or if the ACK with its result is too large.
 * <p>
 * The method handles the exceptions of its bean, or of all beans if its bean is marked
 * with {@link SpopAdvice @SpopAdvice}. The method with the type closest to the exception
 * is called. If no method takes the exception, a method that takes one of its causes is
 * called. The methods of the bean are asked first, then those of each advice in the order
 * of the advices.
 * <p>
 * The parameters are those of a {@link SpopMessage @SpopMessage} method and the
 * exception. The results and the choice of the thread are those of a
 * {@link SpopMessage @SpopMessage} method, too. The agent cannot wait for the answer to
 * three exceptions: the {@code SpopTimeoutException} of a missed deadline, the
 * {@code SpopOversizeException} of an ACK that is too large, and the
 * {@code RejectedExecutionException} of a method that got no thread. Only a method that
 * does not block is called for these three, so mark the method with
 * {@link NonBlocking @NonBlocking}. For the first two exceptions, the method must return
 * its result at once. The agent ignores a {@code Mono} that has no value yet.
 *
 * @since 0.1.0
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ ElementType.METHOD, ElementType.ANNOTATION_TYPE })
public @interface SpopExceptionHandler {

	/**
	 * The types of exceptions that the method handles.
	 * @return the types, empty for the type of the parameter
	 */
	Class<? extends Throwable>[] value() default {};

}
