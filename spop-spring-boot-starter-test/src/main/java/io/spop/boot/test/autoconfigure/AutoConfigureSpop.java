package io.spop.boot.test.autoconfigure;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import org.springframework.boot.autoconfigure.ImportAutoConfiguration;

/**
 * Adds the agent and the handlers to a test whose other auto-configuration is off, such
 * as one of Spring Boot's test slices or a slice of your own. The test then has what
 * {@code spop-spring-boot-starter} configures, except meters, health and the endpoint. In
 * a test with all auto-configuration, this annotation changes nothing.
 * <p>
 * The agent listens where the properties say. Add
 * {@link AutoConfigureInMemorySpopAgent @AutoConfigureInMemorySpopAgent} for an agent
 * without ports, and {@link AutoConfigureSpopTestClient @AutoConfigureSpopTestClient} for
 * a client.
 *
 * @since 0.1.0
 * @see SpopTest
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Inherited
@ImportAutoConfiguration
public @interface AutoConfigureSpop {

}
