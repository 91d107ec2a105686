package io.spop.handler;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import io.spop.agent.MockSpopExchange;
import io.spop.annotation.SpopMessage;
import io.spop.annotation.SpopVar;
import io.spop.protocol.Actions;
import io.spop.protocol.HeaderBlock;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopValue;
import io.spop.protocol.VarScope;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class ResultConvertersTests {

	private static final Actions VERDICT = Actions.set(VarScope.SESSION, "ip_score", 7)
		.andSet(VarScope.TRANSACTION, "reason", "good");

	private static final Actions MAP = Actions.set(VarScope.REQUEST, "a", 1).andUnset(VarScope.REQUEST, "b");

	@ParameterizedTest
	@ValueSource(strings = { "record", "optional", "mono", "later", "stage", "future", "doneFuture", "monoOfOptional",
			"bean", "fields", "inherited", "projection" })
	void whenResultHasMembersThenTheyAreSet(String message) {
		assertThat(handle(message)).isEqualTo(VERDICT);
	}

	@ParameterizedTest
	@ValueSource(strings = { "map", "monoOfMap", "futureOfMap", "optionalMap" })
	void whenResultIsAMapThenItsEntriesAreSetInTheScope(String message) {
		assertThat(handle(message)).isEqualTo(MAP);
	}

	@ParameterizedTest
	@ValueSource(strings = { "actions", "optionalActions", "monoActions", "futureActions" })
	void whenResultIsActionsThenTheyStayAsTheyAre(String message) {
		assertThat(handle(message)).isEqualTo(VERDICT);
	}

	@ParameterizedTest
	@ValueSource(strings = { "void", "null", "emptyOptional", "emptyMono", "voidMono", "nullMono", "voidFuture",
			"nullFuture" })
	void whenResultIsNothingThenThereAreNoActions(String message) {
		assertThat(handle(message)).isNull();
	}

	@Test
	void whenMemberIsNullThenItIsUnsetOrSkipped() {
		assertThat(handle("nulls")).isEqualTo(Actions.unset(VarScope.TRANSACTION, "unset")
			.andUnset(VarScope.TRANSACTION, "empty")
			.andSet(VarScope.TRANSACTION, "present", "x"));
		assertThat(handle("skippingMap")).isEqualTo(Actions.set(VarScope.TRANSACTION, "b", true));
	}

	@Test
	void whenMapHasNoScopeThenItIsTheTransaction() {
		assertThat(handle("plainMap")).isEqualTo(Actions.set(VarScope.TRANSACTION, "a", 1));
	}

	@ParameterizedTest
	@MethodSource
	void whenValueHasATypeThenItHasTheRightWireType(Object object, SpopValue expected) {
		ValueWriters writers = new ValueWriters(TestHandlers.CONTEXT.conversionService());
		assertThat(writers.writeAny(object)).isEqualTo(expected);
		assertThat(Objects.requireNonNull(writers.get(object.getClass())).write(object)).isEqualTo(expected);
	}

	static Stream<Arguments> whenValueHasATypeThenItHasTheRightWireType() throws Exception {
		BigInteger unsigned = BigInteger.ONE.shiftLeft(64).subtract(BigInteger.ONE);
		InetAddress ipv4 = InetAddress.getByName("192.0.2.1");
		InetAddress ipv6 = InetAddress.getByName("2001:db8::1");
		return Stream.of(Arguments.of("text", SpopValue.of("text")), Arguments.of('x', SpopValue.of("x")),
				Arguments.of(CharBuffer.wrap("b"), SpopValue.of("b")), Arguments.of(-1, SpopValue.of(-1)),
				Arguments.of((short) 2, SpopValue.of(2)), Arguments.of((byte) -3, SpopValue.of(-3)),
				Arguments.of(1L << 40, SpopValue.of(1L << 40)),
				Arguments.of(Long.MIN_VALUE, SpopValue.of(Long.MIN_VALUE)), Arguments.of(true, SpopValue.of(true)),
				Arguments.of(BigInteger.TEN, SpopValue.of(10)), Arguments.of(unsigned, new SpopValue.Uint64(-1)),
				Arguments.of(1.5, SpopValue.of("1.5")), Arguments.of(2.5f, SpopValue.of("2.5")),
				Arguments.of(new BigDecimal("1.10"), SpopValue.of("1.10")), Arguments.of(ipv4, SpopValue.of(ipv4)),
				Arguments.of(ipv6, SpopValue.of(ipv6)),
				Arguments.of(new byte[] { 1, 2 }, SpopValue.of(new byte[] { 1, 2 })),
				Arguments.of(ByteBuffer.wrap(new byte[] { 1, 2, 3 }).position(1).asReadOnlyBuffer(),
						SpopValue.of(new byte[] { 2, 3 })),
				Arguments.of(TimeUnit.SECONDS, SpopValue.of("SECONDS")),
				Arguments.of(Duration.ofSeconds(5), SpopValue.of("PT5S")),
				Arguments.of(Optional.of(3), SpopValue.of(3)), Arguments.of(Optional.empty(), SpopValue.ofNull()),
				Arguments.of(new SpopValue.Int32(1), new SpopValue.Int32(1)),
				Arguments.of(HeaderBlock.of(SpopValue.of("a: b\r\n\r\n")), SpopValue.of("a: b\r\n\r\n")));
	}

	@Test
	void whenMemberIsPrimitiveThenItIsSetToo() {
		assertThat(handle("primitives")).isEqualTo(Actions.set(VarScope.TRANSACTION, "i", 1)
			.andSet(VarScope.TRANSACTION, "l", -2)
			.andSet(VarScope.TRANSACTION, "b", true)
			.andSet(VarScope.TRANSACTION, "d", "0.5"));
	}

	@Test
	void whenNumberIsTooLargeThenSaysSo() {
		ValueWriters writers = new ValueWriters(TestHandlers.CONTEXT.conversionService());
		assertThatIllegalArgumentException().isThrownBy(() -> writers.writeAny(BigInteger.ONE.shiftLeft(64)))
			.withMessage("A variable has whole numbers of 64 bits at most. This one needs 65");
	}

	@Test
	void whenMapHoldsSomethingElseThenTheMessageFails() {
		assertThat(failure("wrongMap")).isInstanceOf(IllegalArgumentException.class)
			.hasMessageMatching("A java.util.* cannot be sent as a variable");
		assertThat(failure("wrongName")).isInstanceOf(IllegalArgumentException.class)
			.hasMessageContaining("The name of a variable consists of");
	}

	@Test
	void whenFutureFailsThenTheMessageFailsWithItsCause() {
		assertThat(failure("failedFuture")).isInstanceOf(IllegalStateException.class).hasMessage("on purpose");
	}

	@Test
	void whenNobodyWaitsThenCancelsTheFuture() {
		TestHandlers.dispatcher(Runnable::run, Results.class).handle(TestExchange.of("pending")).subscribe().dispose();
		assertThat(Results.pending.isCancelled()).isTrue();
	}

	@Test
	void whenResultIsUnknownThenNamesTheMethod() {
		assertRefused(ReturnsFluxOfRecord.class,
				"reactor.core.publisher.Flux<io.spop.handler.ResultConvertersTests$Verdict>");
		assertRefused(ReturnsList.class, "java.util.List<io.spop.protocol.Actions>");
		assertRefused(ReturnsFuture.class, "java.util.concurrent.Future<io.spop.protocol.Actions>");
		assertRefused(ReturnsNumbers.class, "java.util.Map<java.lang.Integer, java.lang.String>");
		assertRefused(ReturnsMonoOfMono.class,
				"reactor.core.publisher.Mono<reactor.core.publisher.Mono<io.spop.protocol.Actions>>");
		assertRefused(ReturnsPlainRecord.class, PlainRecord.class.getName());
		assertRefused(ReturnsObject.class, "java.lang.Object");
	}

	@Test
	void whenMemberCannotBeSetThenNamesIt() {
		assertThatExceptionOfType(InvalidSpopHandlerException.class)
			.isThrownBy(() -> TestHandlers.detect(ReturnsWrongName.class))
			.satisfies((ex) -> assertThat(ex.reason())
				.startsWith("@SpopVar on " + WrongName.class.getTypeName() + ".value cannot set a variable: The name"));
		assertThatExceptionOfType(InvalidSpopHandlerException.class)
			.isThrownBy(() -> TestHandlers.detect(ReturnsWrongType.class))
			.satisfies((ex) -> assertThat(ex.reason()).isEqualTo("@SpopVar on " + WrongType.class.getTypeName()
					+ ".value is a java.util.List, which cannot be sent as a variable."));
	}

	@Test
	void whenTwoMembersSetTheSameVariableThenNamesBoth() {
		assertThatExceptionOfType(InvalidSpopHandlerException.class)
			.isThrownBy(() -> TestHandlers.detect(ReturnsTwice.class))
			.satisfies((ex) -> assertThat(ex.reason()).isEqualTo("@SpopVar on " + Twice.class.getTypeName()
					+ ".one and on " + Twice.class.getTypeName() + ".other set the same variable 'one'."));
	}

	@Test
	void whenMethodIsMarkedAndReturnsNoMapThenNamesIt() {
		assertThatExceptionOfType(InvalidSpopHandlerException.class)
			.isThrownBy(() -> TestHandlers.detect(MarkedActions.class))
			.satisfies((ex) -> assertThat(ex.reason()).isEqualTo(MarkedActions.class.getTypeName()
					+ ".handle() is marked with @SpopVar, but returns io.spop.protocol.Actions."));
		assertThatExceptionOfType(InvalidSpopHandlerException.class)
			.isThrownBy(() -> TestHandlers.detect(NamedMap.class))
			.satisfies((ex) -> assertThat(ex.reason())
				.isEqualTo("@SpopVar on " + NamedMap.class.getTypeName() + ".handle() has the name 'name'."));
	}

	private static void assertRefused(Class<?> type, String result) {
		assertThatExceptionOfType(InvalidSpopHandlerException.class).isThrownBy(() -> TestHandlers.detect(type))
			.satisfies((ex) -> {
				assertThat(ex.reason()).isEqualTo(type.getTypeName() + ".handle() returns " + result + ".");
				assertThat(ex.remedy())
					.isEqualTo("Let it return void, Actions, a record or bean with @SpopVar members, a Map<String, ?>,"
							+ " or an Optional, Mono or CompletionStage of one of these.");
			});
	}

	private static @Nullable Throwable failure(String message) {
		MockSpopExchange exchange = TestExchange.of(message);
		assertThat(TestHandlers.dispatcher(Runnable::run, Results.class).handle(exchange).block())
			.isEqualTo(TestExchange.FALLBACK);
		return exchange.failures().get(message);
	}

	private static @Nullable Actions handle(String message) {
		return TestHandlers.dispatcher(Runnable::run, Results.class)
			.handle(TestExchange.of(NotifyMessage.of(message)))
			.block();
	}

	private static Verdict verdict() {
		return new Verdict(7, "good", "hidden");
	}

	record Verdict(@SpopVar(name = "ip_score", scope = VarScope.SESSION) int score, @SpopVar String reason,
			String hidden) {

	}

	static class BeanVerdict {

		@SpopVar(name = "ip_score", scope = VarScope.SESSION)
		final int score = 7;

		private final String hidden = "good";

		@SpopVar
		String getReason() {
			return this.hidden;
		}

	}

	static class FieldVerdict {

		@SpopVar(name = "ip_score", scope = VarScope.SESSION)
		int score = 7;

		@SpopVar
		String reason = "good";

		@SpopVar
		static String shared = "no";

	}

	static class InheritedVerdict extends FieldVerdict {

	}

	interface Projection {

		@SpopVar(name = "ip_score", scope = VarScope.SESSION)
		long score();

		@SpopVar("reason")
		default String why() {
			return "good";
		}

	}

	record Nulls(@SpopVar @Nullable String unset, @SpopVar Optional<String> empty,
			@SpopVar(ifNull = SpopVar.IfNull.SKIP) @Nullable String skipped, @SpopVar Optional<String> present) {

	}

	record Primitives(@SpopVar int i, @SpopVar long l, @SpopVar boolean b, @SpopVar double d) {

	}

	record PlainRecord(String text) {

	}

	record WrongName(@SpopVar("my-var") String value) {

	}

	record WrongType(@SpopVar List<String> value) {

	}

	static class Results {

		static final CompletableFuture<Actions> pending = new CompletableFuture<>();

		@SpopMessage("record")
		Verdict verdictRecord() {
			return verdict();
		}

		@SpopMessage("optional")
		Optional<Verdict> optional() {
			return Optional.of(verdict());
		}

		@SpopMessage("mono")
		Mono<Verdict> mono() {
			return Mono.just(verdict());
		}

		@SpopMessage("later")
		Mono<Verdict> later() {
			return Mono.delay(Duration.ofMillis(1)).map((tick) -> verdict());
		}

		@SpopMessage("stage")
		CompletionStage<Verdict> stage() {
			return CompletableFuture.supplyAsync(ResultConvertersTests::verdict);
		}

		@SpopMessage("future")
		CompletableFuture<Verdict> future() {
			return CompletableFuture.supplyAsync(ResultConvertersTests::verdict);
		}

		@SpopMessage("doneFuture")
		CompletableFuture<Optional<Verdict>> doneFuture() {
			return CompletableFuture.completedFuture(Optional.of(verdict()));
		}

		@SpopMessage("monoOfOptional")
		Mono<Optional<Verdict>> monoOfOptional() {
			return Mono.just(Optional.of(verdict()));
		}

		@SpopMessage("bean")
		BeanVerdict bean() {
			return new BeanVerdict();
		}

		@SpopMessage("fields")
		FieldVerdict fields() {
			return new FieldVerdict();
		}

		@SpopMessage("inherited")
		InheritedVerdict inherited() {
			return new InheritedVerdict();
		}

		@SpopMessage("projection")
		Projection projection() {
			return () -> 7;
		}

		@SpopMessage("map")
		@SpopVar(scope = VarScope.REQUEST)
		Map<String, ?> map() {
			Map<String, Object> map = new TreeMap<>();
			map.put("a", 1);
			map.put("b", null);
			return map;
		}

		@SpopMessage("monoOfMap")
		@SpopVar(scope = VarScope.REQUEST)
		Mono<Map<String, ?>> monoOfMap() {
			return Mono.just(map());
		}

		@SpopMessage("futureOfMap")
		@SpopVar(scope = VarScope.REQUEST)
		CompletableFuture<Map<String, ?>> futureOfMap() {
			return CompletableFuture.completedFuture(map());
		}

		@SpopMessage("optionalMap")
		@SpopVar(scope = VarScope.REQUEST)
		Optional<SortedMap<String, Object>> optionalMap() {
			return Optional.of(new TreeMap<>(map()));
		}

		@SpopMessage("skippingMap")
		@SpopVar(ifNull = SpopVar.IfNull.SKIP)
		Map<String, Boolean> skippingMap() {
			Map<String, Boolean> map = new TreeMap<>(Map.of("b", true));
			map.put("a", null);
			return map;
		}

		@SpopMessage("plainMap")
		Map<String, Integer> plainMap() {
			return Map.of("a", 1);
		}

		@SpopMessage("wrongMap")
		Map<String, List<String>> wrongMap() {
			return Map.of("a", List.of("x"));
		}

		@SpopMessage("wrongName")
		Map<String, String> wrongName() {
			return Map.of("a-b", "x");
		}

		@SpopMessage("actions")
		Actions actions() {
			return VERDICT;
		}

		@SpopMessage("optionalActions")
		Optional<Actions> optionalActions() {
			return Optional.of(VERDICT);
		}

		@SpopMessage("monoActions")
		Mono<Actions> monoActions() {
			return Mono.just(VERDICT);
		}

		@SpopMessage("futureActions")
		CompletableFuture<Actions> futureActions() {
			return CompletableFuture.completedFuture(VERDICT);
		}

		@SpopMessage("void")
		void nothing() {
		}

		@SpopMessage("null")
		@Nullable Verdict nothingAtAll() {
			return null;
		}

		@SpopMessage("emptyOptional")
		Optional<Verdict> emptyOptional() {
			return Optional.empty();
		}

		@SpopMessage("emptyMono")
		Mono<Verdict> emptyMono() {
			return Mono.empty();
		}

		@SpopMessage("voidMono")
		Mono<Void> voidMono() {
			return Mono.delay(Duration.ofMillis(1)).then();
		}

		@SpopMessage("nullMono")
		@Nullable Mono<Verdict> nullMono() {
			return null;
		}

		@SpopMessage("voidFuture")
		CompletableFuture<Void> voidFuture() {
			return CompletableFuture.runAsync(Collections::emptyList);
		}

		@SpopMessage("nullFuture")
		CompletionStage<Verdict> nullFuture() {
			return CompletableFuture.completedFuture(null);
		}

		@SpopMessage("failedFuture")
		CompletionStage<Verdict> failedFuture() {
			return CompletableFuture.supplyAsync(() -> {
				throw new IllegalStateException("on purpose");
			});
		}

		@SpopMessage("pending")
		CompletionStage<Actions> pending() {
			return pending;
		}

		@SpopMessage("nulls")
		Nulls nulls() {
			return new Nulls(null, Optional.empty(), null, Optional.of("x"));
		}

		@SpopMessage("primitives")
		Primitives primitives() {
			return new Primitives(1, -2, true, 0.5);
		}

	}

	static class ReturnsFluxOfRecord {

		@SpopMessage("test")
		Flux<Verdict> handle() {
			return Flux.empty();
		}

	}

	static class ReturnsList {

		@SpopMessage("test")
		List<Actions> handle() {
			return Arrays.asList();
		}

	}

	static class ReturnsFuture {

		@SpopMessage("test")
		Future<Actions> handle() {
			return new CompletableFuture<>();
		}

	}

	static class ReturnsNumbers {

		@SpopMessage("test")
		Map<Integer, String> handle() {
			return Map.of();
		}

	}

	static class ReturnsMonoOfMono {

		@SpopMessage("test")
		Mono<Mono<Actions>> handle() {
			return Mono.empty();
		}

	}

	static class ReturnsPlainRecord {

		@SpopMessage("test")
		PlainRecord handle() {
			return new PlainRecord("");
		}

	}

	static class ReturnsObject {

		@SpopMessage("test")
		Object handle() {
			return "";
		}

	}

	static class ReturnsWrongName {

		@SpopMessage("test")
		WrongName handle() {
			return new WrongName("");
		}

	}

	static class ReturnsWrongType {

		@SpopMessage("test")
		WrongType handle() {
			return new WrongType(List.of());
		}

	}

	static class ReturnsTwice {

		@SpopMessage("test")
		Twice handle() {
			return new Twice(1, 2, 3);
		}

	}

	record Twice(@SpopVar int one, @SpopVar(name = "one", scope = VarScope.SESSION) int elsewhere,
			@SpopVar("one") int other) {

	}

	static class MarkedActions {

		@SpopMessage("test")
		@SpopVar(scope = VarScope.SESSION)
		Actions handle() {
			return Actions.none();
		}

	}

	static class NamedMap {

		@SpopMessage("test")
		@SpopVar("name")
		Mono<Map<String, String>> handle() {
			return Mono.empty();
		}

	}

}
