package io.spop.boot.test.autoconfigure;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import org.springframework.boot.autoconfigure.ImportAutoConfiguration;

/**
 * Adds a {@link SpopTestClient} to a test whose other auto-configuration is off. Tests
 * with all auto-configuration, such as {@code @SpringBootTest}, have a client without
 * this annotation. Without an agent, there is no client.
 *
 * @since 0.1.0
 * @see AutoConfigureSpop
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Inherited
@ImportAutoConfiguration
public @interface AutoConfigureSpopTestClient {

}
