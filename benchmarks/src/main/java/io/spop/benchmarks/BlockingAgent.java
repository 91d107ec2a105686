package io.spop.benchmarks;

import java.net.InetSocketAddress;

import io.spop.annotation.Blocking;
import io.spop.annotation.NonBlocking;
import io.spop.annotation.SpopArg;
import io.spop.annotation.SpopMessage;
import io.spop.boot.autoconfigure.SpopAgentStartedEvent;
import io.spop.protocol.Actions;
import io.spop.protocol.VarScope;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.event.EventListener;

/**
 * An agent with a handler that answers at once and one that waits.
 */
@EnableAutoConfiguration
public class BlockingAgent {

	static final String QUICK = "quick";

	static final String SLOW = "slow";

	/** The text before the agent's port on a line of its output. */
	static final String PORT = "Listening on port ";

	private static final Actions ACTIONS = Actions.set(VarScope.TRANSACTION, "done", true);

	@SpopMessage(QUICK)
	@NonBlocking
	Actions quick() {
		return ACTIONS;
	}

	@SpopMessage(SLOW)
	@Blocking
	Actions slow(@SpopArg long millis) throws InterruptedException {
		Thread.sleep(millis);
		return ACTIONS;
	}

	@EventListener
	void started(SpopAgentStartedEvent event) {
		System.out.println(PORT + ((InetSocketAddress) event.agent().address("default")).getPort());
	}

	/**
	 * Start the agent.
	 * @param args properties of the application
	 */
	public static void main(String[] args) {
		SpringApplication.run(BlockingAgent.class, args);
	}

}
