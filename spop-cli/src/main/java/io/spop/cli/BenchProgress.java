package io.spop.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;

/**
 * Prints how a load is going: on a terminal a line that changes, elsewhere a line each
 * time.
 */
final class BenchProgress implements AutoCloseable {

	private static final String ERASE_LINE = "\r\u001B[K";

	private final PrintWriter err;

	private final boolean quiet;

	private final boolean terminal;

	private boolean printed;

	BenchProgress(PrintWriter err, boolean quiet) {
		this.err = err;
		this.quiet = quiet;
		this.terminal = !quiet && isTerminal();
	}

	/** Return whether the standard error is a terminal, of which Java does not know. */
	private static boolean isTerminal() {
		try {
			return Path.of("/proc/self/fd/2").toRealPath().toString().matches("/dev/(pts/|tty|console).*");
		}
		catch (IOException ex) {
			return false;
		}
	}

	void print(LoadProgress progress) {
		if (this.quiet) {
			return;
		}
		String text = progress.elapsed().isNegative() ? "warm-up" : String.format(Locale.ROOT,
				"%d s: %,d ACKs a second", progress.elapsed().toSeconds(), progress.acks());
		String line = String.format(Locale.ROOT, "%s, %,d connections, %,d NOTIFYs in flight, %s", text,
				progress.open(), progress.inFlight(),
				(progress.problems() == 0) ? "no problems" : String.format(Locale.ROOT, "%,d %s", progress.problems(),
						(progress.problems() == 1) ? "problem" : "problems"));
		this.printed = true;
		if (this.terminal) {
			this.err.print(ERASE_LINE + line);
			this.err.flush();
		}
		else {
			this.err.println(line);
		}
	}

	/** Remove the line from a terminal. */
	@Override
	public void close() {
		if (this.terminal && this.printed) {
			this.printed = false;
			this.err.print(ERASE_LINE);
			this.err.flush();
		}
	}

}
