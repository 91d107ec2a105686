package io.spop.annotation;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks a method of a bean that handles the messages for which there is no
 * {@link SpopMessage @SpopMessage} method. It has the same parameters and results; a
 * {@code NotifyMessage} parameter tells the name of the message. There is one at most for
 * each listener.
 *
 * @since 0.1.0
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ ElementType.METHOD, ElementType.ANNOTATION_TYPE })
public @interface SpopDefaultMessage {

	/**
	 * The names of the listeners whose messages the method handles. May contain
	 * <code>${...}</code> placeholders.
	 * @return the names, empty for all listeners
	 */
	String[] listeners() default {};

	/**
	 * How long the handling may take.
	 * @return the time, more than zero and less than 100 years, or an empty text for that
	 * of the property {@code spop.handler.timeout}
	 * @see SpopMessage#timeout()
	 */
	String timeout() default "";

}
