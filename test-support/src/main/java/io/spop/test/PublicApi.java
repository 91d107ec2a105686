package io.spop.test;

import java.io.IOException;
import java.lang.annotation.Target;
import java.lang.reflect.AnnotatedArrayType;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.AnnotatedParameterizedType;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.AnnotatedWildcardType;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.GenericDeclaration;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

/**
 * Compares the public types and members of a module with a file of the repository, so
 * that nobody changes them without noticing. Public are those that code outside the
 * module can name: public ones, and protected ones of types that can be extended. Each
 * public type also has to say since which version it is there.
 */
public final class PublicApi {

	private static final String ACCEPT = "api.accept";

	private static final Pattern SINCE = Pattern.compile("(?m)^ \\* @since \\d+\\.\\d+\\.\\d+$");

	private final String module;

	private final Path classes;

	private final Path file;

	private PublicApi(String module) {
		this.module = module;
		this.classes = Path.of("..", module, "target", "classes");
		this.file = Path.of("..", "etc", "api", module + ".txt");
	}

	/**
	 * Compare the types of a module with its file, or write the file if the system
	 * property {@code api.accept} is set. The working directory has to be the folder of a
	 * module.
	 * @param module the name of the module's folder
	 * @throws IOException if a file cannot be read or written
	 * @throws AssertionError if they differ, or if a type has no {@code @since}; the
	 * message has the differences or the types
	 */
	public static void check(String module) throws IOException {
		new PublicApi(module).check();
	}

	private void check() throws IOException {
		checkSince();
		List<String> now = describe();
		if (System.getProperty(ACCEPT) != null) {
			Files.createDirectories(this.file.getParent());
			Files.write(this.file, now);
			return;
		}
		List<String> before = Files.exists(this.file) ? Files.readAllLines(this.file) : List.of();
		if (!now.equals(before)) {
			throw new AssertionError("""
					The public types and members of %1$s are not those in etc/api/%1$s.txt (- is there, + is new):
					%2$s
					If the change is meant, write the file again with this command, and say in CHANGELOG.md what \
					an application has to change:
					  mvn test -Dtest=PublicApiTests -Dsurefire.failIfNoSpecifiedTests=false -D%3$s"""
				.formatted(this.module, difference(before, now), ACCEPT));
		}
	}

	private void checkSince() throws IOException {
		List<String> missing = new ArrayList<>();
		for (Class<?> type : types()) {
			if (!type.isMemberClass() && !SINCE.matcher(Files.readString(source(type))).find()) {
				missing.add(type.getName());
			}
		}
		if (!missing.isEmpty()) {
			throw new AssertionError("These public types have no @since with the version that brings them: " + missing);
		}
	}

	private Path source(Class<?> type) {
		return Path.of("..", this.module, "src", "main", "java", type.getName().replace('.', '/') + ".java");
	}

	private static String difference(List<String> before, List<String> now) {
		Set<String> removed = qualify(before);
		Set<String> added = qualify(now);
		Set<String> both = new LinkedHashSet<>(removed);
		both.retainAll(added);
		removed.removeAll(both);
		added.removeAll(both);
		return Stream.concat(removed.stream().map((line) -> "  - " + line), added.stream().map((line) -> "  + " + line))
			.collect(Collectors.joining("\n"));
	}

	/**
	 * Put the type before each member.
	 */
	private static Set<String> qualify(List<String> lines) {
		Set<String> qualified = new LinkedHashSet<>();
		String type = "";
		for (String line : lines) {
			if (line.startsWith("\t")) {
				qualified.add(type + ": " + line.strip());
			}
			else {
				qualified.add(line);
				type = line.replaceFirst(".* (?=io\\.spop\\.)(.*?)[< ].*|.* (?=io\\.spop\\.)(.*)", "$1$2");
			}
		}
		return qualified;
	}

	private List<String> describe() throws IOException {
		List<String> lines = new ArrayList<>();
		for (Class<?> type : types()) {
			lines.add(header(type));
			members(type).forEach((member) -> lines.add("\t" + member));
		}
		return lines;
	}

	private List<Class<?>> types() throws IOException {
		try (Stream<Path> files = Files.walk(this.classes)) {
			return files.map((file) -> this.classes.relativize(file).toString())
				.filter((file) -> file.endsWith(".class") && !file.endsWith("-info.class"))
				.<Class<?>>map((file) -> load(file.substring(0, file.length() - ".class".length()).replace('/', '.')))
				.filter(PublicApi::isVisible)
				.sorted(Comparator.comparing(Class::getName))
				.toList();
		}
	}

