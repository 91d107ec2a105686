package io.spop.test;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.Set;
import java.util.TreeSet;

import io.spop.test.haproxy.HaproxyProcess;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Skips a test if {@link HaproxyProcess#find()} finds no HAProxy. At the end of the run,
 * one line on the console names all skipped tests.
 */
@Target({ ElementType.TYPE, ElementType.METHOD })
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Inherited
@ExtendWith(EnabledIfHaproxy.Condition.class)
public @interface EnabledIfHaproxy {

	/**
	 * Looks for HAProxy.
	 */
	final class Condition implements ExecutionCondition {

		@Override
		public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
			if (HaproxyProcess.find().isPresent()) {
				return ConditionEvaluationResult.enabled("HAProxy is there");
			}
			context.getRoot()
				.getStore(ExtensionContext.Namespace.create(EnabledIfHaproxy.class))
				.computeIfAbsent(LeftOut.class)
				.add(context);
			return ConditionEvaluationResult.disabled("No HAProxy");
		}

	}

	/**
	 * Gathers the names of the skipped tests. JUnit closes this object at the end of the
	 * run.
	 */
	final class LeftOut implements AutoCloseable {

		private final Set<String> tests = new TreeSet<>();

		LeftOut() {
		}

		private synchronized void add(ExtensionContext context) {
			String name = context.getRequiredTestClass().getSimpleName();
			this.tests.add(context.getTestMethod().map((method) -> name + "." + method.getName()).orElse(name));
		}

		@Override
		public synchronized void close() {
			System.out.println(
					"Left out, because neither $HAPROXY nor the PATH has a HAProxy: " + String.join(", ", this.tests));
		}

	}

}
