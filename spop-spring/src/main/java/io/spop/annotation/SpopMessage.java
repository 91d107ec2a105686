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
 * A parameter is an argument of the message, marked with {@link SpopArg @SpopArg}; a
 * record or bean that takes the arguments by the names of its components; or one of
 * {@code NotifyMessage}, {@code Arguments}, {@code SpopExchange} and
 * {@code SpopConnection}.
 * <p>
 * The method returns {@code void}, {@code Actions}, a record or bean with members marked
 * with {@link SpopVar @SpopVar}, or a {@code Map} of names and values; or an
 * {@code Optional}, {@code Mono} or {@code CompletionStage} of these. {@code null} is as
 * good as no actions.
 * <p>
 * A method that returns a {@code Mono} or a {@code CompletionStage} is called on an event
 * loop and must not block. Any other is called on a thread that may block.
 * {@link NonBlocking @NonBlocking} and {@link Blocking @Blocking} say otherwise. When a
 * NOTIFY frame carries several messages, their methods are called in the order of the
 * messages, but none waits for the result of another, and each that may block has a
 * thread of its own. The ACK has all actions in the order of the messages.
 * <p>
 * Not more than one method may handle a message. If it throws an exception or is late,
 * and no {@link SpopExceptionHandler @SpopExceptionHandler} method answers, the message
 * is answered with the agent's fallback; the other messages of the NOTIFY keep their
 * results.
 * <p>
 * {@link #event()}, {@link #condition()}, {@link #group()} and {@link #onError()} declare
 * what HAProxy's configuration is to say of the message. The configuration can be written
 * from them, see {@code spop.haproxy.write}; the agent does the same with and without
 * them.
 * <p>
 * On a class, with its name left empty, it sets the other attributes for the methods of
 * the class that do not set them.
 *
 * @since 0.1.0
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ ElementType.METHOD, ElementType.TYPE })
public @interface SpopMessage {

	/**
	 * The name of the message: that of the {@code spoe-message} section in HAProxy's
	 * configuration, of the characters {@code A-Z a-z 0-9 _ . : -}. Must not be empty,
	 * but on a class. May contain <code>${...}</code> placeholders.
	 * @return the name
	 */
	@AliasFor("name")
	String value() default "";

	/**
	 * The name of the message: that of the {@code spoe-message} section in HAProxy's
	 * configuration, of the characters {@code A-Z a-z 0-9 _ . : -}. Must not be empty,
	 * but on a class. May contain <code>${...}</code> placeholders.
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
	 * How long the handling may take from the arrival of the NOTIFY, such as
	 * {@code 200ms} or {@code PT0.2S}, instead of {@code spop.handler.timeout}. If a
	 * NOTIFY carries several messages, the shortest time of their methods counts. May
	 * contain <code>${...}</code> placeholders.
	 * @return the time, more than zero and less than 100 years, or an empty text for that
	 * of the property
	 */
	String timeout() default "";

	/**
	 * When HAProxy is to send the message: by the event or, if there is a
	 * {@link #group()}, by a rule among those that run after this event.
	 * @return the event, or {@link SpoeEvent#NONE} if nothing is said about it
	 */
	SpoeEvent event() default SpoeEvent.NONE;

	/**
	 * On which condition HAProxy is to send the message: {@code if} or {@code unless} and
	 * what follows it, such as {@code if { path_beg /admin }}. May contain
	 * <code>${...}</code> placeholders.
	 * @return the condition, or an empty text for none
	 */
	String condition() default "";

	/**
	 * The name of the {@code spoe-group} section that sends the message, of the
	 * characters {@code A-Z a-z 0-9 _ . : -}. Messages of a group are sent by a rule,
	 * which can stand behind others. May contain <code>${...}</code> placeholders.
	 * @return the name, or an empty text for none
	 */
	String group() default "";

	/**
	 * What HAProxy is to do with a request if there is no answer.
	 * @return whether the request passes
	 */
	OnError onError() default OnError.UNDECIDED;

}
