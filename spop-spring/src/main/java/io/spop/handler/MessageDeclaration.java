package io.spop.handler;

import java.lang.reflect.Method;
import java.util.regex.Pattern;

import io.spop.annotation.SpopMessage;
import io.spop.haproxy.OnError;
import io.spop.haproxy.SpoeEvent;
import io.spop.protocol.LogText;
import org.jspecify.annotations.Nullable;

/**
 * The settings of HAProxy's configuration that the handler of a message declares.
 *
 * @param event the event that sends the message, or after which a rule sends its group
 * @param condition the condition, with {@code if} or {@code unless}
 * @param group the group of the message
 * @param onError what HAProxy does with a request without an answer
 */
record MessageDeclaration(SpoeEvent event, @Nullable String condition, @Nullable String group, OnError onError) {

	/** Nothing is declared. */
	static final MessageDeclaration NONE = new MessageDeclaration(SpoeEvent.NONE, null, null, OnError.UNDECIDED);

	private static final Pattern CONDITION = Pattern.compile("(if|unless) +\\S.*");

	/**
	 * Return what is declared for a method.
	 * @param method the method
	 * @param annotation its annotation
	 * @param ofClass the annotation of its class, if there is one
	 * @param context replaces placeholders
	 * @return the declaration
	 * @throws InvalidSpopHandlerException if HAProxy would not accept it
	 */
	static MessageDeclaration of(Method method, SpopMessage annotation, @Nullable SpopMessage ofClass,
			BindingContext context) {
		MessageDeclaration own = of(HandlerMethod.describe(method), annotation, context);
		if (ofClass == null) {
			return own;
		}
		MessageDeclaration common = of(method.getDeclaringClass().getTypeName(), ofClass, context);
		return new MessageDeclaration((own.event != SpoeEvent.NONE) ? own.event : common.event,
				(own.condition != null) ? own.condition : common.condition,
				(own.group != null) ? own.group : common.group,
				(own.onError != OnError.UNDECIDED) ? own.onError : common.onError);
	}

	private static MessageDeclaration of(String place, SpopMessage annotation, BindingContext context) {
		String condition = context.resolve(annotation.condition(), "@SpopMessage on " + place);
		if (!condition.isEmpty()
				&& (!CONDITION.matcher(condition).matches() || condition.chars().anyMatch(Character::isISOControl))) {
			throw invalid(place, "condition", condition, "which HAProxy does not accept.",
					"A condition is 'if' or 'unless' and what follows it, on one line,"
							+ " such as \"if { path_beg /admin }\".");
		}
		String group = context.resolve(annotation.group(), "@SpopMessage on " + place);
		if (!group.isEmpty() && !HandlerMethodDetector.NAME.matcher(group).matches()) {
			throw invalid(place, "group", group, "which HAProxy does not accept for a spoe-group section.",
					"A name consists of A-Z a-z 0-9 _ . : and - only.");
		}
		return new MessageDeclaration(annotation.event(), condition.isEmpty() ? null : condition,
				group.isEmpty() ? null : group, annotation.onError());
	}

	private static InvalidSpopHandlerException invalid(String place, String attribute, String value, String reason,
			String remedy) {
		return new InvalidSpopHandlerException(
				"@SpopMessage on " + place + " has the " + attribute + " '" + LogText.message(value) + "', " + reason,
				remedy);
	}

}
