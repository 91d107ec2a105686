package io.spop.benchmarks;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;

import io.spop.agent.BoundSpopAgent;
import io.spop.agent.SpopAgent;
import io.spop.agent.SpopExchange;
import io.spop.agent.SpopListener;
import io.spop.agent.SpopMetricsRecorder;
import io.spop.protocol.Actions;
import io.spop.protocol.VarScope;
import reactor.core.publisher.Mono;

/**
 * An agent whose handler holds its event loop for 2 ms, as no handler should. Its
 * deadline is 8 ms, and HAProxy waits for 10 ms. When the agent is stopped, it prints how
 * many NOTIFYs ended with each outcome.
 */
public final class OverloadedAgent {

	private static final Actions ACTIONS = Actions.set(VarScope.TRANSACTION, "done", true);

	private static final AtomicLongArray OUTCOMES = new AtomicLongArray(
			SpopMetricsRecorder.NotifyOutcome.values().length);

	private OverloadedAgent() {
	}

	private static Mono<Actions> handle(SpopExchange exchange) {
		long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(2);
		while (System.nanoTime() < end) {
			Thread.onSpinWait();
		}
		return Mono.just(ACTIONS);
	}

	/**
	 * Start the agent.
	 * @param args the port
	 */
	public static void main(String[] args) {
		BoundSpopAgent agent = SpopAgent.create()
			.listener(SpopListener.tcp("main",
					new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(args[0]))))
			.handlerTimeout(Duration.ofMillis(8))
			.handler(OverloadedAgent::handle)
			.metricsRecorder((listener) -> new SpopMetricsRecorder() {

				@Override
				public void notifyEnded(NotifyOutcome outcome, long nanos) {
					OUTCOMES.incrementAndGet(outcome.ordinal());
				}

			})
			.bind();
		Runtime.getRuntime().addShutdownHook(new Thread(() -> {
			agent.stop(Duration.ofSeconds(5));
			for (SpopMetricsRecorder.NotifyOutcome outcome : SpopMetricsRecorder.NotifyOutcome.values()) {
				System.out.println(outcome + " " + OUTCOMES.get(outcome.ordinal()));
			}
		}));
	}

}
