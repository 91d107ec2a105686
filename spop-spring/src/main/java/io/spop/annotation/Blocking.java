package io.spop.annotation;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks a {@link SpopMessage @SpopMessage} method, or all such methods of a class, that
 * may block although they return a {@code Mono} or a future. The agent calls such a
 * method on a thread that may block. The annotation also works for a
 * {@code SpopInterceptor}, on its class or on its {@code @Bean} method. On a method it
 * overrides {@link NonBlocking @NonBlocking} on the class.
 *
 * @since 0.1.0
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ ElementType.METHOD, ElementType.TYPE })
public @interface Blocking {

}
