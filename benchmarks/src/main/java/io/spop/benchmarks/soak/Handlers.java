package io.spop.benchmarks.soak;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

import io.spop.annotation.Blocking;
import io.spop.annotation.NonBlocking;
import io.spop.annotation.SpopArg;
import io.spop.annotation.SpopDefaultMessage;
import io.spop.annotation.SpopExceptionHandler;
import io.spop.annotation.SpopMessage;
import io.spop.annotation.SpopVar;
import io.spop.protocol.Actions;
import io.spop.protocol.Argument;
import io.spop.protocol.Arguments;
import io.spop.protocol.HeaderBlock;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.VarScope;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

import org.springframework.stereotype.Component;

/**
 * A handler of each kind.
 */
@Component
class Handlers {

	private static final byte[] BIG = new byte[12 * 1024];

	@SpopMessage("all-types")
	@NonBlocking
	Actions allTypes(Arguments arguments) {
		Actions actions = Actions.set(VarScope.TRANSACTION, "count", arguments.size());
		for (Argument argument : arguments) {
			if (!argument.name().isEmpty()) {
				actions = actions.andSet(VarScope.TRANSACTION, argument.name(), argument.value());
			}
		}
		return actions;
	}

	@SpopMessage("inspect")
	@NonBlocking
	Optional<Verdict> inspect(@SpopArg @Nullable HeaderBlock headers, @SpopArg byte @Nullable [] body) {
		return Optional
			.of(new Verdict((headers != null) ? headers.headers().size() : 0, (body != null) ? body.length : 0));
	}

	@SpopMessage("waits")
	@Blocking
	Actions waits(@SpopArg int millis) throws InterruptedException {
		Thread.sleep(millis);
		return Actions.set(VarScope.TRANSACTION, "waited", millis);
	}

	@SpopMessage("later")
	Mono<Actions> later(@SpopArg int millis) {
		return Mono.delay(Duration.ofMillis(millis)).map((tick) -> Actions.set(VarScope.SESSION, "later", tick));
	}

	@SpopMessage("stage")
	CompletionStage<Actions> stage(@SpopArg int millis) {
		return CompletableFuture.supplyAsync(() -> Actions.unset(VarScope.TRANSACTION, "waited"),
				CompletableFuture.delayedExecutor(millis, TimeUnit.MILLISECONDS));
	}

	@SpopMessage("fails")
	Actions fails(@SpopArg String path) {
		throw new IllegalStateException("No answer to " + path);
	}

	@SpopExceptionHandler
	Actions failed(IllegalStateException ex) {
		return Actions.set(VarScope.TRANSACTION, "failed", String.valueOf(ex.getMessage()));
	}

	@SpopMessage(name = "late", timeout = "50ms")
	Mono<Actions> late() {
		return Mono.never();
	}

	@SpopMessage(name = "interrupted", timeout = "50ms")
	@Blocking
	void interrupted() throws InterruptedException {
		Thread.sleep(10_000);
	}

	@SpopMessage("big")
	@NonBlocking
	Actions big() {
		return Actions.set(VarScope.TRANSACTION, "big", BIG);
	}

	@SpopDefaultMessage
	@NonBlocking
	Actions unknown(NotifyMessage message) {
		return Actions.set(VarScope.TRANSACTION, "unknown", message.name());
	}

	/**
	 * What a request consists of.
	 *
	 * @param headers the number of headers
	 * @param body the number of bytes
	 */
	record Verdict(@SpopVar int headers, @SpopVar int body) {

	}

}
