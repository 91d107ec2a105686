package io.spop.recipes;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import io.spop.test.EnabledIfHaproxy;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.boot.test.context.SpringBootTest;

/**
 * Tests a recipe with each HAProxy of {@link Recipe#haproxys()}, which is the class's
 * parameter. All classes with this annotation alone share one application.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@SpringBootTest(classes = RecipesApplication.class, webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
		properties = { "spop.listeners.main.port=0", "spop.handler.timeout=9s", "recipes.shared-limit.window=1h" })
@EnabledIfHaproxy
@ParameterizedClass(name = "{0}")
@MethodSource("io.spop.recipes.Recipe#haproxys")
@Timeout(120)
public @interface RecipeTest {

}
