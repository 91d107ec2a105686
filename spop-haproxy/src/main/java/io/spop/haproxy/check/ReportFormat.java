package io.spop.haproxy.check;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;

import io.spop.haproxy.HaproxyVersion;

/**
 * The formats in which the command prints findings.
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
			out.println("{\n  \"version\": " + quoted(version.toString()) + ",\n  \"findings\": [");
			for (Iterator<Finding> iterator = findings.iterator(); iterator.hasNext();) {
				Finding finding = iterator.next();
				out.println("    {\"rule\": " + quoted(finding.rule()) + ", \"severity\": "
						+ quoted(level(finding, "hint")) + ", \"file\": " + quoted(finding.location().file())
						+ ", \"line\": " + finding.location().line() + ", \"column\": " + finding.location().column()
						+ ",\n     \"message\": " + quoted(finding.message()) + ",\n     \"remedy\": "
						+ quoted(finding.remedy()) + "}" + (iterator.hasNext() ? "," : ""));
			}
			out.println("  ]\n}");
		}

	},

	/** SARIF 2.1.0, which code hosts and editors read. */
	SARIF {

		@Override
		void write(List<Finding> findings, HaproxyVersion version, PrintWriter out) {
			out.println("""
					{
					  "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
					  "version": "2.1.0",
					  "runs": [{
					    "tool": {"driver": {
					      "name": "spop-haproxy",
					      "rules": [""".stripTrailing());
			for (Iterator<RuleDescription> rules = ConfigurationCheck.rules().iterator(); rules.hasNext();) {
				RuleDescription rule = rules.next();
				out.println("        {\"id\": " + quoted(rule.id()) + ", \"shortDescription\": {\"text\": "
						+ quoted(rule.sentence()) + "}, \"help\": {\"text\": " + quoted(rule.remedy())
						+ "}, \"defaultConfiguration\": {\"level\": " + quoted(level(rule.severity(), "note")) + "}}"
						+ (rules.hasNext() ? "," : ""));
			}
			out.println("      ]\n    }},\n    \"results\": [");
			for (Iterator<Finding> iterator = findings.iterator(); iterator.hasNext();) {
				Finding finding = iterator.next();
				out.println("      {\"ruleId\": " + quoted(finding.rule()) + ", \"level\": "
						+ quoted(level(finding, "note")) + ", \"message\": {\"text\": "
						+ quoted(finding.message() + " " + finding.remedy())
						+ "},\n       \"locations\": [{\"physicalLocation\": {\"artifactLocation\": {\"uri\": "
						+ quoted(uri(finding.location().file())) + "}, \"region\": {\"startLine\": "
						+ Math.max(1, finding.location().line()) + ", \"startColumn\": "
						+ Math.max(1, finding.location().column()) + "}}}]}" + (iterator.hasNext() ? "," : ""));
			}
			out.println("    ]\n  }]\n}");
		}

	},

	/** Commands that GitHub's workflows turn into annotations. */
	GITHUB {

		@Override
		void write(List<Finding> findings, HaproxyVersion version, PrintWriter out) {
			for (Finding finding : findings) {
				out.println("::" + level(finding, "notice") + " file=" + property(finding.location().file()) + ",line="
						+ finding.location().line() + ",col=" + finding.location().column() + ",title="
						+ property(finding.rule()) + "::" + data(finding.message() + " " + finding.remedy()));
			}
		}

	};

	abstract void write(List<Finding> findings, HaproxyVersion version, PrintWriter out);

	private static String number(long count, String what) {
		return count + " " + what + ((count == 1) ? "" : "s");
	}

	private static long count(List<Finding> findings, Severity severity) {
		return findings.stream().filter((finding) -> finding.severity() == severity).count();
	}

	private static String level(Finding finding, String hint) {
		return level(finding.severity(), hint);
	}

	private static String level(Severity severity, String hint) {
		return (severity == Severity.HINT) ? hint : severity.name().toLowerCase(Locale.ROOT);
	}

	private static String quoted(String text) {
		StringBuilder json = new StringBuilder("\"");
		for (int i = 0; i < text.length(); i++) {
			char c = text.charAt(i);
			if (c == '"' || c == '\\') {
				json.append('\\').append(c);
			}
			else if (Character.isISOControl(c) || Character.isSurrogate(c)
					|| Character.getType(c) == Character.FORMAT) {
				json.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
			}
			else {
				json.append(c);
			}
		}
		return json.append('"').toString();
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
		return Finding.printable(text.replace("%", "%25")).replace("\r", "%0D").replace("\n", "%0A");
	}

	private static String property(String text) {
		return data(text).replace(":", "%3A").replace(",", "%2C");
	}

}
