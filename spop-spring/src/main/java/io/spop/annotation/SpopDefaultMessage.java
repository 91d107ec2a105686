package io.spop.annotation;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks a method of a bean that handles all messages without a
 * {@link SpopMessage @SpopMessage} method. Parameters and results are those of a
 * {@link SpopMessage @SpopMessage} method. A {@code NotifyMessage} parameter has the name
 * of the message. Each listener may have at most one such method.
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
	 * The time that the handling may take, from the arrival of the NOTIFY, such as
	 * {@code 200ms} or {@code PT0.2S}.
	 * @return the time, more than zero and less than 100 years, or an empty text for the
	 * time of the property {@code spop.handler.timeout}
	 * @see SpopMessage#timeout()
	 */
	String timeout() default "";

}
