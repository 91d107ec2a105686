package io.spop.annotation;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import io.spop.protocol.VarScope;

import org.springframework.core.annotation.AliasFor;

/**
 * Marks a component of a record, or a field or getter of a bean, that becomes a variable
 * of HAProxy when a {@link SpopMessage @SpopMessage} method returns the record or bean.
 *
 * <pre class="code">
 * record Verdict(&#64;SpopVar(scope = VarScope.SESSION) int score, &#64;SpopVar("my_var") String myVar) { }
 * </pre>
 *
 * Each variable may have only one member. On a method that returns a {@code Map}, the
 * annotation sets the scope of all variables, and the keys of the map are the names of
 * the variables.
 * <p>
 * A value has one of the types that {@link SpopArg @SpopArg} lists. The type of the
 * variable is as follows: INT64 for integers, UINT64 for integers beyond the range of
 * INT64, IPV4 or IPV6 for an address, BINARY for bytes, and STRING for other numbers, for
 * the name of an enum constant, and for any other object that the
 * {@code ConversionService} of the application converts to text.
 *
 * @since 0.1.0
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ ElementType.METHOD, ElementType.FIELD, ElementType.ANNOTATION_TYPE })
public @interface SpopVar {

	/**
	 * The name of the variable without scope and prefix: 1 to 57 of the characters
	 * {@code A-Z a-z 0-9 _ .}.
	 * @return the name, or an empty text for the name of the component
	 */
	@AliasFor("name")
	String value() default "";

	/**
	 * The name of the variable without scope and prefix: 1 to 57 of the characters
	 * {@code A-Z a-z 0-9 _ .}.
	 * @return the name, or an empty text for the name of the component
	 */
	@AliasFor("value")
	String name() default "";

	/**
	 * The scope of the variable.
	 * @return the scope
	 */
	VarScope scope() default VarScope.TRANSACTION;

	/**
	 * What happens to the variable if the value is {@code null} or an empty
	 * {@code Optional}.
	 * @return what happens
	 */
	IfNull ifNull() default IfNull.UNSET;

	/**
	 * What happens to a variable whose value is {@code null}.
	 */
	enum IfNull {

		/** The variable is unset. */
		UNSET,

		/** The variable stays as it is. */
		SKIP

	}

}
