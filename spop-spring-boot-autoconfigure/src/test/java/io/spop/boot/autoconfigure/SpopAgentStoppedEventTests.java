package io.spop.boot.autoconfigure;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

import io.spop.agent.BoundSpopAgent;
import io.spop.annotation.Blocking;
import io.spop.annotation.SpopMessage;
import io.spop.client.SpopClient;
import io.spop.protocol.Actions;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.VarScope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.beans.factory.DisposableBean;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ApplicationListener;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.event.EventListener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

@Timeout(60)
@ExtendWith(OutputCaptureExtension.class)
class SpopAgentStoppedEventTests {

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(SpopAgentAutoConfiguration.class, SpopHandlerAutoConfiguration.class))
		.withBean(Handler.class)
		.withPropertyValues("spop.listeners.main.port=0", "spop.handler.timeout=30s", "spop.warm-up.enabled=false");

	@ParameterizedTest
	@ValueSource(strings = { "stop", "close" })
	void whenTheAgentStopsThenTheEventComesAfterTheLastAckAndBeforeHandlersAreDestroyed(String how) {
		this.contextRunner.run((context) -> {
			Handler handler = context.getBean(Handler.class);
			BoundSpopAgent agent = context.getBean(SpopAgentLifecycle.class).agent();
			try (SpopClient client = SpopClient.connect(agent.address("main")).block()) {
				CompletableFuture<Actions> answer = client.notify(NotifyMessage.of("last"))
					.doOnNext((actions) -> handler.order.add("ack"))
					.toFuture();
				handler.called.await();
				CompletableFuture<Void> stopped = CompletableFuture.runAsync(() -> stop(context, how),
						(task) -> new Thread(task, "test").start());
				await().until(agent::isStopping);
				assertThat(handler.order).isEmpty();
				handler.release.countDown();
				assertThat(answer.join()).isEqualTo(Actions.set(VarScope.REQUEST, "last", true));
				stopped.join();
				assertThat(handler.event.agent()).isSameAs(agent);
				assertThat(handler.open).isFalse();
				assertThat(handler.thread).isEqualTo("spop-stop");
				stop(context, "close");
				assertThat(handler.order).containsExactlyInAnyOrder("ack", "stopped", "destroyed")
					.containsSubsequence("stopped", "destroyed");
			}
		});
	}

	private static void stop(AssertableApplicationContext context, String how) {
		ConfigurableApplicationContext source = context.getSourceApplicationContext();
		if (how.equals("stop")) {
			source.stop();
		}
		else {
			source.close();
		}
	}

	@Test
	void whenTheAgentNeverStartedThenThereIsNoEvent() {
		this.contextRunner.withPropertyValues("spop.enabled=false")
			.run((context) -> assertThat(context.getBean(Handler.class).event).isNull());
	}

	@Test
	void whenAListenerFailsThenTheContextClosesNevertheless(CapturedOutput output) {
		ApplicationListener<SpopAgentStoppedEvent> failing = (event) -> {
			throw new IllegalStateException("on purpose");
		};
		this.contextRunner.withInitializer((context) -> context.addApplicationListener(failing))
			.run((context) -> context.getSourceApplicationContext().close());
		assertThat(output).contains("A listener of SpopAgentStoppedEvent failed").contains("on purpose");
	}

	@Test
	void whenAListenerStartsTheAgentThenItListensAgain() {
		this.contextRunner.run((context) -> {
			SpopAgentLifecycle lifecycle = context.getBean(SpopAgentLifecycle.class);
			BoundSpopAgent first = lifecycle.agent();
			ApplicationListener<SpopAgentStoppedEvent> again = (event) -> {
				if (event.agent() == first) {
					lifecycle.start();
				}
			};
			context.getSourceApplicationContext().addApplicationListener(again);
			lifecycle.stop();
			assertThat(lifecycle.isRunning()).isTrue();
			assertThat(lifecycle.agent()).isNotSameAs(first);
		});
	}

	@Test
	void whenAListenerClosesTheContextThenItCloses() {
		this.contextRunner.run((context) -> {
			ConfigurableApplicationContext source = context.getSourceApplicationContext();
			ApplicationListener<SpopAgentStoppedEvent> closing = (event) -> source.close();
			source.addApplicationListener(closing);
			Handler handler = context.getBean(Handler.class);
			context.getBean(SpopAgentLifecycle.class).stop();
			assertThat(handler.order).containsExactlyInAnyOrder("stopped", "destroyed");
		});
	}

	static class Handler implements DisposableBean {

		private final List<String> order = new CopyOnWriteArrayList<>();

		private final CountDownLatch called = new CountDownLatch(1);

		private final CountDownLatch release = new CountDownLatch(1);

		private SpopAgentStoppedEvent event;

		private boolean open;

		private String thread;

		@Blocking
		@SpopMessage("last")
		Actions last() throws InterruptedException {
			this.called.countDown();
			this.release.await();
			return Actions.set(VarScope.REQUEST, "last", true);
		}

		@EventListener
		void stopped(SpopAgentStoppedEvent event) {
			this.event = event;
			this.thread = Thread.currentThread().getName();
			this.open = event.agent().isListening("main") || !event.agent().connections().isEmpty();
			this.order.add("stopped");
		}

		@Override
		public void destroy() {
			this.order.add("destroyed");
		}

	}

}
