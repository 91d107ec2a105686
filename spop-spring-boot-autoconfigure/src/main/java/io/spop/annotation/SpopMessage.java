package io.spop.annotation;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import org.springframework.core.annotation.AliasFor;

/**
 * Marks a method of a bean that handles a message of HAProxy.
 *
 * <pre class="code">
 * &#64;SpopMessage("check-client-ip")
 * Actions check(&#64;SpopArg("ip") InetAddress ip) {
 *     return Actions.set(VarScope.SESSION, "ip_score", score(ip));
 * }
 * </pre>
 *
 * A parameter is an argument of the message, marked with {@link SpopArg @SpopArg}, or one
 * of {@code NotifyMessage}, {@code Arguments}, {@code SpopExchange} and
 * {@code SpopConnection}. The method returns {@code void}, {@code Actions},
 * {@code Mono<Actions>} or {@code Mono<Void>}; {@code null} is as good as no actions.
 * <p>
 * A method that returns a {@code Mono} is called on an event loop and must not block. Any
 * other is called on a thread that may block, unless it is marked with
 * {@link NonBlocking @NonBlocking}. When a NOTIFY frame carries several messages, their
 * methods are called one after the other, in the order of the messages, and those that
 * follow a blocking method stay on its thread.
 * <p>
 * Not more than one method may handle a message. If it throws an exception, the NOTIFY is
 * answered with the agent's fallback.
 *
 * @since 0.1.0
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ ElementType.METHOD, ElementType.ANNOTATION_TYPE })
public @interface SpopMessage {

	/**
	 * The name of the message: that of the {@code spoe-message} section in HAProxy's
	 * configuration. Must not be empty.
	 * @return the name
	 */
	@AliasFor("name")
	String value() default "";

	/**
	 * The name of the message: that of the {@code spoe-message} section in HAProxy's
	 * configuration. Must not be empty.
	 * @return the name
	 */
	@AliasFor("value")
	String name() default "";

}
