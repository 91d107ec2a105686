package io.spop.cli;

import java.time.Duration;
import java.util.Locale;
import java.util.Map;

import io.spop.cli.Differences.Occurrences;
import io.spop.cli.Differences.OfVariable;
import io.spop.cli.Differences.Pair;
import io.spop.cli.ReplayResults.Outcome;
import io.spop.cli.ReplayResults.Snapshot;
import io.spop.protocol.SpopValue;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/**
 * Writes the results of a replay as a JSON object.
 */
final class ReplayJson {

	private final Snapshot results;

	ReplayJson(Snapshot results) {
		this.results = results;
	}

	/**
	 * Write the properties of the object.
	 * @param json writes them
	 * @param limit how many differences there are at most of a variable
	 * @param duration how long the replay took
	 */
	void write(JsonGenerator json, int limit, Duration duration) {
		json.writeNumberProperty("sent", this.results.sent());
		for (Outcome outcome : Outcome.values()) {
			json.writeNumberProperty(camelCase(outcome), this.results.count(outcome));
		}
		json.writeNumberProperty("seconds", duration.toMillis() / 1e3);
		json.writeArrayPropertyStart("differences");
		this.results.differences().forEach((variable) -> write(variable, limit, json));
		json.writeEndArray();
		counts("notAnsweredReasons", this.results.reasons(), json);
		json.writeObjectPropertyStart("notSent");
		for (LeftOut reason : LeftOut.values()) {
			json.writeNumberProperty(camelCase(reason), this.results.leftOut().getOrDefault(reason, 0L));
		}
		json.writeEndObject();
		json.writeObjectPropertyStart("latencyMilliseconds");
		latency("recorded", this.results.recorded(), json);
		latency("now", this.results.now(), json);
		json.writeEndObject();
		json.writeNumberProperty("maxLateMilliseconds", this.results.maxLateNanos() / 1e6);
		json.writeObjectPropertyStart("recording");
		json.writeNumberProperty("damagedPlaces", this.results.damages());
		json.writeNumberProperty("damagedBytes", this.results.damagedBytes());
		json.writeNumberProperty("missingEntries", this.results.missingEntries());
		json.writeArrayPropertyStart("redacted");
		this.results.redacted().forEach(json::writeString);
		json.writeEndArray();
		json.writeEndObject();
	}

	private static void write(OfVariable variable, int limit, JsonGenerator json) {
		json.writeStartObject();
		json.writeStringProperty("variable", variable.name());
		json.writeNumberProperty("count", variable.count());
		json.writeArrayPropertyStart("values");
		for (Map.Entry<Pair, Occurrences> entry : variable.mostFrequent(limit)) {
			json.writeStartObject();
			value("recorded", entry.getKey().recorded(), json);
			value("now", entry.getKey().now(), json);
			json.writeNumberProperty("count", entry.getValue().count());
			json.writeObjectPropertyStart("first");
			ReplayedNotify first = entry.getValue().first();
			json.writeStringProperty("time", first.time().toString());
			json.writeNumberProperty("connection", first.connection());
			FrameJson.unsigned("stream", first.streamId(), json);
			FrameJson.unsigned("frame", first.frameId(), json);
			json.writeArrayPropertyStart("messages");
			first.messages().forEach(json::writeString);
			json.writeEndArray();
			json.writeEndObject();
			json.writeEndObject();
		}
		json.writeEndArray();
		json.writeEndObject();
	}

	/** An action as an object, {@code null} if there is none on the variable. */
	private static void value(String name, @Nullable SpopValue value, JsonGenerator json) {
		if (value == null) {
			json.writeNullProperty(name);
			return;
		}
		json.writeObjectPropertyStart(name);
		FrameJson.value(value, json);
		json.writeEndObject();
	}

	private static void counts(String name, Map<String, Long> counts, JsonGenerator json) {
		json.writeObjectPropertyStart(name);
		counts.forEach(json::writeNumberProperty);
		json.writeEndObject();
	}

	private static void latency(String name, Histogram micros, JsonGenerator json) {
		json.writeObjectPropertyStart(name);
		json.writeNumberProperty("count", micros.getTotalCount());
		if (micros.getTotalCount() > 0) {
			json.writeNumberProperty("p50", micros.getValueAtPercentile(50) / 1e3);
			json.writeNumberProperty("p90", micros.getValueAtPercentile(90) / 1e3);
			json.writeNumberProperty("p99", micros.getValueAtPercentile(99) / 1e3);
			json.writeNumberProperty("p99.9", micros.getValueAtPercentile(99.9) / 1e3);
			json.writeNumberProperty("max", micros.getMaxValue() / 1e3);
		}
		json.writeEndObject();
	}

	private static String camelCase(Enum<?> constant) {
		StringBuilder name = new StringBuilder();
		for (String word : constant.name().toLowerCase(Locale.ROOT).split("_")) {
			name.append((name.length() == 0) ? word : Character.toUpperCase(word.charAt(0)) + word.substring(1));
		}
		return name.toString();
	}

}
