package io.spop.agent;

import java.time.Duration;

import io.spop.boot.autoconfigure.SpopAgentCustomizer;

/**
 * Lets tests wait a second instead of a minute for what an agent finds.
 */
public final class Patience {

	private Patience() {
	}

	/**
	 * Return what shortens the time.
	 * @return a bean
	 */
	public static SpopAgentCustomizer ofTests() {
		return (agent) -> agent.patience(Duration.ofSeconds(1));
	}

}
