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
 * Runs all tests of a class with each HAProxy of {@link HaproxyProcess#all()}, which is
 * the class's parameter, a {@link HaproxyBinary} in a field. Leaves them out where there
 * is none. {@link VersionResults} writes down what they saw.
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
