package io.spop.test;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import io.spop.test.haproxy.HaproxyBinary;
import io.spop.test.haproxy.HaproxyProcess;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Runs all tests of a class with each HAProxy of {@link HaproxyProcess#all()}. A field of
 * the class, a parameter of type {@link HaproxyBinary}, has the HAProxy. Skips the tests
 * if there is no HAProxy. {@link VersionResults} records what the tests saw.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Documented
@EnabledIfHaproxy
@ExtendWith(VersionResults.class)
@ParameterizedClass(name = "{0}")
@MethodSource("io.spop.test.haproxy.HaproxyProcess#all")
public @interface EveryHaproxy {

}
