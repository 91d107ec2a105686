package io.spop.handler;

import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.UnsupportedCharsetException;
import java.util.List;
import java.util.function.UnaryOperator;

import org.jspecify.annotations.Nullable;

import org.springframework.core.MethodParameter;
import org.springframework.core.convert.ConversionService;

/**
 * The settings that all parameters share when their arguments are bound.
 *
 * @param conversionService converts to types that SPOP does not have
 * @param charset the charset of text
 * @param placeholders replaces placeholders in annotations
 * @param resolvers the resolvers of the application, in their order
 */
record BindingContext(ConversionService conversionService, Charset charset, UnaryOperator<String> placeholders,
		List<SpopArgumentResolver> resolvers) {

	/**
	 * Replace the placeholders in an attribute of an annotation.
	 * @param text the attribute
	 * @param place a description of the annotation and its place
	 * @return the text without placeholders
	 */
	String resolve(String text, String place) {
		if (text.isEmpty()) {
			return text;
		}
		String resolved;
		try {
			resolved = this.placeholders.apply(text);
		}
		catch (IllegalArgumentException ex) {
			throw unresolved(text, place, ex);
		}
		if (resolved.contains("${") && !text.contains("\\${")) {
			throw unresolved(text, place, null);
		}
		return resolved;
	}

	private static InvalidSpopHandlerException unresolved(String text, String place, @Nullable Throwable cause) {
		return new InvalidSpopHandlerException(place + " has the placeholder '" + text + "', which has no value.",
				"Set that property, or give the placeholder a default, as in ${name:default}.", cause);
	}

	BindingContext charset(String name, MethodParameter parameter) {
		if (name.isEmpty()) {
			return this;
		}
		try {
			return new BindingContext(this.conversionService, Charset.forName(name), this.placeholders, this.resolvers);
		}
		catch (IllegalCharsetNameException | UnsupportedCharsetException ex) {
			throw new InvalidSpopHandlerException(
					HandlerMethod.describe(parameter) + " names the charset '" + name + "', which does not exist.",
					"Use the name of a charset, such as ISO-8859-1.", ex);
		}
	}

}
