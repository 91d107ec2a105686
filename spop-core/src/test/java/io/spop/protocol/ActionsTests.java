package io.spop.protocol;

import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

import com.sun.management.ThreadMXBean;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

class ActionsTests {

	private static final VarScope SCOPE = VarScope.TRANSACTION;

	private static Action action(int number) {
		return new Action.SetVar(SCOPE, "v" + number, SpopValue.of(number));
	}

	@Test
	void whenArgumentDidNotComeThenItsVariableIsUnset() {
		Arguments arguments = Arguments.of(new Argument("score", SpopValue.of(7)));
		Actions actions = Actions.set(SCOPE, "deny", arguments.get("deny"))
			.andSet(SCOPE, "other", arguments.get("other"))
			.andSet(SCOPE, "score", arguments.get("score"));
		assertThat(actions).containsExactly(new Action.SetVar(SCOPE, "deny", SpopValue.ofNull()),
				new Action.SetVar(SCOPE, "other", SpopValue.ofNull()),
				new Action.SetVar(SCOPE, "score", SpopValue.of(7)));
	}

	@Test
	@SuppressWarnings("NullAway") // null on purpose
	void whenValueIsNullThenVariableIsNamed() {
		Actions base = Actions.unset(SCOPE, "x");
		List.<Runnable>of(() -> Actions.set(SCOPE, "deny", (String) null),
				() -> Actions.set(SCOPE, "deny", (byte[]) null), () -> Actions.set(SCOPE, "deny", (InetAddress) null),
				() -> base.andSet(SCOPE, "deny", (String) null), () -> base.andSet(SCOPE, "deny", (byte[]) null),
				() -> base.andSet(SCOPE, "deny", (InetAddress) null), () -> new Action.SetVar(SCOPE, "deny", null))
			.forEach((wrong) -> assertThatNullPointerException().isThrownBy(wrong::run)
				.withMessage("value of variable 'deny'"));
		assertThatNullPointerException().isThrownBy(() -> Actions.set(null, "deny", 1))
			.withMessage("scope of variable 'deny'");
		assertThatNullPointerException().isThrownBy(() -> Actions.set(SCOPE, null, 1)).withMessage("name");
		assertThatNullPointerException().isThrownBy(() -> Actions.of(Arrays.asList(action(1), null)))
			.withMessage("an element of actions");
	}

	@Test
	void whenValueIsOfAJavaTypeThenItIsSetAsThatOfSpop() throws Exception {
		InetAddress address = InetAddress.getByName("192.0.2.1");
		byte[] bytes = { 1, 2 };
		List<SpopValue> values = List.of(SpopValue.of("text"), SpopValue.of(true), SpopValue.of(7), SpopValue.of(bytes),
				SpopValue.of(address));
		Actions each = Actions.set(SCOPE, "v", "text")
			.and(Actions.set(SCOPE, "v", true))
			.and(Actions.set(SCOPE, "v", 7))
			.and(Actions.set(SCOPE, "v", bytes))
			.and(Actions.set(SCOPE, "v", address));
		Actions chain = Actions.none()
			.andSet(SCOPE, "v", "text")
			.andSet(SCOPE, "v", true)
			.andSet(SCOPE, "v", 7)
			.andSet(SCOPE, "v", bytes)
			.andSet(SCOPE, "v", address);
		List<Action> expected = values.stream().<Action>map((value) -> new Action.SetVar(SCOPE, "v", value)).toList();
		assertThat(each).containsExactlyElementsOf(expected);
		assertThat(chain).containsExactlyElementsOf(expected);
	}

	@Test
	void whenNameIsWrongThenItIsEscapedAndShortened() {
		assertThatIllegalArgumentException().isThrownBy(() -> Actions.set(SCOPE, "a\nb", 1))
			.withMessageContaining("'a\\u000ab'");
		assertThatIllegalArgumentException().isThrownBy(() -> Actions.set(SCOPE, "x".repeat(1_000_000), 1))
			.withMessageContaining("xxx...' has 1000000");
	}

	@Test
	void whenManyActionsAreAppendedThenTheWorkIsLinear() {
		assertThat(allocated((actions) -> actions.andSet(SCOPE, "v", 1))).isLessThan(5_000_000);
		Actions one = Actions.set(SCOPE, "v", 1);
		assertThat(allocated((actions) -> actions.and(one))).isLessThan(5_000_000);
	}

	/**
	 * Return how many bytes it takes to append 10,000 actions: 200 MB if each makes a
	 * copy of those before.
	 */
	private static long allocated(UnaryOperator<Actions> append) {
		ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
		long before = threads.getThreadAllocatedBytes(Thread.currentThread().getId());
		Actions actions = Actions.none();
		for (int i = 0; i < 10_000; i++) {
			actions = append.apply(actions);
		}
		long after = threads.getThreadAllocatedBytes(Thread.currentThread().getId());
		assertThat(actions.size()).isEqualTo(10_000);
		return after - before;
	}

