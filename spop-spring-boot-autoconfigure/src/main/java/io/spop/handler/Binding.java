package io.spop.handler;

import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.UnsupportedCharsetException;
import java.util.function.UnaryOperator;

import org.springframework.core.MethodParameter;
import org.springframework.core.convert.ConversionService;

/**
 * What all parameters have in common when their arguments are bound.
 *
 * @param conversionService converts to types that SPOP does not have
 * @param charset how to read text
 * @param placeholders replaces placeholders in annotations
 */
record Binding(ConversionService conversionService, Charset charset, UnaryOperator<String> placeholders) {

	Binding charset(String name, MethodParameter parameter) {
		if (name.isEmpty()) {
			return this;
		}
		try {
			return new Binding(this.conversionService, Charset.forName(name), this.placeholders);
		}
		catch (IllegalCharsetNameException | UnsupportedCharsetException ex) {
			throw new InvalidSpopHandlerException(
					HandlerMethod.describe(parameter) + " names the charset '" + name + "', which does not exist.",
					"Use the name of a charset, such as ISO-8859-1.", ex);
		}
	}

}
