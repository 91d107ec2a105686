package io.spop.haproxy.config;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.spop.haproxy.HaproxyVersion;
import io.spop.haproxy.SampleType;
import org.jspecify.annotations.Nullable;

/**
 * The fetches and converters of HAProxy, from {@code samples.txt}.
 */
final class Samples {

	static final Samples TABLE = new Samples();

	private final Map<String, List<Entry>> fetches = new HashMap<>();

	private final Map<String, List<Entry>> converters = new HashMap<>();

	private final Map<String, Set<String>> arguments = new HashMap<>();

	private Samples() {
		try (InputStream input = Samples.class.getResourceAsStream("samples.txt")) {
			if (input == null) {
				throw new IllegalStateException("samples.txt is not beside the classes of spop-haproxy");
			}
			read(new BufferedReader(new InputStreamReader(input, StandardCharsets.UTF_8)));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private void read(BufferedReader reader) throws IOException {
		Map<String, Set<SamplePlace>> places = new HashMap<>();
		Map<String, List<Entry>> map = Map.of();
		Entry entry = new Entry(Set.of(), false, Set.of(), HaproxyVersion.newest(), HaproxyVersion.newest());
		@Nullable Set<String> argued = null;
		for (String line = reader.readLine(); line != null; line = reader.readLine()) {
			String[] words = line.strip().split(" ");
			if (line.startsWith("\t") && argued != null) {
				argued.addAll(List.of(words));
			}
			else if (line.startsWith("\t")) {
				for (String name : words) {
					map.computeIfAbsent(name, (key) -> new ArrayList<>(1)).add(entry);
				}
			}
			else if (words[0].equals("where")) {
				places.put(words[1], places(words[2]));
			}
			else if (words[0].equals("arguments")) {
				argued = this.arguments.computeIfAbsent(words[1] + " " + words[2], (key) -> new HashSet<>());
			}
			else if (words[0].equals("fetch")) {
				map = this.fetches;
				entry = entry(words[1], places.getOrDefault(words[2], Set.of()), words[3]);
			}
			else if (words[0].equals("converter")) {
				map = this.converters;
				entry = entry(words[1], Set.of(), words[2]);
			}
		}
	}

	private static Set<SamplePlace> places(String letters) {
		Set<SamplePlace> places = EnumSet.noneOf(SamplePlace.class);
		for (SamplePlace place : SamplePlace.values()) {
			if (letters.charAt(place.ordinal()) == 'Y') {
				places.add(place);
			}
		}
		return places;
	}

	private static Entry entry(String types, Set<SamplePlace> places, String versions) {
		int dash = versions.indexOf('-');
		HaproxyVersion first = HaproxyVersion.of(versions.substring(0, dash));
		HaproxyVersion last = (dash + 1 < versions.length()) ? HaproxyVersion.of(versions.substring(dash + 1))
				: HaproxyVersion.newest();
		return new Entry(types(types), types.equals("same"), places, first, last);
	}

	private static Set<SampleType> types(String names) {
		Set<SampleType> types = EnumSet.noneOf(SampleType.class);
		for (String name : names.split(",")) {
			switch (name) {
				case "bool" -> types.add(SampleType.BOOLEAN);
				case "sint" -> types.add(SampleType.INTEGER);
				case "ipv4" -> types.add(SampleType.IPV4);
				case "ipv6" -> types.add(SampleType.IPV6);
				case "addr" -> types.addAll(Set.of(SampleType.IPV4, SampleType.IPV6));
				case "str" -> types.add(SampleType.STRING);
				case "bin" -> types.add(SampleType.BINARY);
				default -> types.addAll(EnumSet.allOf(SampleType.class));
			}
		}
		return types;
	}

	/**
	 * Return what is known of a fetch.
	 * @return an entry for each group of versions, none if no version has it
	 */
	List<Entry> fetch(String name) {
		return this.fetches.getOrDefault(name, List.of());
	}

	/**
	 * Return what is known of a converter.
	 * @return an entry for each group of versions, none if no version has it
	 */
	List<Entry> converter(String name) {
		return this.converters.getOrDefault(name, List.of());
	}

	/**
	 * Return whether all versions refuse arguments of a fetch or converter, or refuse it
	 * without them.
	 * @param kind {@code fetch} or {@code converter}
	 * @return whether it is known that they do
	 */
	boolean refuses(String kind, String name, List<String> arguments) {
		return this.arguments.getOrDefault((arguments.isEmpty() ? "some " : "none ") + kind, Set.of()).contains(name);
	}

	Set<String> fetches() {
		return this.fetches.keySet();
	}

	Set<String> converters() {
		return this.converters.keySet();
	}

	/**
	 * A fetch or a converter in some versions.
	 *
	 * @param types the types of its results
	 * @param same whether the result has the type of the input
	 * @param places where it can be evaluated, empty for a converter
	 * @param first the first version
	 * @param last the last version
	 */
	record Entry(Set<SampleType> types, boolean same, Set<SamplePlace> places, HaproxyVersion first,
			HaproxyVersion last) {

		/**
		 * Return whether a version has the fetch or converter. The newest version here
		 * stands for all newer ones, and the oldest for all older ones.
		 */
		boolean isIn(HaproxyVersion version) {
			HaproxyVersion known = HaproxyVersion.SUPPORTED.get(0);
			for (HaproxyVersion supported : HaproxyVersion.SUPPORTED) {
				if (supported.compareTo(version) <= 0) {
					known = supported;
				}
			}
			return this.first.compareTo(known) <= 0 && this.last.compareTo(known) >= 0;
		}

	}

}
