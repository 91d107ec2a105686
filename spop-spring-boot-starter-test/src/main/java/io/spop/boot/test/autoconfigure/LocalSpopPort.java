package io.spop.boot.test.autoconfigure;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Injects the port that a listener of the agent got, into an {@code int} field of a test
 * or an {@code int} parameter of a test method or of one annotated with
 * {@code @BeforeEach} or {@code @AfterEach}. For tests with {@code @SpringBootTest} and a
 * property such as {@code spop.listeners.main.port=0}. It is the value of the property
 * {@code local.spop.main.port}.
 *
 * @since 0.1.0
 */
@Target({ ElementType.FIELD, ElementType.PARAMETER })
@Retention(RetentionPolicy.RUNTIME)
@Documented
@ExtendWith(LocalSpopPortExtension.class)
public @interface LocalSpopPort {

	/**
	 * The name of the listener. It may be left out where the agent has one TCP listener.
	 * @return the name
	 */
	String value() default "";

}
