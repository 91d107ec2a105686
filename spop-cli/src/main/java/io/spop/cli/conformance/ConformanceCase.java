package io.spop.cli.conformance;

import java.util.ArrayList;
import java.util.List;

/**
 * A case: what is sent, and what has to come.
 */
public final class ConformanceCase {

	private final Category category;

	private final Level level;

	private final String name;

	private final String title;

	private final String otherwise;

	private final String source;

	private final List<Step> steps;

	ConformanceCase(Category category, Level level, String name, String title, String otherwise, String source,
			List<Step> steps) {
		this.category = category;
		this.level = level;
		this.name = name;
		this.title = title;
		this.otherwise = otherwise;
		this.source = source;
		this.steps = steps;
	}

	/**
	 * Return the name of the case in reports and on the command line.
	 * @return the id, such as {@code handshake.answered}
	 */
	public String id() {
		return this.category + "." + this.name;
	}

	/**
	 * Return what the case is about.
	 * @return the category
	 */
	public Category category() {
		return this.category;
	}

	/**
	 * Return how much the case matters.
	 * @return the level
	 */
	public Level level() {
		return this.level;
	}

	/**
	 * Return what the agent has to do.
	 * @return a text of a line
	 */
	public String title() {
		return this.title;
	}

	/**
	 * Return what HAProxy does with another answer.
	 * @return a sentence
	 */
	public String otherwise() {
		return this.otherwise;
	}

	/**
	 * Return where that can be read.
	 * @return a section of SPOE.txt, or a file and a function of HAProxy
	 */
	public String source() {
		return this.source;
	}

	List<Step> steps() {
		return this.steps;
	}

	/**
	 * Return what the case does, with the bytes it sends.
	 * @return the lines
	 */
	public List<String> script() {
		List<String> lines = new ArrayList<>();
		this.steps.forEach((step) -> lines.addAll(step.lines()));
		return lines;
	}

}
