package io.spop.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * What happens on Ctrl-C and SIGTERM while a command runs: the command is asked to end,
 * and ends as it would have by itself, with what it has measured so far. Then the JVM
 * ends with the status 130 or 143.
 *
 * <pre class="code">
 * try (Interruption interruption = Interruption.endsWith(load::stop)) {
 *     load.run(); // returns soon after load.stop()
 *     print(load.result());
 * }
 * </pre>
 */
final class Interruption implements AutoCloseable {

	/** How long a command may take to end, or to print, after it was asked. */
	private static final long LIMIT_SECONDS = 10;

	private final Runnable end;

	private final CountDownLatch done = new CountDownLatch(1);

	private final Thread hook = new Thread(this::interrupt, "spop-interruption");

	private volatile boolean interrupted;

	private Interruption(Runnable end) {
		this.end = end;
	}

	/**
	 * Begin to wait for an interruption.
	 * @param end makes the command end soon; called at most once, on another thread
	 * @return to be closed when the command has printed all it prints
	 */
	static Interruption endsWith(Runnable end) {
		Interruption interruption = new Interruption(end);
		Runtime.getRuntime().addShutdownHook(interruption.hook);
		return interruption;
	}

	/**
	 * Return whether the command was asked to end.
	 * @return whether it was
	 */
	boolean isInterrupted() {
		return this.interrupted;
	}

	/**
	 * Ask the command to end, as a signal does, and wait until it has.
	 */
	void interrupt() {
		if (this.done.getCount() == 0) {
			return;
		}
		this.interrupted = true;
		this.end.run();
		try {
			this.done.await(LIMIT_SECONDS, TimeUnit.SECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	@Override
	public void close() {
		this.done.countDown();
		try {
			Runtime.getRuntime().removeShutdownHook(this.hook);
		}
		catch (IllegalStateException ex) {
			// The JVM is ending, which the hook no longer holds up
		}
	}

}
