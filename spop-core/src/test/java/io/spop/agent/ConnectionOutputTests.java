package io.spop.agent;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.spop.codec.SpopCodec;
import io.spop.protocol.Actions;
import io.spop.protocol.Frame;
import io.spop.protocol.SpopProtocolException;
import io.spop.protocol.VarScope;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link ConnectionOutput}.
 */
class ConnectionOutputTests {

	/** HAProxy since 3.1 cannot take more at once. */
	private static final int MAX_WRITE = 16383;

	private final EmbeddedChannel channel = new EmbeddedChannel();

	private final EventLoopIo io = new EventLoopIo(this.channel.eventLoop());

	private final CountingRecorder recorder = new CountingRecorder();

	private final ConnectionOutput output = new ConnectionOutput(new SpopCodec(65536), this.recorder, this.io);

	@BeforeEach
	void attach() {
		this.channel.pipeline().addLast(new ChannelInboundHandlerAdapter() {

			@Override
			public void handlerAdded(ChannelHandlerContext context) {
				ConnectionOutputTests.this.output.attach(context);
			}

		});
	}

	@AfterEach
	void close() {
		this.channel.finishAndReleaseAll();
	}

	@Test
	void whenFramesAreWrittenThenTheyLeaveWithTheFlush() {
		assertThat(this.output.isEmpty()).isTrue();
		write(100);
		write(200);
		assertThat(this.output.isEmpty()).isFalse();
		assertThat(written()).isEmpty();
		this.output.flush();
		assertThat(written()).containsExactly(300);
		assertThat(this.output.isEmpty()).isTrue();
		assertThat(this.output.frames()).isEqualTo(2);
		assertThat(this.recorder.sent).containsExactly(100, 200);
		this.output.flush();
		assertThat(written()).isEmpty();
	}

	@Test
	void whenFramesFillAWriteThenTheyLeaveTogether() {
		write(MAX_WRITE - 100);
		write(100);
		this.output.flush();
		assertThat(written()).containsExactly(MAX_WRITE);
	}

	@Test
	void whenFramesDoNotFitIntoAWriteThenThoseBeforeLeaveFirst() {
		write(MAX_WRITE - 100);
		write(101);
		assertThat(written()).containsExactly(MAX_WRITE - 100);
		write(50);
		this.output.flush();
		assertThat(written()).containsExactly(151);
	}

	@Test
	void whenAFrameIsTooLargeForAWriteThenItLeavesAlone() {
		write(100);
		write(20000);
		write(100);
		this.output.flush();
		assertThat(written()).containsExactly(100, 20000, 100);
	}

	@Test
	void whenAFrameCannotBeWrittenThenTheOthersAreAsTheyWere() {
		write(100);
		assertThatExceptionOfType(SpopProtocolException.class).isThrownBy(() -> write(70000));
		write(50);
		this.output.flush();
		assertThat(written()).containsExactly(150);
		assertThat(this.output.frames()).isEqualTo(2);
	}

	@Test
	void whenItIsFlushedSoonThenOnceForAllFrames() {
		write(100);
		this.output.flushSoon();
		write(50);
		this.output.flushSoon();
		assertThat(written()).isEmpty();
		this.channel.runPendingTasks();
		assertThat(written()).containsExactly(150);
	}

	@Test
	void whenItHasEndedThenNothingMoreIsWritten() {
		AtomicBoolean failed = new AtomicBoolean();
		write(100);
		this.output.end(() -> failed.set(true));
		write(50);
		this.output.flush();
		assertThat(written()).containsExactly(100);
		// This channel has no side that could be closed alone
		assertThat(failed).isTrue();
	}

	@Test
	void whenPeerDoesNotCloseItsSideThenTheConnectionIsClosedASecondLater() {
		AtomicInteger closed = new AtomicInteger();
		this.channel.freezeTime();
		this.output.end(closed::incrementAndGet);
		int before = closed.get();
		this.channel.advanceTimeBy(999, TimeUnit.MILLISECONDS);
		this.channel.runScheduledPendingTasks();
		assertThat(closed).hasValue(before);
		this.channel.advanceTimeBy(1, TimeUnit.MILLISECONDS);
		this.channel.runScheduledPendingTasks();
		assertThat(closed).hasValue(before + 1);
	}

	@Test
	void whenConnectionHasClosedThenNoTimerIsLeft() {
		this.output.end(() -> {
		});
		assertThat(this.channel.runScheduledPendingTasks()).isPositive();
		this.output.close();
		assertThat(this.channel.runScheduledPendingTasks()).isEqualTo(-1);
		this.output.end(() -> {
		});
		assertThat(this.channel.runScheduledPendingTasks()).isEqualTo(-1);
	}

	private void write(int size) {
		// A header of 11 bytes, of an action 8, and the length of the value in 1, 2 or 3
		int content = size - 20;
		Frame frame = ack(content);
		int excess = encodedSize(frame) - size;
		int written = this.output.write(ack(content - excess));
		assertThat(written).isEqualTo(size);
	}

	private static Frame ack(int content) {
		return new Frame.Ack(1, 1, Actions.set(VarScope.TRANSACTION, "x", new byte[content]));
	}

	private static int encodedSize(Frame frame) {
		ByteBuf out = Unpooled.buffer();
		new SpopCodec(1 << 20).encode(frame, out);
		return out.readableBytes();
	}

	private List<Integer> written() {
		List<Integer> sizes = new ArrayList<>();
		for (ByteBuf out = this.channel.readOutbound(); out != null; out = this.channel.readOutbound()) {
			sizes.add(out.readableBytes());
			out.release();
		}
		return sizes;
	}

}
