package io.spop.agent;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

class LogQueueTests {

	private final CountDownLatch go = new CountDownLatch(1);

	private final List<Integer> written = new CopyOnWriteArrayList<>();

	@AfterEach
	void goOn() {
		this.go.countDown();
	}

	@Test
	@Timeout(60)
	void whenALineHangsThenOthersAreWrittenAndLaterInTheirOrderAgain() throws Exception {
		LogQueue.write(() -> {
			try {
				this.go.await();
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
		});
		while (this.written.isEmpty()) {
			LogQueue.write(() -> this.written.add(0));
			TimeUnit.MILLISECONDS.sleep(100);
		}
		this.go.countDown();
		LogQueue.flush(10_000);
		this.written.clear();
		for (int i = 0; i < 400; i++) {
			int line = i;
			LogQueue.write(() -> this.written.add(line));
		}
		LogQueue.flush(10_000);
		assertThat(this.written).isEqualTo(IntStream.range(0, 400).boxed().toList());
	}

}
