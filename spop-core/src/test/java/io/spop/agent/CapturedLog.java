package io.spop.agent;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.stream.Stream;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import org.slf4j.LoggerFactory;

/**
 * Captures the lines that agents log until it is closed, and keeps them out of other
 * appenders.
 */
final class CapturedLog extends AppenderBase<ILoggingEvent> implements AutoCloseable {

	private final Logger agents = (Logger) LoggerFactory.getLogger("io.spop.agent");

	private final List<ILoggingEvent> events = new CopyOnWriteArrayList<>();

	/** What else is done for each line, by the thread that logs it. */
	private final Consumer<ILoggingEvent> action;

	CapturedLog(Level level) {
		this(level, (event) -> {
		});
	}

	CapturedLog(Level level, Consumer<ILoggingEvent> action) {
		this.action = action;
		start();
		this.agents.addAppender(this);
		this.agents.setLevel(level);
		this.agents.setAdditive(false);
	}

	@Override
	protected void append(ILoggingEvent event) {
		this.events.add(event);
		this.action.accept(event);
	}

	/**
	 * Return the lines of a level, after all requested lines have been written, except
	 * those about handlers that blocked an event loop: on a busy machine, any handler
	 * may.
	 */
	List<String> of(Level level) {
		return events(level).stream().map(ILoggingEvent::getFormattedMessage).toList();
	}

	/**
	 * Wait for a line of a level that contains a text.
	 */
	void await(Level level, String text) {
		while (all(level).noneMatch((event) -> event.getFormattedMessage().contains(text))) {
			if (Thread.currentThread().isInterrupted()) {
				throw new IllegalStateException("No line with '" + text + "'");
			}
			Thread.onSpinWait();
		}
	}

	/**
	 * Return what {@link #of} does, as events.
	 */
	List<ILoggingEvent> events(Level level) {
		return all(level).filter((event) -> !event.getMessage().contains("blocked its event loop")).toList();
	}

	/**
	 * Return all lines of a level.
	 */
	Stream<ILoggingEvent> all(Level level) {
		LogQueue.flush(10_000);
		return this.events.stream().filter((event) -> event.getLevel() == level);
	}

	@Override
	public void close() {
		LogQueue.flush(10_000);
		this.agents.detachAppender(this);
		this.agents.setLevel(null);
		this.agents.setAdditive(true);
	}

}
