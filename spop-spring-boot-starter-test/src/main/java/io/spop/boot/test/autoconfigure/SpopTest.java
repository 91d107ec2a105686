package io.spop.boot.test.autoconfigure;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import io.spop.annotation.SpopMessage;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.test.autoconfigure.OverrideAutoConfiguration;
import org.springframework.boot.test.context.filter.annotation.TypeExcludeFilters;
import org.springframework.context.annotation.ComponentScan.Filter;
import org.springframework.core.annotation.AliasFor;
import org.springframework.core.env.Environment;
import org.springframework.test.context.BootstrapWith;
import org.springframework.test.context.junit.jupiter.SpringExtension;

/**
 * A test of the message handlers alone, without the rest of the application.
 *
 * <pre class="code">
 * &#64;SpopTest(handlers = Reputation.class)
 * class ReputationTests {
 *
 *     &#64;Autowired
 *     private SpopTestClient client;
 *
 *     &#64;MockitoBean
 *     private Scores scores;
 *
 *     &#64;Test
 *     void whenClientIsBadThenItsScoreIsLow() {
 *         given(this.scores.of(any())).willReturn(7);
 *         this.client.message("check-client-ip").ipArg("ip", "198.51.100.1").send()
 *             .hasVariable(VarScope.SESSION, "ip_score", 7);
 *     }
 *
 * }
 * </pre>
 *
 * Component scan finds the classes that have a method annotated with
 * {@link SpopMessage @SpopMessage} or {@code @SpopDefaultMessage}, {@code @SpopAdvice},
 * {@code SpopInterceptor}, {@code SpopHandler}, {@code SpopAgentCustomizer},
 * {@code SpopArgumentResolver} and converters. It finds no other {@code @Component}, no
 * {@code @Configuration} and no {@code @ConfigurationProperties}: provide the beans that
 * handlers need with {@code @MockitoBean}, {@code @Import} or
 * {@code @EnableConfigurationProperties}.
 * <p>
 * The agent runs with the application's properties and listeners, but in memory: no port
 * is opened, while each message passes through the codec, the connection and the dispatch
 * as it does on a socket. The JVM of a test is cold, so {@code spop.handler.timeout} is
 * 10 s unless the {@link #properties() properties} set another value.
 * <p>
 * One line in a test checks whether HAProxy's configuration fits the handlers:
 *
 * <pre class="code">
 * assertThat(HaproxyConfiguration.reader().read(Path.of("haproxy/haproxy.cfg"))).fits(agent);
 * </pre>
 *
 * Here {@code agent} is the {@code AgentDescription} bean, which has the deadlines and
 * listeners of the application, and {@code assertThat} comes from
 * {@link HaproxyConfigurationAssert}.
 * <p>
 * For tests of another part of the application, make an annotation of your own with
 * {@link AutoConfigureSpop @AutoConfigureSpop},
 * {@link AutoConfigureInMemorySpopAgent @AutoConfigureInMemorySpopAgent} and
 * {@link AutoConfigureSpopTestClient @AutoConfigureSpopTestClient}, or add these to
 * another slice.
 *
 * @since 0.1.0
 * @see SpopTestClient
 * @see HaproxyConfigurationAssert
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Inherited
@BootstrapWith(SpopTestContextBootstrapper.class)
@ExtendWith({ SpringBootCheckExtension.class, SpringExtension.class })
@OverrideAutoConfiguration(enabled = false)
@TypeExcludeFilters(SpopTypeExcludeFilter.class)
@AutoConfigureSpop
@AutoConfigureInMemorySpopAgent
@AutoConfigureSpopTestClient
@ImportAutoConfiguration
public @interface SpopTest {

	/**
	 * Properties of the {@link Environment}, as {@code name=value}.
	 * @return the properties
	 */
	String[] properties() default {};

	/**
	 * The handlers to test. By default, all handlers of the application.
	 * @return their classes
	 */
	@AliasFor("handlers")
	Class<?>[] value() default {};

	/**
	 * The handlers to test. By default, all handlers of the application.
	 * @return their classes
	 */
	@AliasFor("value")
	Class<?>[] handlers() default {};

	/**
	 * Whether component scan finds the types that are listed above. If not, it finds only
	 * those of {@link #includeFilters()}.
	 * @return whether to use the default filters
	 */
	boolean useDefaultFilters() default true;

	/**
	 * The types that component scan finds in addition.
	 * @return the filters
	 */
	Filter[] includeFilters() default {};

	/**
	 * The types that component scan does not find.
	 * @return the filters
	 */
	Filter[] excludeFilters() default {};

	/**
	 * Auto-configuration to leave out.
	 * @return the classes
	 */
	@AliasFor(annotation = ImportAutoConfiguration.class, attribute = "exclude")
	Class<?>[] excludeAutoConfiguration() default {};

}
