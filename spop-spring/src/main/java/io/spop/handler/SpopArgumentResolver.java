package io.spop.handler;

import io.spop.agent.SpopExchange;
import io.spop.annotation.SpopArg;
import io.spop.annotation.SpopExceptionHandler;
import io.spop.annotation.SpopMessage;
import io.spop.protocol.NotifyMessage;
import org.jspecify.annotations.Nullable;

import org.springframework.core.MethodParameter;

/**
 * Resolver of parameters that have a type, or an annotation, of the application's own:
 * those of {@link SpopMessage @SpopMessage} and
 * {@link SpopExceptionHandler @SpopExceptionHandler} methods, and the components of
 * records and beans. A resolver of parameters that have the type {@code JwtClaims}:
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
 * Resolvers are beans. Those of {@link NotifyMessage}, {@code Arguments},
 * {@link SpopExchange} and {@code SpopConnection}, and of the exception that a method
 * handles, cannot be replaced. Any other parameter has the resolver that supports it, the
 * first of several in their order ({@code @Order}), whether or not it is marked with
 * {@link SpopArg @SpopArg}. A parameter that has both a resolver and a
 * {@linkplain SpopArg#defaultValue() default value} makes the application fail to start.
 *
 * @since 0.1.0
 */
public interface SpopArgumentResolver {

	/**
	 * Return whether this resolver is the one of a parameter. Called when the application
	 * starts, once for each parameter. If no resolver supports an {@code Optional}, each
	 * is asked again with the {@linkplain MethodParameter#nested() nested} parameter,
	 * whose {@link MethodParameter#getNestedParameterType()} is the type that the
	 * {@code Optional} holds. The application fails to start if this method throws an
	 * exception.
	 * @param parameter the parameter of a method, or of the constructor or setter of a
	 * record or bean; it has its name if the class was compiled with {@code -parameters}.
	 * {@link MethodParameter#getMethod()} is {@code null} for a parameter of a
	 * constructor, as the component of a record is.
	 * @return whether {@link #resolve} is to be called for the parameter
	 */
	boolean supports(MethodParameter parameter);

	/**
	 * Return what a parameter gets. Called for each message, on the thread on which the
	 * method is called, by several threads at once. If that is an event loop, because the
	 * method does not block, this method must not block either. It is not called for the
	 * warm-up.
	 * @param parameter a parameter that this resolver supports, the nested one if that is
	 * supported
	 * @param message the message
	 * @param exchange where the message came from
	 * @return an instance of the parameter's
	 * {@linkplain MethodParameter#getNestedParameterType() type}, or {@code null} if the
	 * message has nothing for it: an {@code Optional} is empty, the parameter gets
	 * {@code null} if it is {@code @Nullable} or has {@code @SpopArg(required = false)},
	 * and the setter of a bean is not called; any other parameter, such as a primitive,
	 * makes the message fail with an {@link InvalidSpopArgumentException}. An object of
	 * another type is a failure of the handler, an {@link IllegalStateException}.
	 * @throws Exception if the message has something wrong for the parameter: it fails
	 * with an {@link InvalidSpopArgumentException} whose cause is this exception. The log
	 * has the type of the exception, but not its text, which may have what a client sent;
	 * a method with {@code @SpopExceptionHandler} may take either exception
	 */
	@Nullable Object resolve(MethodParameter parameter, NotifyMessage message, SpopExchange exchange) throws Exception;

}
