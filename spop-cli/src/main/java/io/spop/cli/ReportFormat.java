package io.spop.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

import io.spop.haproxy.HaproxyVersion;
import io.spop.haproxy.check.ConfigurationCheck;
import io.spop.haproxy.check.Finding;
import io.spop.haproxy.check.RuleDescription;
import io.spop.haproxy.check.Severity;
import io.spop.protocol.LogText;
import tools.jackson.core.JsonGenerator;

/**
 * The formats in which findings are printed.
 */
enum ReportFormat {

	/** A line for each finding, and one with their number. */
	TEXT {

		@Override
		void write(List<Finding> findings, HaproxyVersion version, PrintWriter out) {
			findings.forEach(out::println);
			long errors = count(findings, Severity.ERROR);
			long warnings = count(findings, Severity.WARNING);
			long hints = count(findings, Severity.HINT);
			out.println(findings.isEmpty() ? "Nothing found for HAProxy " + version + "."
					: "For HAProxy " + version + ": " + number(errors, "error") + ", " + number(warnings, "warning")
							+ ", " + number(hints, "hint") + ".");
		}

	},

	/** An object with the findings. */
	JSON {

		@Override
		void write(List<Finding> findings, HaproxyVersion version, PrintWriter out) {
			new JsonLines(out).write((json) -> {
				json.writeStringProperty("version", version.toString()).writeArrayPropertyStart("findings");
				for (Finding finding : findings) {
					json.writeStartObject()
						.writeStringProperty("rule", finding.rule())
						.writeStringProperty("severity", level(finding.severity(), "hint"))
						.writeStringProperty("file", finding.location().file())
						.writeNumberProperty("line", finding.location().line())
						.writeNumberProperty("column", finding.location().column())
						.writeStringProperty("message", finding.message())
						.writeStringProperty("remedy", finding.remedy())
						.writeEndObject();
				}
				json.writeEndArray();
			});
		}

	},

	/** SARIF 2.1.0, which code hosts and editors read. */
	SARIF {

		@Override
		void write(List<Finding> findings, HaproxyVersion version, PrintWriter out) {
			new JsonLines(out).write((json) -> {
				json.writeStringProperty("$schema", "https://json.schemastore.org/sarif-2.1.0.json")
					.writeStringProperty("version", "2.1.0")
					.writeArrayPropertyStart("runs")
					.writeStartObject();
				json.writeObjectPropertyStart("tool")
					.writeObjectPropertyStart("driver")
					.writeStringProperty("name", "spop-haproxy")
					.writeArrayPropertyStart("rules");
				ConfigurationCheck.rules().forEach((rule) -> write(rule, json));
				json.writeEndArray().writeEndObject().writeEndObject();
				json.writeArrayPropertyStart("results");
				findings.forEach((finding) -> write(finding, json));
				json.writeEndArray().writeEndObject().writeEndArray();
			});
		}

		private void write(RuleDescription rule, JsonGenerator json) {
			json.writeStartObject().writeStringProperty("id", rule.id());
			text("shortDescription", rule.sentence(), json);
			text("help", rule.remedy(), json);
			json.writeObjectPropertyStart("defaultConfiguration")
				.writeStringProperty("level", level(rule.severity(), "note"))
				.writeEndObject()
				.writeEndObject();
		}

		private void write(Finding finding, JsonGenerator json) {
			json.writeStartObject()
				.writeStringProperty("ruleId", finding.rule())
				.writeStringProperty("level", level(finding.severity(), "note"));
			text("message", finding.message() + " " + finding.remedy(), json);
			json.writeArrayPropertyStart("locations")
				.writeStartObject()
				.writeObjectPropertyStart("physicalLocation")
				.writeObjectPropertyStart("artifactLocation")
				.writeStringProperty("uri", uri(finding.location().file()))
				.writeEndObject()
				.writeObjectPropertyStart("region")
				.writeNumberProperty("startLine", Math.max(1, finding.location().line()))
				.writeNumberProperty("startColumn", Math.max(1, finding.location().column()))
				.writeEndObject()
				.writeEndObject()
				.writeEndObject()
				.writeEndArray()
				.writeEndObject();
		}

		private void text(String name, String text, JsonGenerator json) {
			json.writeObjectPropertyStart(name).writeStringProperty("text", text).writeEndObject();
		}

	},

	/** Commands that GitHub's workflows turn into annotations. */
	GITHUB {

		@Override
		void write(List<Finding> findings, HaproxyVersion version, PrintWriter out) {
			for (Finding finding : findings) {
				out.println("::" + level(finding.severity(), "notice") + " file=" + property(finding.location().file())
						+ ",line=" + finding.location().line() + ",col=" + finding.location().column() + ",title="
						+ property(finding.rule()) + "::" + data(finding.message() + " " + finding.remedy()));
			}
		}

	};

	abstract void write(List<Finding> findings, HaproxyVersion version, PrintWriter out);

	/** Return the value of the option {@code --format}. */
	@Override
	public String toString() {
		return name().toLowerCase(Locale.ROOT);
	}

	private static String number(long count, String what) {
		return count + " " + what + ((count == 1) ? "" : "s");
	}

	private static long count(List<Finding> findings, Severity severity) {
		return findings.stream().filter((finding) -> finding.severity() == severity).count();
	}

	private static String level(Severity severity, String hint) {
		return (severity == Severity.HINT) ? hint : severity.name().toLowerCase(Locale.ROOT);
	}

	/**
	 * Return a path as a reference of a URI, with all bytes escaped that are not allowed
	 * in one.
	 */
	private static String uri(String file) {
		StringBuilder uri = new StringBuilder(file.startsWith("/") ? "file://" : "");
		for (byte b : file.replace('\\', '/').getBytes(StandardCharsets.UTF_8)) {
			char c = (char) (b & 0xff);
			if (c < 0x80 && (Character.isLetterOrDigit(c) || "-._~/+@,=".indexOf(c) >= 0)) {
				uri.append(c);
			}
			else {
				uri.append(String.format(Locale.ROOT, "%%%02X", (int) c));
			}
		}
		return uri.toString();
	}

	private static String data(String text) {
		return LogText.message(text).replace("%", "%25");
	}

	private static String property(String text) {
		return data(text).replace(":", "%3A").replace(",", "%2C");
	}

}
