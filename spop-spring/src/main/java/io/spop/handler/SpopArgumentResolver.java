package io.spop.handler;

import io.spop.agent.SpopExchange;
import io.spop.annotation.SpopArg;
import io.spop.annotation.SpopExceptionHandler;
import io.spop.annotation.SpopMessage;
import io.spop.protocol.NotifyMessage;
import org.jspecify.annotations.Nullable;

import org.springframework.core.MethodParameter;

/**
 * Resolves parameters that have a type or an annotation of the application: parameters of
 * {@link SpopMessage @SpopMessage} and {@link SpopExceptionHandler @SpopExceptionHandler}
 * methods, and components of records and beans. A resolver for parameters of the type
 * {@code JwtClaims}:
 *
 * <pre class="code">
 * &#64;Component
 * class JwtClaimsResolver implements SpopArgumentResolver {
 *
 *     private final Tokens tokens;
 *
 *     JwtClaimsResolver(Tokens tokens) {
 *         this.tokens = tokens;
 *     }
 *
 *     &#64;Override
 *     public boolean supports(MethodParameter parameter) {
 *         return parameter.getNestedParameterType() == JwtClaims.class;
 *     }
 *
 *     &#64;Override
 *     public &#64;Nullable Object resolve(MethodParameter parameter, NotifyMessage message, SpopExchange exchange)
 *             throws Exception {
 *         SpopValue value = message.arguments().get("authorization");
 *         return (value instanceof SpopValue.Text text) ? this.tokens.verify(text.toString()) : null;
 *     }
 *
 * }
 * </pre>
 *
 * Resolvers are beans. They are not asked for parameters of the types
 * {@link NotifyMessage}, {@code Arguments}, {@link SpopExchange} and
 * {@code SpopConnection}, and not for the exception that a method handles. Any other
 * parameter gets the first resolver, in the order of {@code @Order}, that supports it,
 * also if it is marked with {@link SpopArg @SpopArg}. A parameter that has both a
 * resolver and a {@linkplain SpopArg#defaultValue() default value} makes the application
 * fail to start.
 *
 * @since 0.1.0
 */
public interface SpopArgumentResolver {

	/**
	 * Return whether this resolver supports a parameter. Called when the application
	 * starts, once for each parameter. If no resolver supports a parameter of the type
	 * {@code Optional}, each resolver is asked again with the
	 * {@linkplain MethodParameter#nested() nested} parameter, whose
	 * {@link MethodParameter#getNestedParameterType()} is the type that the
	 * {@code Optional} holds. The application fails to start if this method throws an
	 * exception.
	 * @param parameter the parameter of a method, or of the constructor or setter of a
	 * record or bean; it has a name if the class was compiled with {@code -parameters}.
	 * {@link MethodParameter#getMethod()} is {@code null} for a parameter of a
	 * constructor, such as the component of a record.
	 * @return whether {@link #resolve} is to be called for the parameter
	 */
	boolean supports(MethodParameter parameter);

	/**
	 * Return the value of a parameter. Called for each message, on the thread that calls
	 * the handler method, by several threads at once. If this thread is an event loop,
	 * because the handler method does not block, this method must not block either. The
	 * warm-up does not call it.
	 * @param parameter a parameter that this resolver supports, or the nested parameter
	 * if the resolver supports that one
	 * @param message the message
	 * @param exchange the NOTIFY of the message
	 * @return an instance of the parameter's
	 * {@linkplain MethodParameter#getNestedParameterType() type}, or {@code null} if the
	 * message has no value for it. With {@code null}, an {@code Optional} is empty, the
	 * parameter is {@code null} if it is {@code @Nullable} or has
	 * {@code @SpopArg(required = false)}, and the setter of a bean is not called. For any
	 * other parameter, such as a primitive, the message fails with an
	 * {@link InvalidSpopArgumentException}. For an object of another type, the message
	 * fails with an {@link IllegalStateException}.
	 * @throws Exception if the value in the message is wrong. The message fails with an
	 * {@link InvalidSpopArgumentException} whose cause is this exception. The log shows
	 * the type of the exception, but not its text, which may quote a client. A method
	 * with {@code @SpopExceptionHandler} may take either exception
	 */
	@Nullable Object resolve(MethodParameter parameter, NotifyMessage message, SpopExchange exchange) throws Exception;

}
