package io.spop.cli.conformance;

import java.io.Writer;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;

import io.spop.cli.conformance.CaseResult.Verdict;

/**
 * Writes results as JUnit XML, which Jenkins, GitLab and others read: a test suite for
 * each category.
 */
public final class JunitReport {

	private final XMLStreamWriter xml;

	private JunitReport(XMLStreamWriter xml) {
		this.xml = xml;
	}

	/**
	 * Write a report.
	 * @param agent the address of the agent
	 * @param results the results
	 * @param out where to write
	 * @throws XMLStreamException if it cannot be written
	 */
	public static void write(String agent, List<CaseResult> results, Writer out) throws XMLStreamException {
		XMLStreamWriter xml = XMLOutputFactory.newDefaultFactory().createXMLStreamWriter(out);
		xml.writeStartDocument("UTF-8", "1.0");
		new JunitReport(xml).write(agent, results);
		xml.writeEndDocument();
		xml.close();
	}

	private void write(String agent, List<CaseResult> results) throws XMLStreamException {
		Map<Category, List<CaseResult>> categories = results.stream()
			.collect(Collectors.groupingBy((result) -> result.conformanceCase().category(),
					() -> new EnumMap<>(Category.class), Collectors.toList()));
		line(0);
		this.xml.writeStartElement("testsuites");
		this.xml.writeAttribute("name", "spop conformance of " + printable(agent));
		counts(results);
		for (Map.Entry<Category, List<CaseResult>> category : categories.entrySet()) {
			line(1);
			this.xml.writeStartElement("testsuite");
			this.xml.writeAttribute("name", "spop." + category.getKey());
			counts(category.getValue());
			this.xml.writeAttribute("skipped", Long
				.toString(count(category.getValue(), Verdict.SKIPPED) + count(category.getValue(), Verdict.NOT_RUN)));
			for (CaseResult result : category.getValue()) {
				testCase(result);
			}
			line(1);
			this.xml.writeEndElement();
		}
		line(0);
		this.xml.writeEndElement();
	}

	private void counts(List<CaseResult> results) throws XMLStreamException {
		this.xml.writeAttribute("tests", Integer.toString(results.size()));
		this.xml.writeAttribute("failures", Long.toString(count(results, Verdict.FAILED)));
		this.xml.writeAttribute("errors", Long.toString(count(results, Verdict.ERROR)));
		this.xml.writeAttribute("time",
				seconds(results.stream().map(CaseResult::time).reduce(Duration.ZERO, Duration::plus)));
	}

	private void testCase(CaseResult result) throws XMLStreamException {
		ConformanceCase conformanceCase = result.conformanceCase();
		line(2);
		this.xml.writeStartElement("testcase");
		this.xml.writeAttribute("name", conformanceCase.id());
		this.xml.writeAttribute("classname", "spop." + conformanceCase.category());
		this.xml.writeAttribute("time", seconds(result.time()));
		switch (result.verdict()) {
			case PASSED -> {
			}
			case SKIPPED, NOT_RUN -> {
				line(3);
				this.xml.writeEmptyElement("skipped");
				this.xml.writeAttribute("message", printable(result.reason()));
				line(2);
			}
			case FAILED -> failure("failure", result);
			case ERROR -> failure("error", result);
		}
		this.xml.writeEndElement();
	}

	private void failure(String element, CaseResult result) throws XMLStreamException {
		ConformanceCase conformanceCase = result.conformanceCase();
		line(3);
		this.xml.writeStartElement(element);
		this.xml.writeAttribute("type", conformanceCase.level().toString());
		this.xml.writeAttribute("message", printable(conformanceCase.title() + ": " + result.reason()));
		this.xml.writeCharacters(printable(String.join("\n", "expected: " + result.expected(),
				"came: " + result.reason(), "HAProxy: " + conformanceCase.otherwise(),
				"source: " + conformanceCase.source(), "", String.join("\n", result.script()), "")));
		this.xml.writeEndElement();
		line(2);
	}

	private void line(int depth) throws XMLStreamException {
		this.xml.writeCharacters("\n" + "  ".repeat(depth));
	}

	private static long count(List<CaseResult> results, Verdict verdict) {
		return results.stream().filter((result) -> result.verdict() == verdict).count();
	}

	private static String seconds(Duration time) {
		return String.format(Locale.ROOT, "%.3f", time.toNanos() / 1e9);
	}

	/** XML 1.0 has no control characters but these three, not even escaped. */
	private static String printable(String text) {
		StringBuilder printable = new StringBuilder();
		text.codePoints().forEach((point) -> {
			boolean allowed = point == '\n' || point == '\t' || (point >= 0x20 && point < 0xD800)
					|| (point > 0xDFFF && point < 0xFFFE) || point > 0xFFFF;
			printable.append(allowed ? Character.toString(point) : String.format("\\u%04x", point));
		});
		return printable.toString();
	}

}
