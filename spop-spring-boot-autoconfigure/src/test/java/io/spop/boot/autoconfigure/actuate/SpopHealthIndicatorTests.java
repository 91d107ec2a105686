package io.spop.boot.autoconfigure.actuate;

import java.net.SocketAddress;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import io.spop.agent.BoundSpopAgent;
import io.spop.agent.SpopHandler;
import io.spop.boot.autoconfigure.SpopAgentAutoConfiguration;
import io.spop.boot.autoconfigure.SpopAgentLifecycle;
import io.spop.boot.autoconfigure.SpopHandlerAutoConfiguration;
import io.spop.client.SpopClient;
import io.spop.protocol.Actions;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.StatusCode;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.health.autoconfigure.contributor.HealthContributorAutoConfiguration;
import org.springframework.boot.health.autoconfigure.registry.HealthContributorRegistryAutoConfiguration;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.health.registry.HealthContributorRegistry;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.SmartLifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

class SpopHealthIndicatorTests {

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(SpopAgentAutoConfiguration.class, SpopHandlerAutoConfiguration.class,
				SpopHealthContributorAutoConfiguration.class, HealthContributorAutoConfiguration.class,
				HealthContributorRegistryAutoConfiguration.class))
		.withPropertyValues("spop.listeners.main.port=0", "spop.listeners.other.port=0");

	@Test
	void whenNobodyIsConnectedThenIsUp() {
		this.contextRunner.run((context) -> {
			HealthIndicator indicator = (HealthIndicator) context.getBean(HealthContributorRegistry.class)
				.getContributor("spop");
			assertThat(indicator.health(true)).isEqualTo(Health.up()
				.withDetail("listeners", Map.of("main", ListenerState.LISTENING, "other", ListenerState.LISTENING))
				.build());
		});
	}

	@Test
	void whenListenersAreNotOpenThenIsDownAndNamesThem() {
		this.contextRunner.withBean(EarlyHealth.class).run((context) -> {
			Health health = context.getBean(EarlyHealth.class).health;
			assertThat(health.getStatus()).isEqualTo(Status.DOWN);
			assertThat(health.getDetails()).containsEntry("listeners",
					Map.of("main", ListenerState.CLOSED, "other", ListenerState.CLOSED));
		});
	}

	@Test
	void whenConnectionsWaitThenIsUpAndSaysHowMany() {
		this.contextRunner.withPropertyValues("spop.connection.max-connections=1").run((context) -> {
			SpopHealthIndicator indicator = context.getBean(SpopHealthIndicator.class);
			SocketAddress address = context.getBean(SpopAgentLifecycle.class).agent().address("main");
			try (SpopClient first = SpopClient.connect(address).block()) {
				assertThat(indicator.health().getDetails()).containsOnlyKeys("listeners");
				CompletableFuture<SpopClient> second = SpopClient.connect(address).toFuture();
				await().untilAsserted(() -> assertThat(indicator.health().getDetails())
					.containsEntry("waitingConnections", Map.of("main", 1)));
				assertThat(indicator.health().getStatus()).isEqualTo(Status.UP);
				first.disconnect(StatusCode.NORMAL).block();
				second.get(10, TimeUnit.SECONDS).close();
			}
		});
	}

	@Test
	void whenAgentDrainsThenIsOutOfService() {
		Sinks.One<Actions> result = Sinks.one();
		CountDownLatch called = new CountDownLatch(1);
		SpopHandler handler = (exchange) -> {
			called.countDown();
			return result.asMono();
		};
		this.contextRunner.withBean(SpopHandler.class, () -> handler)
			.withPropertyValues("spop.handler.timeout=1m")
			.run((context) -> {
				SpopAgentLifecycle lifecycle = context.getBean(SpopAgentLifecycle.class);
				SpopHealthIndicator indicator = context.getBean(SpopHealthIndicator.class);
				BoundSpopAgent agent = lifecycle.agent();
				try (SpopClient client = SpopClient.connect(agent.address("main")).block()) {
					Mono<Actions> answer = client.notify(NotifyMessage.of("test")).cache();
					answer.subscribe();
					assertThat(called.await(10, TimeUnit.SECONDS)).isTrue();
					Thread stop = new Thread(lifecycle::stop);
					stop.start();
					while (!agent.isStopping()) {
						Thread.onSpinWait();
					}
					assertThat(indicator.health().getStatus()).isEqualTo(Status.OUT_OF_SERVICE);
					assertThat(lifecycle.isRunning()).isFalse();
					result.tryEmitEmpty();
					assertThat(answer.block()).isEqualTo(Actions.none());
					stop.join();
				}
				assertThat(indicator.health().getStatus()).isEqualTo(Status.OUT_OF_SERVICE);
				lifecycle.start();
				assertThat(indicator.health().getStatus()).isEqualTo(Status.UP);
			});
	}

	@Test
	void whenSwitchedOffThenBacksOff() {
		this.contextRunner.withPropertyValues("management.health.spop.enabled=false")
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(SpopHealthIndicator.class));
	}

	@Test
	void whenThereIsNoAgentThenBacksOff() {
		this.contextRunner.withPropertyValues("spop.enabled=false")
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(SpopHealthIndicator.class));
	}

	static class EarlyHealth implements SmartLifecycle {

		private final SpopHealthIndicator indicator;

		private Health health;

		EarlyHealth(SpopHealthIndicator indicator) {
			this.indicator = indicator;
		}

		@Override
		public void start() {
			this.health = this.indicator.health();
		}

		@Override
		public void stop() {
		}

		@Override
		public boolean isRunning() {
			return this.health != null;
		}

		@Override
		public int getPhase() {
			return 0;
		}

	}

}
