package io.spop.agent;

import java.lang.management.ManagementFactory;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

import com.sun.management.ThreadMXBean;
import io.spop.protocol.Actions;
import io.spop.protocol.Frame;
import io.spop.protocol.NotifyMessage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What an agent does with lengths and numbers that are not true. The first frame after
 * the handshake has the type NOTIFY, the flag FIN and the ids 1 and 1.
 */
@Timeout(30)
class SpopAgentLengthTests extends RecordedAgent {

	private static final String NOTIFY = "03 00000001 0101 ";

	/** Much less than any of the lengths that are announced. */
	private static final long MAX_ALLOCATED = 1 << 20;

	private final AtomicInteger handled = new AtomicInteger();

	private final AtomicLong eventLoop = new AtomicLong();

	private void start() {
		this.agent = agent().handler((exchange) -> {
			this.handled.incrementAndGet();
			this.eventLoop.set(Thread.currentThread().getId());
			return Mono.just(Actions.none());
		}).bind();
	}

	@ParameterizedTest
	@CsvSource({ "ffffffff, 3", "80000000, 3", "7fffffff, 3", "00004001, 3", "00000000, 4", "00000006, 4" })
	void whenTheFirstLengthIsNotTrueThenRefusedByItsFourBytes(String length, int status) throws Exception {
		start();
		assertRefused(length, status, false);
	}

	@ParameterizedTest
	@CsvSource({
			// The length of the frame: 4 GB, 2 GB, beyond what was agreed on
			"ffffffff, '', 3", "80000000, '', 3", "7fffffff, '', 3", "00003ffd, '', 3",
			// Shorter than the content: the name, the number of arguments or the value is
			// cut
			"00000008, 01, 4", "00000009, 016d, 4", "0000000a, 026d01, 4", "0000000d, 016d01016108, 4",
			"0000000f, 016d010161080578, 4",
			// Longer: another frame is read as the rest of it
			"00000015, 016d00 00000007 03 00000001 0301, 4",
			// The metadata is cut
			"00000007 03 00000001 f0 f0, '', 4", "00000007 03 00000001 01 ff, '', 4",
			// The length of a name: beyond the frame, 2 GB, 4 GB, 2^63, 2^64 - 1, 11
			// bytes
			"0000000a, ef6d00, 4", "0000000e, fff0fefe3e6d00, 4", "0000000e, fff0fefe7e6d00, 4",
			"00000013, f0f1fefefefefefefe066d00, 4", "00000013, fff0fefefefefefefe0e6d00, 4",
			"00000014, fff0fefefefefefefefe0e6d00, 4",
			// The length of a text and of binary data
			"00000011, 016d010008fff0fefe7e, 4", "00000016, 016d010009fff0fefefefefefefe0e, 4",
			// 255 arguments, none of which or one of which is there
			"0000000a, 016dff, 4", "0000000c, 016dff0000, 4",
			// The length of an argument's name, an address that is cut
			"0000000c, 016d01ef61, 4", "0000000e, 016d0100067f00, 4", "0000000e, 016d0100070000, 4" })
	void whenALengthIsNotTrueThenRefusedWithoutItsMemory(String length, String content, int status) throws Exception {
		start();
		boolean whole = length.length() > 8;
		assertRefused(length + (whole ? "" : NOTIFY) + content, status, true);
	}

	private void assertRefused(String hex, int status, boolean greeted) throws Exception {
		try (RawPeer witness = RawPeer.connected(this.agent.address("main"));
				RawPeer peer = greeted ? RawPeer.connected(this.agent.address("main"))
						: new RawPeer(this.agent.address("main"))) {
			witness.send(new Frame.Notify(1, 1, NotifyMessage.of("m")));
			assertThat(witness.receive()).isInstanceOf(Frame.Ack.class);
			long before = allocated();
			peer.send(hex.replace(" ", ""));
			peer.assertDisconnectedWith(status);
			assertThat(allocated() - before).isLessThan(MAX_ALLOCATED);
			witness.send(new Frame.Notify(3, 1, NotifyMessage.of("m")));
			assertThat(witness.receive()).isInstanceOf(Frame.Ack.class);
			assertThat(this.handled).hasValue(2);
			assertThat(this.agent.bufferedBytes()).isZero();
		}
	}

	private long allocated() {
		return ((ThreadMXBean) ManagementFactory.getThreadMXBean()).getThreadAllocatedBytes(this.eventLoop.get());
	}

	@Test
	void whenAFrameHas255ArgumentsThenItIsAnswered() throws Exception {
		start();
		try (RawPeer peer = RawPeer.connected(this.agent.address("main"))) {
			peer.send(("00000208" + NOTIFY + "016dff" + "0000".repeat(255)).replace(" ", ""));
			assertThat(peer.receive()).isEqualTo(new Frame.Ack(1, 1, Actions.none()));
		}
	}

}
