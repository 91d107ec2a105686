package io.spop.benchmarks.chaos;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

import io.spop.annotation.Blocking;
import io.spop.annotation.NonBlocking;
import io.spop.annotation.SpopArg;
import io.spop.annotation.SpopMessage;
import io.spop.boot.autoconfigure.SpopAgentCustomizer;
import io.spop.boot.autoconfigure.SpopAgentStartedEvent;
import io.spop.protocol.Actions;
import io.spop.protocol.VarScope;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.event.EventListener;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.Scheduled;

/**
 * An application whose handlers answer with the request's id, or go wrong in one of the
 * ways of {@link Behaviour}.
 */
@EnableAutoConfiguration
@EnableScheduling
public class ChaosAgent {

	private static final Executor LATE = CompletableFuture.delayedExecutor(Scenario.DEADLINE.toMillis() + 50,
			TimeUnit.MILLISECONDS);

	private static final String TOO_LONG = "x".repeat(20_000);

	private final long seed;

	private final AgentCounts counts;

	private final Path file;

	private @Nullable FileTime version;

	/** Always all lines of one file. */
	private volatile List<String> lines = List.of();

	ChaosAgent(@Value("${chaos.seed}") long seed, @Value("${chaos.counts}") Path counts,
			@Value("${chaos.list}") Path list) throws IOException {
		this.seed = seed;
		this.counts = AgentCounts.map(counts);
		this.file = list;
		readList();
	}

	@Bean
	SpopAgentCustomizer counting() {
		return (agent) -> agent.metricsRecorder((listener) -> this.counts);
	}

	@EventListener(SpopAgentStartedEvent.class)
	void started() {
		this.counts.agentStarted();
	}

	/**
	 * Read the list if the file has changed. A file that is wrong leaves the list as it
	 * is.
	 * @throws IOException if the file cannot be read
	 */
	@Scheduled(fixedDelay = 200)
	final void readList() throws IOException {
		FileTime time = Files.getLastModifiedTime(this.file);
		if (!time.equals(this.version)) {
			this.version = time;
			List<String> read = Files.readAllLines(this.file);
			if (read.size() == Scenario.LIST_LINES && new HashSet<>(read).size() == 1) {
				this.lines = read;
			}
		}
	}

	@SpopMessage(Scenario.QUICK)
	@NonBlocking
	Actions quick(@SpopArg long id, @SpopArg int engine) {
		String suffix = "-" + this.lines.get((int) (id % Scenario.LIST_LINES));
		return switch (Behaviour.of(this.seed, id, engine)) {
			case THROWS -> throw new IllegalStateException("The handler of " + id + " fails");
			case TOO_MUCH -> tooMuch(id, engine);
			default -> Actions.set(VarScope.TRANSACTION, Scenario.VALUE, id + "-" + engine + suffix);
		};
	}

	@SpopMessage(Scenario.POOL)
	@Blocking
	Actions pool(@SpopArg long id, @SpopArg int engine) throws InterruptedException {
		switch (Behaviour.of(this.seed, id, engine)) {
			case THROWS -> throw new StackOverflowError("The handler of " + id + " fails");
			case HANGS -> Thread.sleep(Long.MAX_VALUE);
			case LATE -> CompletableFuture.runAsync(() -> {
			}, LATE).join();
			case TOO_MUCH -> {
				return tooMuch(id, engine);
			}
			default -> {
			}
		}
		return answer(id, engine);
	}

	@SpopMessage(Scenario.MONO)
	Mono<Actions> mono(@SpopArg long id, @SpopArg int engine) {
		return switch (Behaviour.of(this.seed, id, engine)) {
			case THROWS -> Mono.error(new IOException("The handler of " + id + " fails"));
			case HANGS -> Mono.never();
			case LATE -> Mono.fromFuture(CompletableFuture.supplyAsync(() -> answer(id, engine), LATE), true);
			case TOO_MUCH -> Mono.just(tooMuch(id, engine));
			default -> Mono.just(answer(id, engine));
		};
	}

	private static Actions answer(long id, int engine) {
		return Actions.set(VarScope.TRANSACTION, Scenario.VALUE, id + "-" + engine);
	}

	private static Actions tooMuch(long id, int engine) {
		return answer(id, engine).andSet(VarScope.TRANSACTION, "long", TOO_LONG);
	}

	/**
	 * Start the agent.
	 * @param args properties of the application
	 */
	public static void main(String[] args) {
		SpringApplication.run(ChaosAgent.class, args);
	}

}
