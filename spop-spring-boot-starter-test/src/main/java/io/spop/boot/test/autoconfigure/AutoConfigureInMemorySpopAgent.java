package io.spop.boot.test.autoconfigure;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import org.springframework.boot.autoconfigure.ImportAutoConfiguration;

/**
 * Moves the listeners of the agent into memory: they keep their names, and no port or
 * socket is opened. Each message passes through the codec, the connection and the
 * dispatch as it does on a socket. For tests with an agent, such as
 * {@code @SpringBootTest} or a test with {@link AutoConfigureSpop @AutoConfigureSpop}.
 * Without an agent, this annotation changes nothing.
 * <p>
 * This annotation sets no property. {@link SpopTest @SpopTest} sets a longer
 * {@code spop.handler.timeout}, because the JVM of a test is cold. Other tests may have
 * to set one, too.
 *
 * @since 0.1.0
 * @see SpopTestClient
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Inherited
@ImportAutoConfiguration
public @interface AutoConfigureInMemorySpopAgent {

}