	@Test
	void whenListsHaveOneBeginningThenTheyDoNotSeeEachOther() {
		List<Action> expected = new ArrayList<>();
		Actions base = Actions.none();
		for (int i = 0; i < 50; i++) {
			Actions left = base.and(Actions.of(List.of(action(1001), action(1002), action(1003))));
			Actions right = base.andSet(SCOPE, "v2001", 2001).andSet(SCOPE, "v2002", 2002);
			Actions longer = left.andSet(SCOPE, "v3001", 3001);
			assertThat(base).containsExactlyElementsOf(expected);
			assertThat(left).containsExactlyElementsOf(plus(expected, 1001, 1002, 1003));
			assertThat(right).containsExactlyElementsOf(plus(expected, 2001, 2002));
			assertThat(longer).containsExactlyElementsOf(plus(expected, 1001, 1002, 1003, 3001));
			assertThat(left.and(left)).containsExactlyElementsOf(concat(left.toList(), left.toList()));
			expected.add(action(i));
			base = base.andSet(SCOPE, "v" + i, i);
		}
	}

	private static List<Action> plus(List<Action> actions, int... numbers) {
		return concat(actions, Arrays.stream(numbers).mapToObj(ActionsTests::action).toList());
	}

	private static List<Action> concat(List<Action> first, List<Action> second) {
		List<Action> all = new ArrayList<>(first);
		all.addAll(second);
		return all;
	}

	@Test
	void whenThreadsAppendToOneListThenEachHasItsOwn() throws Exception {
		int threads = 4;
		CyclicBarrier barrier = new CyclicBarrier(threads);
		Actions base = Actions.set(SCOPE, "a", 1).andSet(SCOPE, "b", 2).andSet(SCOPE, "c", 3);
		ExecutorService executor = Executors.newFixedThreadPool(threads);
		try {
			for (int round = 0; round < 2_000; round++) {
				Actions shared = base.andUnset(SCOPE, "round" + round).and(base).andUnset(SCOPE, "d");
				List<CompletableFuture<Actions>> results = new ArrayList<>();
				for (int i = 0; i < threads; i++) {
					int number = i;
					results.add(CompletableFuture.supplyAsync(() -> {
						await(barrier);
						return shared.andSet(SCOPE, "v" + number, number)
							.and(Actions.set(SCOPE, "w" + number, number).andUnset(SCOPE, "x" + number));
					}, executor));
				}
				for (int i = 0; i < threads; i++) {
					Actions actions = results.get(i).get();
					assertThat(actions.size()).isEqualTo(shared.size() + 3);
					assertThat(actions.toList().subList(0, shared.size())).isEqualTo(shared.toList());
					assertThat(actions.get(shared.size()).name()).isEqualTo("v" + i);
					assertThat(actions.get(shared.size() + 1).name()).isEqualTo("w" + i);
					assertThat(actions.get(shared.size() + 2).name()).isEqualTo("x" + i);
				}
			}
		}
		finally {
			executor.shutdownNow();
		}
	}

	private static void await(CyclicBarrier barrier) {
		try {
			barrier.await();
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

	@Test
	void whenThereAreManyActionsThenTheirTextIsShort() {
		Actions many = Actions.of(IntStream.range(0, 10_000).mapToObj(ActionsTests::action).toList());
		assertThat(many.toString()).startsWith("[set-var(txn.v0) 0, ").hasSizeLessThan(5_000);
	}

	@Test
	void whenListHasRoomBehindItThenItEndsWhereItEnds() {
		Actions three = Actions.set(SCOPE, "v0", 0).andSet(SCOPE, "v1", 1).andSet(SCOPE, "v2", 2);
		Actions four = three.andSet(SCOPE, "v3", 3);
		assertThat(three).isEqualTo(Actions.of(List.of(action(0), action(1), action(2)))).isNotEqualTo(four);
		assertThat(three).hasSameHashCodeAs(Actions.of(List.of(action(0), action(1), action(2))));
		assertThat(three).doesNotHaveSameHashCodeAs(four);
		assertThat(three).hasToString("[set-var(txn.v0) 0, set-var(txn.v1) 1, set-var(txn.v2) 2]");
		assertThat(three.size()).isEqualTo(3);
		assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> three.get(3));
		assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> three.get(-1));
		assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(() -> three.toList().set(0, null));
		assertThat(Actions.none().isEmpty()).isTrue();
		assertThat(Actions.of(List.of())).isSameAs(Actions.none());
		assertThat(Actions.none().and(three)).isSameAs(three);
		assertThat(three.and(Actions.none())).isSameAs(three);
	}

}
