package io.spop.boot.autoconfigure.actuate;

import java.lang.ref.WeakReference;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

import io.micrometer.core.instrument.Measurement;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Statistic;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.distribution.DistributionStatisticConfig;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.spop.agent.BoundSpopAgent;
import io.spop.agent.Patience;
import io.spop.agent.SpopAgent;
import io.spop.agent.SpopListener;
import io.spop.agent.SpopMetricsRecorder;
import io.spop.agent.SpopMetricsRecorder.Limit;
import io.spop.agent.SpopMetricsRecorder.MessageOutcome;
import io.spop.annotation.SpopDefaultMessage;
import io.spop.annotation.SpopMessage;
import io.spop.boot.autoconfigure.SpopAgentAutoConfiguration;
import io.spop.boot.autoconfigure.SpopAgentCustomizer;
import io.spop.boot.autoconfigure.SpopAgentStartedEvent;
import io.spop.boot.autoconfigure.SpopHandlerAutoConfiguration;
import io.spop.client.SpopClient;
import io.spop.codec.SpopCodec;
import io.spop.protocol.Actions;
import io.spop.protocol.Capability;
import io.spop.protocol.Frame;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.StatusCode;
import io.spop.protocol.VarScope;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.event.EventListener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link SpopMeters} and {@link SpopMetricsAutoConfiguration}.
 */
