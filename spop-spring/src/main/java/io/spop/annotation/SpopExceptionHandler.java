package io.spop.annotation;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks a method that answers in place of a {@link SpopMessage @SpopMessage} method that
 * failed or was late: with an exception, with one in its {@code Mono} or future, because
 * an argument did not convert, because there was no thread for it, because there was no
 * result at the deadline, or because the ACK would be too large.
 * <p>
 * In a bean it is there for the methods of that bean, in a {@link SpopAdvice @SpopAdvice}
 * bean for all. The method of the type closest to the exception is called; if none takes
 * the exception, one that takes its cause. Those of the bean come first, then those of
 * each advice in its order.
 * <p>
 * The parameters are those of a {@link SpopMessage @SpopMessage} method and the
 * exception; the results are the same, and so is the choice of the thread. Three
 * exceptions are there when nothing can be waited for: the {@code SpopTimeoutException}
 * of a deadline, the {@code SpopOversizeException} of an ACK that is too large, and the
 * {@code RejectedExecutionException} of a method that gets no thread. A method that may
 * block is not called for these: mark it with {@link NonBlocking @NonBlocking}. For the
 * first two, its result has to be there when it returns; a {@code Mono} that is not
 * counts as none.
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
