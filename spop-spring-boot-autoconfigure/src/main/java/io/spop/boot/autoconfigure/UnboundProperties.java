package io.spop.boot.autoconfigure;

import java.beans.PropertyDescriptor;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import io.spop.protocol.LogText;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.BeanUtils;
import org.springframework.boot.context.properties.bind.BindContext;
import org.springframework.boot.context.properties.bind.BindHandler;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.DataObjectPropertyName;
import org.springframework.boot.context.properties.bind.PropertySourcesPlaceholdersResolver;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.IterableConfigurationPropertySource;
import org.springframework.boot.origin.PropertySourceOrigin;
import org.springframework.core.env.Environment;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.StandardEnvironment;

/**
 * Finds environment variables and system properties that look like a property of the
 * agent, but set none. Spring Boot itself refuses such a property in other places, such
 * as files and the command line.
 */
final class UnboundProperties {

	private static final Log logger = LogFactory.getLog(UnboundProperties.class);

	private static final ConfigurationPropertyName PREFIX = ConfigurationPropertyName.of("spop");

	/**
	 * The prefix of properties that the modules for tests read, such as
	 * {@code spop.test.haproxy}.
	 */
	private static final ConfigurationPropertyName TEST = PREFIX.append("test");

	private static final String ANY_NAME = "<name>";

	/**
	 * Environment variables that Kubernetes and Docker set for a service or a container
	 * whose name begins with {@code spop}.
	 */
	private static final Pattern SERVICE_NAME = Pattern
		.compile(".*_SERVICE_(HOST|PORT(_.*)?)|.*_PORT_\\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?");

	private static final Pattern SERVICE_VALUE = Pattern.compile("(tcp|udp|sctp)://.*");

	private UnboundProperties() {
	}

