package io.spop.annotation;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks a {@link SpopMessage @SpopMessage} method, or all such methods of a class, that
 * never block. The agent calls such a method on an event loop, which saves two switches
 * between threads. While the method runs, the event loop reads no frame of any of its
 * connections. Such a method must not access a database, a file or another service, and
 * must not wait for a lock. On a method the annotation overrides
 * {@link Blocking @Blocking} on the class.
 *
 * @since 0.1.0
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ ElementType.METHOD, ElementType.TYPE })
public @interface NonBlocking {

}
