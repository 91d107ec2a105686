package io.spop.agent;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

import io.spop.agent.ModelAgent.Settings;
import io.spop.test.RandomSequences;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Random sequences of what HAProxy, handlers and operators do, against agents on TCP and
 * in memory. The peers must get what a model of a connection says, and the agent must
 * have nothing left at the end.
 */
class ConnectionModelTests {

	private static final Duration TIME = Duration.ofSeconds(4);

	private final Map<Settings, ModelAgent> agents = new HashMap<>();

	private final ExecutorService threads = Executors.newFixedThreadPool(3);

	@AfterEach
	void close() {
		this.agents.values().forEach(ModelAgent::close);
		this.threads.shutdownNow();
	}

	@Test
	void whenAnythingHappensToConnectionsThenEachNotifyHasOneAckAndNothingIsLeft() {
		long sequences = new RandomSequences<>("spop-core", ConnectionModelTests.class, ModelOperation::sequence,
				this::run)
			.run(TIME, 1, 2, 3, 4, 5);
		assertThat(sequences).isPositive();
		System.out.println(sequences + " sequences");
	}

	private void run(List<ModelOperation> operations, Duration patience) throws Exception {
		Settings settings = ModelAgent.SETTINGS.get(0);
		boolean stops = false;
		for (ModelOperation operation : operations) {
			if (operation.type() == ModelOperation.Type.AGENT) {
				settings = ModelAgent.SETTINGS.get(operation.pick() % ModelAgent.SETTINGS.size());
			}
			stops |= operation.type() == ModelOperation.Type.STOP;
		}
		ModelAgent agent = this.agents.remove(settings);
		if (agent == null || stops) {
			if (agent != null) {
				this.agents.put(settings, agent);
			}
			agent = new ModelAgent(settings);
		}
		boolean succeeded = false;
		try {
			new ModelRun(agent, this.threads, patience).run(operations);
			succeeded = !stops;
		}
		finally {
			if (succeeded) {
				agent.reset();
				this.agents.put(settings, agent);
			}
			else {
				agent.close();
			}
		}
	}

}
