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
 * A variable is set by one member only. On a method that returns a {@code Map} it sets
 * the scope of all variables; their names are the keys of the map.
 * <p>
 * A value is of one of the types that {@link SpopArg @SpopArg} takes. Numbers become
 * INT64, or UINT64 beyond its range; an address IPV4 or IPV6; bytes BINARY; an enum the
 * STRING of its name; numbers that are not whole, and what the {@code ConversionService}
 * of the application makes a text of, STRING.
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
	 * @return the name, or an empty text for that of the component
	 */
	@AliasFor("name")
	String value() default "";

	/**
	 * The name of the variable without scope and prefix: 1 to 57 of the characters
	 * {@code A-Z a-z 0-9 _ .}.
	 * @return the name, or an empty text for that of the component
	 */
	@AliasFor("value")
	String name() default "";

	/**
	 * The scope of the variable.
	 * @return the scope
	 */
	VarScope scope() default VarScope.TRANSACTION;

	/**
	 * What to do if the value is {@code null} or an empty {@code Optional}.
	 * @return what to do
	 */
	IfNull ifNull() default IfNull.UNSET;

	/**
	 * What becomes of a value that is {@code null}.
	 */
	enum IfNull {

		/** The variable is unset. */
		UNSET,

		/** The variable stays as it is. */
		SKIP

	}

}
