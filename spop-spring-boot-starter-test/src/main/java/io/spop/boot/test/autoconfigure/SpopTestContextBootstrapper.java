package io.spop.boot.test.autoconfigure;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

import org.springframework.boot.test.autoconfigure.TestSliceTestContextBootstrapper;
import org.springframework.test.context.MergedContextConfiguration;
import org.springframework.test.context.TestContextAnnotationUtils;

/**
 * Configures the context of {@link SpopTest @SpopTest}.
 */
final class SpopTestContextBootstrapper extends TestSliceTestContextBootstrapper<SpopTest> {

	/** The property with the names of the classes that the test asks for. */
	static final String HANDLERS = "io.spop.boot.test.autoconfigure.SpopTest.handlers";

	@Override
	protected void processPropertySourceProperties(MergedContextConfiguration configuration, List<String> properties) {
		super.processPropertySourceProperties(configuration, properties);
		// At the front, so that the properties of the test win
		properties.add(0, ApplicationTimeout.PROPERTY + "=" + ApplicationTimeout.OF_SLICE);
		properties.add(0, "spop.shutdown.pre-drain-delay=0");
		properties.add(0, "spop.warm-up.enabled=false");
		// The application's paths may not exist where tests run
		properties.add(0, "spop.haproxy.check=");
		properties.add(0, "spop.record.file=");
		// The slice does not find the configuration of the application's executor
		properties.add(0, "spop.handler.executor=spopHandlerTaskExecutor");
		SpopTest annotation = TestContextAnnotationUtils.findMergedAnnotation(configuration.getTestClass(),
				SpopTest.class);
		if (annotation != null) {
			properties.add(Arrays.stream(annotation.handlers())
				.map(Class::getName)
				.collect(Collectors.joining(",", HANDLERS + "=", "")));
		}
	}

}
