package io.spop.handler;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.AccessibleObject;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import io.spop.annotation.SpopVar;
import io.spop.haproxy.SampleType;
import io.spop.haproxy.VariableDescription;
import io.spop.protocol.Action;
import io.spop.protocol.SpopValue;
import org.jspecify.annotations.Nullable;

import org.springframework.core.ResolvableType;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.util.ReflectionUtils;
import org.springframework.util.StringUtils;

/**
 * A component of a record, or a field or getter of a bean, that becomes a variable.
 *
 * @param getter returns the value of the member
 * @param writer converts the value to a value of SPOP
 * @param unset the action that unsets the variable, which also has its scope and name
 * @param skipNull whether {@code null} leads to no action
 * @param types the types of the variable, empty if only a value shows the type
 */
record ResultMember(MethodHandle getter, ValueWriter writer, Action.UnsetVar unset, boolean skipNull,
		Set<SampleType> types) {

	private static final MethodType GETTER = MethodType.methodType(Object.class, Object.class);

	/**
	 * Return the members of a type that are marked with {@link SpopVar @SpopVar}.
	 * @param type the type
	 * @param writers convert objects to values
	 * @return the members in their order, empty if there are none
	 * @throws InvalidSpopHandlerException if the type of a member cannot be a variable,
	 * or if two members set the same variable
	 */
	static List<ResultMember> of(Class<?> type, ValueWriters writers) {
		List<ResultMember> members = new ArrayList<>();
		Map<Action.UnsetVar, Member> variables = new HashMap<>();
		annotated(type).forEach((member, annotation) -> {
			ResultMember result = of(type, member, annotation, writers);
			Member other = variables.put(result.unset(), member);
			if (other != null) {
				throw new InvalidSpopHandlerException(
						"@SpopVar on " + type.getTypeName() + "." + other.getName() + " and on " + type.getTypeName()
								+ "." + member.getName() + " set the same variable '" + result.unset().name() + "'.",
						"Remove one of them, or give it another name or scope.");
			}
			members.add(result);
		});
		return members;
	}

	/**
	 * Return the members of a type that are marked with {@link SpopVar @SpopVar}.
	 * @param type the type
	 * @return the members and their annotations: the components of a record in their
	 * order, or the fields of a bean in their order and then its methods by name
	 */
	static Map<Member, SpopVar> annotated(Class<?> type) {
		Map<Member, SpopVar> members = new LinkedHashMap<>();
		if (type.isRecord()) {
			for (RecordComponent component : type.getRecordComponents()) {
				SpopVar annotation = AnnotatedElementUtils.findMergedAnnotation(component.getAccessor(), SpopVar.class);
				if (annotation == null) {
					Field field = ReflectionUtils.findField(type, component.getName());
					annotation = (field != null) ? AnnotatedElementUtils.findMergedAnnotation(field, SpopVar.class)
							: null;
				}
				if (annotation != null) {
					members.put(component.getAccessor(), annotation);
				}
			}
		}
		else if (!type.getName().startsWith("java.") && type != Object.class) {
			ReflectionUtils.doWithFields(type, (field) -> put(members, field, field));
		}
		Method[] methods = type.getName().startsWith("java.") ? new Method[0]
				: ReflectionUtils.getUniqueDeclaredMethods(type);
		// The JVM returns the methods in any order
		Arrays.sort(methods, Comparator.comparing(Method::getName));
		for (Method method : methods) {
			if (method.getParameterCount() == 0 && method.getReturnType() != void.class && !method.isBridge()
					&& !members.containsKey(method)) {
				put(members, method, method);
			}
		}
		return members;
	}

	private static void put(Map<Member, SpopVar> members, Member member, AccessibleObject element) {
		SpopVar annotation = AnnotatedElementUtils.findMergedAnnotation(element, SpopVar.class);
		if (annotation != null && !Modifier.isStatic(member.getModifiers())) {
			members.put(member, annotation);
		}
	}

	private static ResultMember of(Class<?> type, Member member, SpopVar annotation, ValueWriters writers) {
		String description = "@SpopVar on " + type.getTypeName() + "." + member.getName();
		ResolvableType declared = (member instanceof Method method) ? ResolvableType.forMethodReturnType(method, type)
				: ResolvableType.forField((Field) member, type);
		Class<?> valueType = declared.resolve(Object.class);
		ValueWriter writer = writers.get(valueType);
		if (writer == null) {
			throw new InvalidSpopHandlerException(
					description + " is a " + valueType.getTypeName() + ", which cannot be sent as a variable.",
					"Use String, byte[], a number, boolean, InetAddress, an enum or SpopValue,"
							+ " or add a Converter to String.");
		}
		try {
			return new ResultMember(getter(member), writer,
					new Action.UnsetVar(annotation.scope(),
							annotation.name().isEmpty() ? propertyName(member) : annotation.name()),
					annotation.ifNull() == SpopVar.IfNull.SKIP, ValueWriters.types(
							(valueType == Optional.class) ? declared.getGeneric().resolve(Object.class) : valueType));
		}
		catch (IllegalArgumentException | IllegalAccessException ex) {
			throw new InvalidSpopHandlerException(description + " cannot set a variable: " + ex.getMessage() + ".",
					"Change the name of the variable.", ex);
		}
	}

	private static String propertyName(Member member) {
		String name = member.getName();
		if (member instanceof Method && !member.getDeclaringClass().isRecord()) {
			for (String prefix : new String[] { "get", "is" }) {
				String rest = name.startsWith(prefix) ? name.substring(prefix.length()) : "";
				if (!rest.isEmpty() && Character.isUpperCase(rest.charAt(0))) {
					return StringUtils.uncapitalizeAsProperty(rest);
				}
			}
		}
		return name;
	}

	private static MethodHandle getter(Member member) throws IllegalAccessException {
		if (member instanceof Method method) {
			ReflectionUtils.makeAccessible(method);
			return MethodHandles.lookup().unreflect(method).asType(GETTER);
		}
		Field field = (Field) member;
		ReflectionUtils.makeAccessible(field);
		return MethodHandles.lookup().unreflectGetter(field).asType(GETTER);
	}

	/**
	 * Return the variable that this member becomes.
	 */
	VariableDescription variable() {
		return VariableDescription.of(this.unset.scope().prefix(), this.unset.name()).types(this.types);
	}

	/**
	 * Return the action for the value of this member.
	 * @param bean the object with the member
	 * @return the action, or {@code null} for none
	 */
	@Nullable Action action(Object bean) throws Exception {
		Object object = get(bean);
		SpopValue value = (object != null) ? this.writer.write(object) : SpopValue.ofNull();
		if (value instanceof SpopValue.Null) {
			return this.skipNull ? null : this.unset;
		}
		return new Action.SetVar(this.unset.scope(), this.unset.name(), value);
	}

	private @Nullable Object get(Object bean) throws Exception {
		try {
			return (Object) this.getter.invokeExact(bean);
		}
		catch (Exception | Error ex) {
			throw ex;
		}
		catch (Throwable ex) {
			throw new IllegalStateException(ex);
		}
	}

}
