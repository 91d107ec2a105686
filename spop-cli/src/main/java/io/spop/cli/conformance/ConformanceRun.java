package io.spop.cli.conformance;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import io.spop.cli.conformance.CaseResult.Verdict;
import io.spop.cli.wire.Connector;
import org.jspecify.annotations.Nullable;

/**
 * Runs cases one after another, each on connections of its own. An agent that dies or
 * hangs does not keep the run from ending.
 */
public final class ConformanceRun {

	/**
	 * After so many cases in a row without an answer, the agent is asked whether it works
	 * at all.
	 */
	private static final int LATE_IN_A_ROW = 5;

	private static final int TIMEOUTS_OF_A_CASE = 10;

	private static final String INTERRUPTED = "the run was interrupted";

	private final Connector connector;

	private final Duration timeout;

	private final Duration silence;

	private final @Nullable Restart restart;

	/** Whether the last case had a connection. */
	private boolean connected;

	private int lateInARow;

	private @Nullable ConformanceCase before;

	private volatile boolean stopped;

	private volatile @Nullable Conversation running;

	private @Nullable String end;

	private boolean gone;

	/**
	 * Create a run.
	 * @param connector connects to the agent
	 * @param timeout how long an answer may take; a case takes at most ten times as long
	 * @param silence how long a case waits where nothing may come
	 * @param restart starts the agent again, or {@code null} if nobody does
	 */
	public ConformanceRun(Connector connector, Duration timeout, Duration silence, @Nullable Restart restart) {
		this.connector = connector;
		this.timeout = timeout;
		this.silence = silence;
		this.restart = restart;
	}

	/**
	 * Run cases. Those that are left when the run has to end are reported as not run.
	 * @param cases the cases
	 * @param listener gets each result at once
	 * @throws InterruptedException if the thread is interrupted
	 */
	public void run(List<ConformanceCase> cases, Consumer<CaseResult> listener) throws InterruptedException {
		ScheduledExecutorService limiter = Executors.newSingleThreadScheduledExecutor((task) -> {
			Thread thread = new Thread(task, "conformance-limit");
			thread.setDaemon(true);
			return thread;
		});
		try {
			for (ConformanceCase next : cases) {
				if (this.stopped && this.end == null) {
					this.end = INTERRUPTED;
				}
				if (this.end != null) {
					listener.accept(new CaseResult(next, Verdict.NOT_RUN, "", this.end, 0, Duration.ZERO));
					continue;
				}
				CaseResult result = run(next, limiter);
				if (result.verdict() == Verdict.ERROR && !this.connected && this.restart != null && !this.stopped) {
					// The agent died of the case before, and a moment later than that
					// case ended
					repair(result);
					result = (this.end == null && !this.stopped) ? run(next, limiter) : result;
				}
				listener.accept(result);
				if (!this.stopped && this.end == null) {
					repair(result);
				}
			}
		}
		finally {
			limiter.shutdownNow();
		}
	}

	/**
	 * End the run, and the case that is running. May be called by any thread.
	 */
	public void stop() {
		this.stopped = true;
		Conversation running = this.running;
		if (running != null) {
			running.expire();
		}
	}

	/**
	 * Return whether the run ended because nobody listens any more.
	 * @return whether the agent is gone
	 */
	public boolean isAgentGone() {
		return this.gone;
	}

	private CaseResult run(ConformanceCase next, ScheduledExecutorService limiter) throws InterruptedException {
		long start = System.nanoTime();
		int begun = 0;
		Verdict verdict = Verdict.PASSED;
		String expected = "";
		String reason = "";
		boolean late = false;
		try (Conversation conversation = new Conversation(this.connector, this.timeout, this.silence)) {
			this.running = conversation;
			if (this.stopped) {
				conversation.expire();
			}
			Future<?> limit = limiter.schedule(conversation::expire, TIMEOUTS_OF_A_CASE * this.timeout.toNanos(),
					TimeUnit.NANOSECONDS);
			try {
				for (Step step : next.steps()) {
					begun++;
					step.perform(conversation);
				}
			}
			catch (Skipped ex) {
				verdict = Verdict.SKIPPED;
				reason = String.valueOf(ex.getMessage());
			}
			catch (WrongAnswer ex) {
				verdict = Verdict.FAILED;
				expected = ex.expected();
				late = ex.isLate() || conversation.isExpired();
				reason = conversation.isExpired() ? "the case was not done after "
						+ this.timeout.multipliedBy(TIMEOUTS_OF_A_CASE).toMillis() + " ms" : ex.came();
			}
			catch (IOException ex) {
				verdict = Verdict.FAILED;
				expected = "a connection to the agent";
				late = ex instanceof SocketTimeoutException;
				reason = "connecting failed: "
						+ AgentFrame.text(String.valueOf(ex.getMessage()).getBytes(StandardCharsets.UTF_8));
				if (!conversation.isConnected() && this.before != null) {
					reason += ", so that this may come from the case before, " + this.before.id();
				}
			}
			finally {
				limit.cancel(false);
				this.running = null;
				this.connected = conversation.isConnected();
			}
		}
		if (this.stopped && verdict != Verdict.PASSED && verdict != Verdict.SKIPPED) {
			return new CaseResult(next, Verdict.NOT_RUN, "", INTERRUPTED, 0, Duration.ZERO);
		}
		this.before = next;
		this.lateInARow = late ? this.lateInARow + 1 : 0;
		if (!this.connector.isListening()) {
			verdict = Verdict.ERROR;
			reason = "the agent died: nobody listens any more" + (reason.isEmpty() ? "" : ". Before that, " + reason);
		}
		return new CaseResult(next, verdict, expected, reason, begun, Duration.ofNanos(System.nanoTime() - start));
	}

	/** Start an agent again that died or hangs, or end the run. */
	private void repair(CaseResult result) throws InterruptedException {
		boolean died = result.verdict() == Verdict.ERROR;
		if (!died && (this.lateInARow < LATE_IN_A_ROW || serves())) {
			return;
		}
		this.lateInARow = 0;
		String what = died ? "the agent died in " + result.conformanceCase().id()
				: "the agent answers nothing any more";
		if (this.restart == null) {
			this.end = what;
		}
		else {
			String failure = this.restart.run(this.connector, () -> this.stopped);
			if (failure != null) {
				this.end = what + ", and was not restarted: " + failure;
			}
			else if (!serves()) {
				this.end = what + ", and answers nothing after a restart";
			}
		}
		this.gone = this.end != null && died;
	}

	private boolean serves() throws InterruptedException {
		try (Conversation conversation = new Conversation(this.connector, this.timeout, this.silence)) {
			Steps.serves().perform(conversation);
			return true;
		}
		catch (WrongAnswer ex) {
			return !ex.isLate();
		}
		catch (IOException ex) {
			return false;
		}
	}

}