	/**
	 * Log one line for each variable or property that sets nothing, with the property of
	 * the nearest name.
	 * @param environment has the environment variables and system properties
	 */
	static void warn(Environment environment) {
		for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
			if (source instanceof IterableConfigurationPropertySource iterable
					&& source.getUnderlyingSource() instanceof PropertySource<?> underlying) {
				switch (underlying.getName()) {
					case StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME ->
						find(iterable, environment).forEach((name) -> warn("Environment variable", name, true));
					case StandardEnvironment.SYSTEM_PROPERTIES_PROPERTY_SOURCE_NAME ->
						find(iterable, environment).forEach((name) -> warn("System property", name, false));
				}
			}
		}
	}

	private static void warn(String kind, String name, boolean variable) {
		List<String> nearest = nearest(name);
		logger.warn(kind + " '" + LogText.name(name) + "' sets nothing: the agent has no such property. "
				+ (nearest.isEmpty() ? "docs/configuration-properties.md lists those that it has." : nearest.stream()
					.map((property) -> variable ? variable(property) + " for '" + property + "'" : "'" + property + "'")
					.collect(Collectors.joining(" or ", "The nearest is ", "."))));
	}

	/**
	 * Return the names of a source that set nothing, as the source has them.
	 */
	private static Set<String> find(IterableConfigurationPropertySource source, Environment environment) {
		Set<String> names = new TreeSet<>();
		source.stream()
			.filter((name) -> PREFIX.isAncestorOf(name) && !TEST.equals(name) && !TEST.isAncestorOf(name))
			.map(source::getConfigurationProperty)
			.filter((property) -> !isOfService(property))
			.forEach((property) -> add(property, names));
		if (!names.isEmpty()) {
			names.removeAll(bound(source, environment));
		}
		return names;
	}

	private static boolean isOfService(@Nullable ConfigurationProperty property) {
		Set<String> names = new HashSet<>();
		add(property, names);
		return names.stream().anyMatch((name) -> SERVICE_NAME.matcher(name).matches())
				|| (property != null && SERVICE_VALUE.matcher(String.valueOf(property.getValue())).matches());
	}

	private static void add(@Nullable ConfigurationProperty property, Set<String> names) {
		if (property != null && property.getOrigin() instanceof PropertySourceOrigin origin) {
			names.add(origin.getPropertyName());
		}
	}

	/**
	 * Return the names that are bound. The binder finds them, because it knows all ways
	 * to write a name. Ignores wrong values, which Spring Boot refuses when it binds the
	 * properties.
	 */
	private static Set<String> bound(IterableConfigurationPropertySource source, Environment environment) {
		Set<String> names = new HashSet<>();
		new Binder(List.of(source), new PropertySourcesPlaceholdersResolver(environment)).bind(PREFIX,
				Bindable.of(SpopProperties.class), new BindHandler() {

					@Override
					public Object onSuccess(ConfigurationPropertyName name, Bindable<?> target, BindContext context,
							Object result) {
						add(context.getConfigurationProperty(), names);
						return result;
					}

					@Override
					public @Nullable Object onFailure(ConfigurationPropertyName name, Bindable<?> target,
							BindContext context, Exception error) {
						add(context.getConfigurationProperty(), names);
						return null;
					}

				});
		return names;
	}

	private static String variable(String property) {
		return property.replace("-", "").replace('.', '_').toUpperCase(Locale.ROOT);
	}

	/**
	 * Return the properties with the nearest names, also if the name lacks the first
	 * parts of a property. Returns none if more than a third of the letters is wrong.
	 */
	private static List<String> nearest(String name) {
		String[] parts = name.toLowerCase(Locale.ROOT).split("[._]");
		String wanted = letters(Arrays.asList(parts).subList(1, parts.length));
		TreeMap<Distance, List<String>> properties = properties(SpopProperties.class, PREFIX.toString())
			.map((property) -> (parts.length > 3) ? property.replace(ANY_NAME, parts[2]) : property)
			.collect(
					Collectors.groupingBy((property) -> distance(wanted, property), TreeMap::new, Collectors.toList()));
		Map.Entry<Distance, List<String>> nearest = properties.firstEntry();
		return (nearest.getKey().edits * 3 <= wanted.length()) ? nearest.getValue() : List.of();
	}

	private static Distance distance(String wanted, String property) {
		List<String> parts = Arrays.asList(property.split("\\."));
		return IntStream.range(1, parts.size())
			.mapToObj((i) -> new Distance(edits(wanted, letters(parts.subList(i, parts.size()))), i))
			.min(Comparator.naturalOrder())
			.orElseThrow();
	}

	private static String letters(List<String> parts) {
		return String.join("", parts).replaceAll("[^a-z0-9]", "");
	}

	private static Stream<String> properties(Class<?> type, String prefix) {
		return Arrays.stream(BeanUtils.getPropertyDescriptors(type))
			.flatMap((property) -> properties(property, prefix));
	}

	private static Stream<String> properties(PropertyDescriptor property, String prefix) {
		String name = prefix + "." + DataObjectPropertyName.toDashedForm(property.getName());
		Class<?> type = property.getPropertyType();
		if (type == Map.class) {
			return properties(SpopProperties.Listener.class, name + "." + ANY_NAME);
		}
		if (property.getWriteMethod() != null) {
			return Stream.of(name);
		}
		return (type.getEnclosingClass() == SpopProperties.class) ? properties(type, name) : Stream.empty();
	}

	/**
	 * Return how many letters have to be added, removed or replaced.
	 */
	private static int edits(String one, String other) {
		int[] row = new int[other.length() + 1];
		Arrays.setAll(row, (i) -> i);
		for (int i = 1; i <= one.length(); i++) {
			int diagonal = row[0];
			row[0] = i;
			for (int j = 1; j <= other.length(); j++) {
				int replaced = diagonal + ((one.charAt(i - 1) == other.charAt(j - 1)) ? 0 : 1);
				diagonal = row[j];
				row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
			}
		}
		return row[other.length()];
	}

	/**
	 * How far a name is from a property.
	 *
	 * @param edits how many letters have to be added, removed or replaced
	 * @param missing how many parts the name lacks
	 */
	private record Distance(int edits, int missing) implements Comparable<Distance> {

		@Override
		public int compareTo(Distance other) {
			return Comparator.comparingInt(Distance::edits).thenComparingInt(Distance::missing).compare(this, other);
		}

	}

}