@Timeout(60)
@ExtendWith(OutputCaptureExtension.class)
class SpopMetersTests {

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(SpopAgentAutoConfiguration.class, SpopHandlerAutoConfiguration.class,
				SpopMetricsAutoConfiguration.class))
		.withPropertyValues("spop.listeners.main.port=0", "spop.handler.timeout=300ms", "spop.handler.pool.max-size=1")
		.withBean(Started.class)
		.withBean(Handlers.class);

	private MeterRegistry registry = new SimpleMeterRegistry();

	@Test
	void whenNothingHasHappenedThenEveryMeterIsThere(@TempDir Path folder) {
		this.contextRunner.withPropertyValues("spop.record.file=" + folder.resolve("day.spop"))
			.withBean(MeterRegistry.class, () -> this.registry)
			.run((context) -> {
				for (SpopMetersDocumentation meter : SpopMetersDocumentation.values()) {
					Meter found = this.registry.get(meter.getName()).meter();
					assertThat(found.getId().getType()).as(meter.getName()).isEqualTo(meter.getType());
					assertThat(found.getId().getTags()).as(meter.getName())
						.extracting((tag) -> tag.getKey())
						.containsExactlyInAnyOrderElementsOf(
								List.of(meter.getKeyNames()).stream().map((key) -> key.asString()).toList());
				}
				assertThat(this.registry.getMeters()).filteredOn((meter) -> meter.getId().getName().startsWith("spop."))
					.allSatisfy((meter) -> assertThat(SpopMetersDocumentation.values())
						.extracting(SpopMetersDocumentation::getName)
						.contains(meter.getId().getName()));
			});
	}

	@Test
	void whenSomethingIsFoundThenItIsCounted() {
		this.contextRunner.withBean(MeterRegistry.class, () -> this.registry)
			.withBean(SpopAgentCustomizer.class, Patience::ofTests)
			.run((context) -> {
				assertThat(count("spop.findings")).isZero();
				await().until(() -> count("spop.findings", "finding", "nobody-connects") == 1);
				assertThat(count("spop.findings")).isEqualTo(1);
			});
	}

	@Test
	void whenLimitsAreReachedThenEachIsCounted() {
		this.contextRunner.withBean(MeterRegistry.class, () -> this.registry)
			.withPropertyValues("spop.connection.max-connections=2", "spop.connection.max-in-flight=3",
					"spop.connection.high-water-mark=1KB", "spop.shutdown.grace-period=1s", "spop.handler.timeout=10s")
			.run((context) -> {
				SocketAddress address = context.getBean(Started.class).agent.address("main");
				try (SpopClient client = SpopClient.connect(address).block()) {
					Flux.range(0, 4).flatMap((i) -> client.notify(NotifyMessage.of("never"))).subscribe();
					await().until(() -> count("spop.limits.reached", "limit", "max-in-flight") == 1);
					assertThat(count("spop.limits.reached")).isEqualTo(1);
					try (SpopClient second = SpopClient.connect(address).block()) {
						CompletableFuture<SpopClient> third = SpopClient.connect(address).toFuture();
						await().until(() -> count("spop.limits.reached", "limit", "max-connections") == 1);
						second.disconnect(StatusCode.NORMAL).block();
						third.get(10, TimeUnit.SECONDS).close();
					}
					try (SocketChannel deaf = SocketChannel.open()) {
						deaf.setOption(StandardSocketOptions.SO_RCVBUF, 4096);
						deaf.connect(address);
						deaf.configureBlocking(false);
						ByteBuf bytes = Unpooled.buffer();
						SpopCodec codec = new SpopCodec(16380);
						codec.encode(new Frame.HaproxyHello(List.of("2.0"), 16380, Set.of(Capability.PIPELINING), null,
								false), bytes);
						await().until(() -> {
							if (bytes.readableBytes() < 100_000) {
								for (int i = 0; i < 10_000; i++) {
									codec.encode(new Frame.Notify(i, 1, List.of(NotifyMessage.of("good"))), bytes);
								}
							}
							bytes.skipBytes(deaf.write(bytes.nioBuffer()));
							return count("spop.limits.reached", "limit", "high-water-mark") > 0;
						});
					}
				}
			});
	}

	@Test
	void whenAgentIsStartedAgainThenCountsGoOn(CapturedOutput output) {
		this.contextRunner.withBean(MeterRegistry.class, () -> this.registry)
			.withPropertyValues("spop.listeners.main.allow=127.0.0.1")
			.run((context) -> {
				int meters = this.registry.getMeters().size();
				double maximum = 0;
				for (int i = 1; i <= 3; i++) {
					try (SpopClient client = SpopClient.connect(context.getBean(Started.class).agent.address("main"))
						.block()) {
						client.notify(NotifyMessage.of("good")).block();
					}
					int count = i;
					await().untilAsserted(() -> {
						assertThat(count("spop.connections.closed")).isEqualTo(count);
						assertThat(count("spop.notify")).isEqualTo(count);
						assertThat(count("spop.message", "message", "good")).isEqualTo(count);
					});
					assertThat(value(Statistic.VALUE, "spop.notify.max")).isGreaterThanOrEqualTo(maximum);
					maximum = value(Statistic.VALUE, "spop.notify.max");
					context.getSourceApplicationContext().stop();
					assertThat(count("spop.notify")).isEqualTo(count);
					context.getSourceApplicationContext().start();
					assertThat(count("spop.notify")).isEqualTo(count);
					assertThat(count("spop.connections.active")).isZero();
				}
				assertThat(this.registry.getMeters()).hasSize(meters);
				assertThat(output).doesNotContain("already registered");
			});
	}

	@Test
	void whenEventLoopsEndThenWhatCountsForThemIsFreed() throws Exception {
		SpopMeters meters = new SpopMeters(this.registry);
		meters.register(List.of("main"), List.of("good"), true);
		List<WeakReference<SpopMetricsRecorder>> recorders = new ArrayList<>();
		for (int i = 1; i <= 10; i++) {
			Thread eventLoop = new Thread(() -> {
				SpopMetricsRecorder recorder = meters.recorder("main");
				recorder.connectionOpened();
				recorder.eventLoopBlocked(TimeUnit.MILLISECONDS.toNanos(20));
				recorder.messageHandled("good", MessageOutcome.SUCCESS, 1);
				recorders.add(new WeakReference<>(recorder));
			});
			eventLoop.start();
			eventLoop.join();
			assertThat(count("spop.connections.opened")).isEqualTo(i);
			assertThat(count("spop.connections.active")).isEqualTo(i);
			assertThat(count("spop.message", "message", "good")).isEqualTo(i);
			assertThat(count("spop.event.loop.blocked")).isEqualTo(i);
			assertThat(value(Statistic.TOTAL_TIME, "spop.event.loop.blocked")).isEqualTo(i * 0.02, within(1e-9));
			assertThat(value(Statistic.VALUE, "spop.event.loop.blocked.max")).isEqualTo(0.02, within(1e-9));
		}
		await().untilAsserted(() -> {
			System.gc();
			assertThat(recorders.subList(0, 9)).allMatch((recorder) -> recorder.refersTo(null));
		});
	}

	@Test
	void whenEventLoopsCountThenEachLimitHasItsMeter() {
		SpopMeters meters = new SpopMeters(this.registry);
		meters.register(List.of("main"), List.of(), true);
		SpopMetricsRecorder recorder = meters.recorder("main");
		for (Limit limit : Limit.values()) {
			for (int i = 0; i <= limit.ordinal(); i++) {
				recorder.limitReached(limit);
			}
			assertThat(count("spop.limits.reached", "limit", SpopMeters.value(limit))).isEqualTo(limit.ordinal() + 1);
		}
		assertThat(count("spop.connections.closed")).isZero();
		assertThat(count("spop.event.loop.blocked")).isZero();
	}

	@Test
	void whenApplicationWantsPercentilesThenNotifyHasThem() {
		this.registry.config().meterFilter(new MeterFilter() {

			@Override
			public DistributionStatisticConfig configure(Meter.Id id, DistributionStatisticConfig config) {
				return id.getName().equals("spop.notify")
						? DistributionStatisticConfig.builder().percentiles(0.99).build().merge(config) : config;
			}

		});
		this.contextRunner.withBean(MeterRegistry.class, () -> this.registry).run((context) -> {
			try (SpopClient client = SpopClient.connect(context.getBean(Started.class).agent.address("main")).block()) {
				for (int i = 0; i < 10; i++) {
					client.notify(NotifyMessage.of("good")).block();
				}
			}
			Timer timer = this.registry.get("spop.notify").tag("outcome", "success").timer();
			assertThat(timer.count()).isEqualTo(10);
			assertThat(timer.takeSnapshot().percentileValues()).singleElement()
				.satisfies((percentile) -> assertThat(percentile.value(TimeUnit.NANOSECONDS)).isPositive());
		});
	}

	@Test
	void whenMixOfFramesComesThenEachIsCounted() {
		this.contextRunner.withBean(MeterRegistry.class, () -> this.registry).run((context) -> {
			BoundSpopAgent agent = context.getBean(Started.class).agent;
			SocketAddress address = agent.address("main");
			Handlers handlers = context.getBean(Handlers.class);
			SpopClient client = SpopClient.connect(address).block();
			for (int i = 0; i < 5; i++) {
				client.notify(NotifyMessage.of("good")).block();
			}
			client.notify(NotifyMessage.of("good"), NotifyMessage.of("nobody's"), NotifyMessage.of("good")).block();
			for (int i = 0; i < 3; i++) {
				client.notify(NotifyMessage.of("bad")).block();
			}
			Flux.range(0, 2).flatMap((i) -> client.notify(NotifyMessage.of("late"))).blockLast();
			client.notify(NotifyMessage.of("large")).block();
			// One holds the only thread, the others find none
			Mono<Actions> blocking = client.notify(NotifyMessage.of("blocking")).cache();
			blocking.subscribe();
			handlers.blocked.await();
			for (int i = 0; i < 4; i++) {
				client.notify(NotifyMessage.of("blocking")).block();
			}
			assertThat(count("spop.notify.in.flight")).isEqualTo(1);
			handlers.release.countDown();
			blocking.block();
			client.disconnect(StatusCode.NORMAL).block();

			SpopClient other = SpopClient.connect(address).block();
			other.send(new Frame.Notify(7, 1, List.of(NotifyMessage.of("never")))).block();
			other.send(new Frame.Notify(7, 1, List.of(NotifyMessage.of("good")))).block();
			assertThat(other.received().filter(Frame.Ack.class::isInstance).blockFirst())
				.isEqualTo(new Frame.Ack(7, 1, Actions.set(VarScope.REQUEST, "good", true)));
			other.send(new Frame.Notify(9, 1, List.of(NotifyMessage.of("never")))).block();
			await().untilAsserted(() -> assertThat(count("spop.notify.in.flight")).isEqualTo(1));
			other.close();
			SpopClient.builder(address).healthcheck().connect().block().close();
			SpopClient wrong = SpopClient.connect(address).block();
			wrong.sendBytes(HexFormat.of().parseHex("0000000203ff")).block();
			assertThat(wrong.onDisconnect().block().statusCode()).isEqualTo(4);
			SpopClient stranger = SpopClient.builder(address).connectWithoutHandshake().block();
			stranger.sendBytes("GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII)).block();
			stranger.received().ignoreElements().block();

			await().atMost(10, TimeUnit.SECONDS)
				.untilAsserted(() -> assertThat(count("spop.connections.active")).isZero());
			assertThat(count("spop.notify.in.flight")).isZero();
			Map<String, Integer> outcomes = Map.of("success", 8, "error", 3, "timeout", 2, "rejected", 4, "oversize", 1,
					"superseded", 1, "closed", 1);
			outcomes.forEach((outcome, count) -> assertThat(count("spop.notify", "outcome", outcome)).as(outcome)
				.isEqualTo(count.doubleValue()));
			assertThat(count("spop.frames", "type", "notify")).isEqualTo(20).isEqualTo(count("spop.notify"));
			assertThat(count("spop.frames", "type", "ack")).isEqualTo(18);
			for (String direction : List.of("in", "out")) {
				double frames = count("spop.frames", "direction", direction);
				double largest = value(Statistic.VALUE, "spop.frame.size.max", "direction", direction);
				assertThat(count("spop.frame.size", "direction", direction)).isBetween(frames * 11, frames * largest);
			}
			assertThat(count("spop.connections.opened")).isEqualTo(5).isEqualTo(count("spop.connections.closed"));
			assertThat(count("spop.connections.closed", "reason", "peer-disconnect")).isEqualTo(1);
			assertThat(count("spop.connections.closed", "reason", "protocol-error")).isEqualTo(2);
			assertThat(count("spop.connections.closed", "reason", "peer")).isEqualTo(2);
			assertThat(count("spop.handshakes", "kind", "session", "outcome", "success")).isEqualTo(3);
			assertThat(count("spop.handshakes", "kind", "health-check", "outcome", "success")).isEqualTo(1);
			assertThat(count("spop.handshakes", "outcome", "refused")).isEqualTo(1);
			assertThat(count("spop.disconnects", "direction", "in", "status", "normal")).isEqualTo(1);
			assertThat(count("spop.disconnects", "direction", "out", "status", "normal")).isEqualTo(1);
			assertThat(count("spop.disconnects", "direction", "out")).isEqualTo(3);
			assertThat(count("spop.protocol.errors")).isEqualTo(2);
			assertThat(count("spop.protocol.errors", "status", "invalid-frame")).isEqualTo(1);
			assertThat(count("spop.message", "message", "good", "outcome", "success")).isEqualTo(8);
			assertThat(count("spop.message", "message", "UNKNOWN", "outcome", "unhandled")).isEqualTo(1);
			assertThat(count("spop.message", "message", "bad", "outcome", "error")).isEqualTo(3);
			assertThat(count("spop.message", "message", "late", "outcome", "timeout")).isEqualTo(2);
			assertThat(count("spop.message", "message", "blocking", "outcome", "rejected")).isEqualTo(4);
			assertThat(count("spop.message", "message", "never", "outcome", "closed")).isEqualTo(2);
			assertThat(count("spop.message")).isEqualTo(22);
			assertThat(count("spop.actions", "action", "set-var")).isEqualTo(9);
			assertThat(value(Statistic.TOTAL_TIME, "spop.notify", "outcome", "timeout")).isBetween(0.6, 2.0);
			assertThat(value(Statistic.VALUE, "spop.notify.max", "outcome", "timeout")).isBetween(0.3, 1.0);
			// The time of a message begins after that of its NOTIFY, and ends with it
			assertThat(value(Statistic.TOTAL_TIME, "spop.message", "message", "late")).isBetween(0.1, 2.0);
		});
	}

	@Test
	void whenNobodyClaimsMessagesButADefaultThenTheyAreUnknown() {
		this.contextRunner.withBean(MeterRegistry.class, () -> this.registry).withBean(Others.class).run((context) -> {
			SpopClient client = SpopClient.connect(context.getBean(Started.class).agent.address("main")).block();
			client.notify(NotifyMessage.of("one"), NotifyMessage.of("two")).block();
			client.close();
			assertThat(count("spop.message", "message", "UNKNOWN", "outcome", "success")).isEqualTo(2);
			assertThat(count("spop.message")).isEqualTo(2);
		});
	}

	@Test
	void whenAgentIsOwnThenItIsMeasured() {
		this.contextRunner.withBean(MeterRegistry.class, () -> this.registry)
			.withBean(SpopAgent.class,
					() -> SpopAgent.create().listener(SpopListener.tcp("own", new InetSocketAddress("127.0.0.1", 0))))
			.run((context) -> {
				SpopClient client = SpopClient.connect(context.getBean(Started.class).agent.address("own")).block();
				client.notify(NotifyMessage.of("one")).block();
				client.close();
				assertThat(count("spop.notify", "listener", "own", "outcome", "success")).isEqualTo(1);
			});
	}

	@Test
	void whenAnOwnAgentHasARecorderThenItKeepsIt() {
		Function<String, SpopMetricsRecorder> recorder = (listener) -> SpopMetricsRecorder.noop();
		this.contextRunner.withBean(MeterRegistry.class, () -> this.registry)
			.withBean(SpopAgent.class,
					() -> SpopAgent.create().listener(SpopListener.inMemory("own")).metricsRecorder(recorder))
			.run((context) -> assertThat(context.getBean(SpopAgent.class).metricsRecorder()).isSameAs(recorder));
	}

	@Test
	void whenAnOwnAgentIsDisabledThenNothingIsMeasured() {
		this.contextRunner.withBean(MeterRegistry.class, () -> this.registry)
			.withBean(SpopAgent.class, SpopAgent::create)
			.withPropertyValues("spop.enabled=false")
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(SpopMeters.class));
	}

	@Test
	void whenThereIsNoRegistryThenNothingIsMeasured() {
		this.contextRunner.run((context) -> assertThat(context).doesNotHaveBean(SpopMeters.class));
	}

	@Test
	void whenMicrometerIsAbsentThenTheAgentStarts() {
		this.contextRunner.withClassLoader(new FilteredClassLoader("io.micrometer.core"))
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean("spopMeters"));
	}

	private double count(String meter, String... tags) {
		return value((meter.endsWith("active") || meter.endsWith("flight")) ? Statistic.VALUE : Statistic.COUNT, meter,
				tags);
	}

	private double value(Statistic statistic, String meter, String... tags) {
		double sum = 0;
		for (Meter found : this.registry.get(meter).tags(tags).meters()) {
			for (Measurement measurement : found.measure()) {
				if (measurement.getStatistic() == statistic) {
					sum += measurement.getValue();
				}
			}
		}
		return sum;
	}

	static final class Handlers {

		private final CountDownLatch blocked = new CountDownLatch(1);

		private final CountDownLatch release = new CountDownLatch(1);

		@SpopMessage("good")
		Mono<Actions> good() {
			return Mono.just(Actions.set(VarScope.REQUEST, "good", true));
		}

		@SpopMessage("bad")
		Mono<Actions> bad() {
			throw new IllegalStateException("on purpose");
		}

		@SpopMessage("late")
		Mono<Actions> late() {
			return Mono.never();
		}

		@SpopMessage(value = "never", timeout = "1m")
		Mono<Actions> never() {
			return Mono.never();
		}

		@SpopMessage("large")
		Mono<Actions> large() {
			return Mono.just(Actions.set(VarScope.REQUEST, "large", "x".repeat(20000)));
		}

		@SpopMessage(value = "blocking", timeout = "1m")
		Actions block() throws InterruptedException {
			this.blocked.countDown();
			this.release.await();
			return Actions.set(VarScope.REQUEST, "blocking", true);
		}

	}

	static final class Others {

		@SpopDefaultMessage
		Mono<Actions> any(NotifyMessage message) {
			return Mono.just(Actions.set(VarScope.REQUEST, "name", message.name()));
		}

	}

	static final class Started {

		private @Nullable BoundSpopAgent agent;

		@EventListener
		void started(SpopAgentStartedEvent event) {
			this.agent = event.agent();
		}

	}

}
