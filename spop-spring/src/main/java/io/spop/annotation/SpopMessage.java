package io.spop.annotation;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import io.spop.haproxy.OnError;
import io.spop.haproxy.SpoeEvent;

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
 * A parameter takes an argument of the message if it is marked with
 * {@link SpopArg @SpopArg}. A record or bean as a parameter takes the arguments that have
 * the names of its components. Other parameters have one of the types
 * {@code NotifyMessage}, {@code Arguments}, {@code SpopExchange} and
 * {@code SpopConnection}.
 * <p>
 * The method returns {@code void}, {@code Actions}, a record or bean with members marked
 * with {@link SpopVar @SpopVar}, or a {@code Map} of names and values; or an
 * {@code Optional}, {@code Mono} or {@code CompletionStage} of these. {@code null} means
 * no actions.
 * <p>
 * A method that returns a {@code Mono} or a {@code CompletionStage} is called on an event
 * loop and must not block. Any other method is called on a thread that may block.
 * {@link NonBlocking @NonBlocking} and {@link Blocking @Blocking} change this. If a
 * NOTIFY frame carries several messages, their methods are called in the order of the
 * messages. No method waits for the result of another, and each method that may block has
 * a thread of its own. The ACK has all actions in the order of the messages.
 * <p>
 * At most one method may handle a message. If the method throws an exception or misses
 * the deadline, and no {@link SpopExceptionHandler @SpopExceptionHandler} method answers,
 * the agent answers the message with its fallback. The other messages of the NOTIFY keep
 * their results.
 * <p>
 * {@link #event()}, {@link #condition()}, {@link #group()} and {@link #onError()} declare
 * how HAProxy's configuration sends the message. They are used to write this
 * configuration, see {@code spop.haproxy.write}, and do not change what the agent does.
 * <p>
 * On a class, the annotation must have no name. It sets the other attributes for all
 * methods of the class that do not set them.
 *
 * @since 0.1.0
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ ElementType.METHOD, ElementType.TYPE })
public @interface SpopMessage {

	/**
	 * The name of the message, which is the name of the {@code spoe-message} section in
	 * HAProxy's configuration. It has the characters {@code A-Z a-z 0-9 _ . : -}.
	 * Required on a method. May contain <code>${...}</code> placeholders.
	 * @return the name
	 */
	@AliasFor("name")
	String value() default "";

	/**
	 * The name of the message, which is the name of the {@code spoe-message} section in
	 * HAProxy's configuration. It has the characters {@code A-Z a-z 0-9 _ . : -}.
	 * Required on a method. May contain <code>${...}</code> placeholders.
	 * @return the name
	 */
	@AliasFor("value")
	String name() default "";

	/**
	 * The names of the listeners whose messages the method handles. May contain
	 * <code>${...}</code> placeholders.
	 * @return the names, empty for all listeners
	 */
	String[] listeners() default {};

	/**
	 * The time that the handling may take, from the arrival of the NOTIFY, such as
	 * {@code 200ms} or {@code PT0.2S}. If a NOTIFY carries several messages, the shortest
	 * time of their methods counts. May contain <code>${...}</code> placeholders.
	 * @return the time, more than zero and less than 100 years, or an empty text for the
	 * time of the property {@code spop.handler.timeout}
	 */
	String timeout() default "";

	/**
	 * The event at which HAProxy sends the message. If the message has a
	 * {@link #group()}, a rule sends it, one of the rules that run after this event.
	 * @return the event, or {@link SpoeEvent#NONE} for none
	 */
	SpoeEvent event() default SpoeEvent.NONE;

	/**
	 * The condition on which HAProxy sends the message, beginning with {@code if} or
	 * {@code unless}, such as {@code if { path_beg /admin }}. May contain
	 * <code>${...}</code> placeholders.
	 * @return the condition, or an empty text for none
	 */
	String condition() default "";

	/**
	 * The name of the {@code spoe-group} section that sends the message, of the
	 * characters {@code A-Z a-z 0-9 _ . : -}. A rule of HAProxy's configuration sends the
	 * messages of a group, so other rules can run before it. May contain
	 * <code>${...}</code> placeholders.
	 * @return the name, or an empty text for none
	 */
	String group() default "";

	/**
	 * What HAProxy does with a request if it gets no answer to the message.
	 * @return whether the request passes
	 */
	OnError onError() default OnError.UNDECIDED;

}
