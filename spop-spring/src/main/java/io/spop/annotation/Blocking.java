package io.spop.annotation;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks a {@link SpopMessage @SpopMessage} method, or all those of a class, that may
 * wait, though it returns a {@code Mono} or a future: it is called on a thread that may
 * block. The same goes for a {@code SpopInterceptor}, on its class or {@code @Bean}
 * method. On a method it overrules {@link NonBlocking @NonBlocking} on the class.
 *
 * @since 0.1.0
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ ElementType.METHOD, ElementType.TYPE })
public @interface Blocking {

}
