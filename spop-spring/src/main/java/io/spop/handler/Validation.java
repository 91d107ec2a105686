package io.spop.handler;

import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

import io.spop.protocol.LogText;
import jakarta.validation.ConstraintViolation;
import jakarta.validation.ConstraintViolationException;
import jakarta.validation.Validator;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.core.MethodParameter;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.util.ClassUtils;
import org.springframework.validation.annotation.Validated;

/**
 * Bean Validation of records and beans, if the application has it.
 */
final class Validation {

	static final String VALIDATOR = "jakarta.validation.Validator";

	private static final boolean present = ClassUtils.isPresent(VALIDATOR, Validation.class.getClassLoader());

	private Validation() {
	}

	/**
	 * Return the validation of the objects for a parameter.
	 * @param beanFactory the bean factory, which may have a validator
	 * @param parameter the parameter
	 * @return the validation, which throws an exception for an object that is not valid
	 */
	static Consumer<Object> of(BeanFactory beanFactory, MethodParameter parameter) {
		return present ? Constraints.of(beanFactory, parameter) : Validation::accept;
	}

	/**
	 * Return the reason why an object cannot be created or is not valid, without any
	 * values.
	 * @param failure the exception
	 * @return the components that are not valid, or else the type of the exception
	 */
	static String reason(Exception failure) {
		String components = present ? Constraints.components(failure) : "";
		return components.isEmpty() ? ClassUtils.getShortName(failure.getClass()) : components + " not valid";
	}

	private static void accept(Object object) {
	}

	/**
	 * The code that needs Bean Validation on the class path.
	 */
	private static final class Constraints {

		static Consumer<Object> of(BeanFactory beanFactory, MethodParameter parameter) {
			Validator validator = beanFactory.getBeanProvider(Validator.class).getIfAvailable();
			if (validator == null
					|| !validator.getConstraintsForClass(parameter.getParameterType()).isBeanConstrained()) {
				return Validation::accept;
			}
			Validated annotation = AnnotatedElementUtils.getMergedAnnotation(
					AnnotatedElementUtils.forAnnotations(parameter.getParameterAnnotations()), Validated.class);
			Class<?>[] groups = (annotation != null) ? annotation.value() : new Class<?>[0];
			return (object) -> check(validator.validate(object, groups));
		}

		static String components(Exception failure) {
			return (failure instanceof ConstraintViolationException ex) ? LogText.message(ex.getConstraintViolations()
				.stream()
				.map((violation) -> violation.getPropertyPath().toString())
				.sorted()
				.distinct()
				.collect(Collectors.joining(", "))) : "";
		}

		private static void check(Set<ConstraintViolation<Object>> violations) {
			if (!violations.isEmpty()) {
				throw new ConstraintViolationException(violations.stream()
					.map((violation) -> violation.getPropertyPath() + " " + violation.getMessage())
					.sorted()
					.collect(Collectors.joining(", ")), violations);
			}
		}

	}

}
