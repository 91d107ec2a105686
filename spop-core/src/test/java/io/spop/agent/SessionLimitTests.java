package io.spop.agent;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link SessionLimit}.
 */
class SessionLimitTests {

	private final SessionLimit limit = new SessionLimit(1);

	private final SessionLimit.Place first = this.limit.place(Runnable::run);

	private final SessionLimit.Place second = this.limit.place(Runnable::run);

	private final SessionLimit.Place third = this.limit.place(Runnable::run);

	private final List<String> admitted = new ArrayList<>();

	private boolean take(SessionLimit.Place place, String name) {
		return place.take(() -> this.admitted.add(name));
	}

	@Test
	void whenAllPlacesAreTakenThenTheOneThatWaitsLongestIsNext() {
		assertThat(take(this.first, "first")).isTrue();
		assertThat(take(this.second, "second")).isFalse();
		assertThat(take(this.third, "third")).isFalse();
		assertThat(this.first.isWaiting()).isFalse();
		assertThat(this.second.isWaiting()).isTrue();
		assertThat(this.limit.waiting()).isEqualTo(2);
		this.first.leave();
		assertThat(this.admitted).containsExactly("second");
		assertThat(this.second.isWaiting()).isFalse();
		assertThat(this.limit.waiting()).isEqualTo(1);
		this.second.leave();
		assertThat(this.admitted).containsExactly("second", "third");
		assertThat(this.limit.waiting()).isZero();
		this.third.leave();
		assertThat(take(this.first, "first")).isTrue();
	}

	@Test
	void whenOneThatWaitsLeavesThenItGetsNoPlace() {
		take(this.first, "first");
		take(this.second, "second");
		take(this.third, "third");
		this.second.leave();
		this.second.leave();
		assertThat(this.second.isWaiting()).isFalse();
		assertThat(this.limit.waiting()).isEqualTo(1);
		this.first.leave();
		assertThat(this.admitted).containsExactly("third");
	}

	@Test
	void whenAPlaceIsLeftTwiceThenOneIsFree() {
		take(this.first, "first");
		this.first.leave();
		this.first.leave();
		assertThat(take(this.second, "second")).isTrue();
		assertThat(take(this.third, "third")).isFalse();
	}

	@Test
	void whenOneLeavesBeforeItIsToldOfItsPlaceThenTheNextGetsIt() {
		Queue<Runnable> tasks = new ArrayDeque<>();
		SessionLimit.Place slow = this.limit.place(tasks::add);
		take(this.first, "first");
		take(slow, "slow");
		take(this.third, "third");
		this.first.leave();
		assertThat(this.limit.waiting()).isEqualTo(1);
		slow.leave();
		assertThat(this.limit.waiting()).isEqualTo(1);
		tasks.remove().run();
		assertThat(this.admitted).containsExactly("third");
		this.third.leave();
		assertThat(take(this.second, "second")).isTrue();
	}

	@Test
	void whenTheEventLoopOfOneHasEndedThenTheNextGetsThePlace() {
		SessionLimit.Place ended = this.limit.place((task) -> {
			throw new RejectedExecutionException();
		});
		take(this.first, "first");
		take(ended, "ended");
		take(this.third, "third");
		this.first.leave();
		assertThat(this.admitted).containsExactly("third");
		assertThat(this.limit.waiting()).isZero();
	}

}
