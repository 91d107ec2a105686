package io.spop.boot.test.autoconfigure;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Injects the port that the system chose for a listener of the agent, into an {@code int}
 * field of a test or an {@code int} parameter of a test method or of one annotated with
 * {@code @BeforeEach} or {@code @AfterEach}. For tests with {@code @SpringBootTest} and a
 * property such as {@code spop.listeners.main.port=0}. The property
 * {@code local.spop.main.port} has the same value.
 *
 * @since 0.1.0
 */
@Target({ ElementType.FIELD, ElementType.PARAMETER })
@Retention(RetentionPolicy.RUNTIME)
@Documented
@ExtendWith(LocalSpopPortExtension.class)
public @interface LocalSpopPort {

	/**
	 * The name of the listener. May be left out if the agent has only one TCP listener.
	 * @return the name
	 */
	String value() default "";

}
