package io.spop.cli;

import java.io.PrintWriter;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import tools.jackson.core.JsonGenerator;

/**
 * Prints JSON for programs.
 */
final class DumpJson implements DumpOutput {

	private final JsonLines lines;

	private final FrameJson frames;

	private final TimeText times = new TimeText();

	DumpJson(PrintWriter out, String prefix) {
		this.lines = new JsonLines(out);
		this.frames = new FrameJson(prefix);
	}

	@Override
	public void file(String name) {
		this.lines.write((json) -> {
			json.writeStringProperty("event", "file");
			json.writeStringProperty("name", name);
		});
	}

	@Override
	public void frame(ShownFrame shown) {
		this.lines.write((json) -> {
			json.writeStringProperty("event", "frame");
			place(shown.at(), json);
			if (shown.fragments() > 0) {
				json.writeNumberProperty("fragments", shown.fragments());
			}
			this.frames.write(shown.frame(), json);
			Duration time = shown.sinceNotify();
			if (time != null) {
				json.writeNumberProperty("millisecondsSinceNotify",
						BigDecimal.valueOf(time.getSeconds())
							.add(BigDecimal.valueOf(time.getNano(), 9))
							.movePointRight(3));
			}
			else if (shown.unasked()) {
				json.writeBooleanProperty("withoutNotify", true);
			}
		});
	}

	@Override
	public void event(Event event) {
		this.lines.write((json) -> {
			json.writeStringProperty("event", event.kind());
			place(event.at(), json);
			event.properties().forEach((name, value) -> {
				if (value instanceof Long number) {
					FrameJson.unsigned(name, number, json);
				}
				else if (value instanceof Boolean bool) {
					json.writeBooleanProperty(name, bool);
				}
				else if (value instanceof List<?> texts) {
					json.writeArrayPropertyStart(name);
					texts.forEach((text) -> json.writeString(text.toString()));
					json.writeEndArray();
				}
				else {
					json.writeStringProperty(name, value.toString());
				}
			});
			json.writeStringProperty("text", event.text());
		});
	}

	@Override
	public void summary(Map<String, Long> numbers, String text) {
		this.lines.write((json) -> {
			json.writeStringProperty("event", "summary");
			numbers.forEach(json::writeNumberProperty);
			json.writeStringProperty("text", text);
		});
	}

	private void place(At at, JsonGenerator json) {
		if (at.time() != null) {
			json.writeStringProperty("time", this.times.of(at.time()));
		}
		if (at.connection() != null) {
			json.writeNumberProperty("connection", at.connection());
		}
		if (at.sender() != null) {
			json.writeStringProperty("from", at.sender().name().toLowerCase(Locale.ROOT));
		}
		if (at.streamOffset() >= 0) {
			json.writeNumberProperty("streamOffset", at.streamOffset());
		}
		if (at.fileOffset() >= 0) {
			json.writeNumberProperty("fileOffset", at.fileOffset());
		}
	}

}