	private static Class<?> load(String name) {
		try {
			return Class.forName(name, false, PublicApi.class.getClassLoader());
		}
		catch (ClassNotFoundException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static boolean isVisible(Class<?> type) {
		if (type.isAnonymousClass() || type.isLocalClass()) {
			return false;
		}
		Class<?> enclosing = type.getDeclaringClass();
		return (enclosing != null) ? isVisible(enclosing) && isVisible(type.getModifiers(), enclosing)
				: Modifier.isPublic(type.getModifiers());
	}

	private static boolean isVisible(int modifiers, Class<?> owner) {
		return Modifier.isPublic(modifiers) || (Modifier.isProtected(modifiers) && isExtensible(owner));
	}

	private static boolean isExtensible(Class<?> type) {
		return !Modifier.isFinal(type.getModifiers()) && !type.isSealed() && (type.isInterface() || Arrays
			.stream(type.getDeclaredConstructors())
			.anyMatch((constructor) -> (constructor.getModifiers() & (Modifier.PUBLIC | Modifier.PROTECTED)) != 0));
	}

	private static String header(Class<?> type) {
		StringBuilder header = new StringBuilder(annotations(type));
		int modifiers = type.getModifiers() & Modifier.classModifiers();
		if (type.isInterface()) {
			modifiers &= ~(Modifier.ABSTRACT | Modifier.STATIC);
		}
		if (type.isEnum() || type.isRecord()) {
			modifiers &= ~(Modifier.ABSTRACT | Modifier.FINAL | Modifier.STATIC);
		}
		header.append(Modifier.toString(modifiers))
			.append((type.isSealed() && !type.isEnum()) ? " sealed " : " ")
			.append(kind(type))
			.append(' ')
			.append(type.getCanonicalName())
			.append(typeParameters(type));
		AnnotatedType superclass = type.getAnnotatedSuperclass();
		if (superclass != null && isVisible(raw(superclass.getType()))
				&& !List.of(Object.class, Record.class, Enum.class).contains(raw(superclass.getType()))) {
			append(header, " extends ", Stream.of(superclass));
		}
		if (!type.isAnnotation()) {
			append(header, (type.isInterface()) ? " extends " : " implements ", interfaces(type));
		}
		return header.toString();
	}

	/**
	 * Return the interfaces of the type, and those of its supertypes that are not
	 * visible.
	 */
	private static Stream<AnnotatedType> interfaces(Class<?> type) {
		Stream<AnnotatedType> interfaces = Arrays.stream(type.getAnnotatedInterfaces())
			.flatMap((supertype) -> isVisible(raw(supertype.getType())) ? Stream.of(supertype)
					: interfaces(raw(supertype.getType())));
		Class<?> superclass = type.getSuperclass();
		return (superclass == null || isVisible(superclass)) ? interfaces
				: Stream.concat(interfaces, interfaces(superclass));
	}

	private static void append(StringBuilder header, String word, Stream<AnnotatedType> types) {
		String names = types.map(PublicApi::name).distinct().collect(Collectors.joining(", "));
		if (!names.isEmpty()) {
			header.append(word).append(names);
		}
	}

	private static String kind(Class<?> type) {
		if (type.isAnnotation()) {
			return "@interface";
		}
		if (type.isInterface()) {
			return "interface";
		}
		if (type.isEnum()) {
			return "enum";
		}
		return type.isRecord() ? "record" : "class";
	}

	/**
	 * Return the annotations that change how the element may be used.
	 */
	private static String annotations(AnnotatedElement element) {
		StringBuilder annotations = new StringBuilder();
		if (element.isAnnotationPresent(Deprecated.class)) {
			annotations.append("@Deprecated ");
		}
		if (element.isAnnotationPresent(FunctionalInterface.class)) {
			annotations.append("@FunctionalInterface ");
		}
		Target target = element.getAnnotation(Target.class);
		if (target != null) {
			annotations.append("@Target").append(value(target.value())).append(' ');
		}
		return annotations.toString();
	}

	private static Collection<String> members(Class<?> type) {
		Set<String> members = new TreeSet<>(
				Comparator.comparing(PublicApi::memberName).thenComparing(Comparator.naturalOrder()));
		for (Constructor<?> constructor : type.getDeclaredConstructors()) {
			if (!constructor.isSynthetic() && isVisible(constructor.getModifiers(), type)) {
				members.add(signature(constructor, type.getSimpleName()));
			}
		}
		addMembers(type, type, members);
		return members;
	}

	private static String memberName(String member) {
		return member.replaceFirst("\\(.*", "").replaceFirst(".* ", "");
	}

	/**
	 * Add the members of the type, and those of its supertypes that are not visible.
	 */
	private static void addMembers(@Nullable Class<?> type, Class<?> visible, Set<String> members) {
		if (type == null || (type != visible && isVisible(type))) {
			return;
		}
		for (Field field : type.getDeclaredFields()) {
			if (!field.isSynthetic() && isVisible(field.getModifiers(), visible)) {
				members.add(annotations(field) + (field.isEnumConstant() ? field.getName()
						: modifiers(field.getModifiers() & Modifier.fieldModifiers()) + name(field.getAnnotatedType())
								+ " " + field.getName()));
			}
		}
		for (Method method : type.getDeclaredMethods()) {
			if (!method.isSynthetic() && isVisible(method.getModifiers(), visible) && !isGiven(method)) {
				members.add(signature(method, name(method.getAnnotatedReturnType()) + " " + method.getName())
						+ ((method.getDefaultValue() != null) ? " default " + value(method.getDefaultValue()) : ""));
			}
		}
		addMembers(type.getSuperclass(), visible, members);
		for (Class<?> supertype : type.getInterfaces()) {
			addMembers(supertype, visible, members);
		}
	}

	/**
	 * Return whether every type or every enum has the method.
	 */
	private static boolean isGiven(Method method) {
		String signature = method.getName() + Arrays.toString(method.getParameterTypes());
		return List.of("toString[]", "hashCode[]", "equals[class java.lang.Object]").contains(signature)
				|| (method.getDeclaringClass().isEnum()
						&& List.of("values[]", "valueOf[class java.lang.String]").contains(signature));
	}

	private static String signature(Executable executable, String name) {
		int modifiers = executable.getModifiers() & Modifier.methodModifiers()
				& ~(Modifier.NATIVE | Modifier.STRICT | Modifier.SYNCHRONIZED);
		if (executable.getDeclaringClass().isInterface()) {
			modifiers &= ~Modifier.ABSTRACT;
		}
		boolean isDefault = executable instanceof Method method && method.isDefault();
		AnnotatedType[] types = parameters(executable);
		String parameters = IntStream.range(0, types.length).mapToObj((i) -> {
			String type = name(types[i]);
			return (executable.isVarArgs() && i == types.length - 1) ? type.replaceFirst("\\[]$", "...") : type;
		}).collect(Collectors.joining(", "));
		String typeParameters = typeParameters(executable);
		String exceptions = Arrays.stream(executable.getAnnotatedExceptionTypes())
			.map(PublicApi::name)
			.sorted()
			.collect(Collectors.joining(", "));
		return annotations(executable) + modifiers(modifiers) + (isDefault ? "default " : "")
				+ (typeParameters.isEmpty() ? "" : typeParameters + " ") + name + "(" + parameters + ")"
				+ (exceptions.isEmpty() ? "" : " throws " + exceptions);
	}

	/**
	 * Return the types of the parameters. Newer compilers write compact constructors of
	 * records without generics, so these types come from the components.
	 */
	private static AnnotatedType[] parameters(Executable executable) {
		RecordComponent[] components = executable.getDeclaringClass().getRecordComponents();
		if (executable instanceof Constructor && components != null && Arrays.equals(executable.getParameterTypes(),
				Arrays.stream(components).map(RecordComponent::getType).toArray())) {
			return Arrays.stream(components).map(RecordComponent::getAnnotatedType).toArray(AnnotatedType[]::new);
		}
		return executable.getAnnotatedParameterTypes();
	}

	private static String modifiers(int modifiers) {
		String text = Modifier.toString(modifiers & ~Modifier.PUBLIC);
		return text.isEmpty() ? "" : text + " ";
	}

	private static String typeParameters(GenericDeclaration declaration) {
		return (declaration.getTypeParameters().length == 0) ? ""
				: Arrays.stream(declaration.getTypeParameters())
					.map((parameter) -> parameter.getName() + bounds(parameter))
					.collect(Collectors.joining(", ", "<", ">"));
	}

	private static String bounds(TypeVariable<?> parameter) {
		String bounds = Arrays.stream(parameter.getAnnotatedBounds())
			.map(PublicApi::name)
			.collect(Collectors.joining(" & "));
		return bounds.equals("Object") ? "" : " extends " + bounds;
	}

	private static Class<?> raw(Type type) {
		return (Class<?>) ((type instanceof ParameterizedType parameterized) ? parameterized.getRawType() : type);
	}

	private static String name(AnnotatedType type) {
		String nullable = type.isAnnotationPresent(Nullable.class) ? "@Nullable " : "";
		if (type instanceof AnnotatedArrayType array) {
			return name(array.getAnnotatedGenericComponentType()) + (nullable.isEmpty() ? "" : " " + nullable) + "[]";
		}
		if (type instanceof AnnotatedWildcardType wildcard) {
			return nullable + "?" + bound(" super ", wildcard.getAnnotatedLowerBounds())
					+ bound(" extends ", wildcard.getAnnotatedUpperBounds());
		}
		if (type instanceof AnnotatedParameterizedType parameterized) {
			return nullable + name(raw(parameterized.getType()))
					+ Arrays.stream(parameterized.getAnnotatedActualTypeArguments())
						.map(PublicApi::name)
						.collect(Collectors.joining(", ", "<", ">"));
		}
		return nullable + ((type.getType() instanceof Class<?> plain) ? name(plain) : type.getType().getTypeName());
	}

	private static String bound(String word, AnnotatedType[] bounds) {
		return (bounds.length == 0 || name(bounds[0]).equals("Object")) ? "" : word + name(bounds[0]);
	}

	private static String name(Class<?> type) {
		return type.getCanonicalName().replaceFirst("^java\\.lang\\.(?=[A-Z])", "");
	}

	private static String value(Object value) {
		if (value instanceof Object[] values) {
			return Arrays.stream(values).map(PublicApi::value).collect(Collectors.joining(", ", "{", "}"));
		}
		if (value instanceof Class<?> type) {
			return name(type) + ".class";
		}
		return (value instanceof String text) ? "\"" + text.replaceAll("\\p{Cntrl}", "?") + "\"" : value.toString();
	}

}
