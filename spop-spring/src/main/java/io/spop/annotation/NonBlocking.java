package io.spop.annotation;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks a {@link SpopMessage @SpopMessage} method, or all those of a class, that never
 * waits: it is called on an event loop, which saves two switches of threads. While it
 * runs no other frame of its connection is read, nor of any other that shares the event
 * loop: do not access a database, a file or another service in it, nor wait for a lock.
 * On a method it overrules {@link Blocking @Blocking} on the class.
 *
 * @since 0.1.0
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ ElementType.METHOD, ElementType.TYPE })
public @interface NonBlocking {

}
