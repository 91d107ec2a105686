package io.spop.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.spop.codec.SpopCodec;
import io.spop.protocol.Actions;
import io.spop.protocol.Argument;
import io.spop.protocol.Capability;
import io.spop.protocol.Frame;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopValue;
import io.spop.recording.RecordingEntry;
import io.spop.recording.RecordingEntry.Sender;
import io.spop.recording.RecordingWriter;

/**
 * Writes a recording, with a clock of its own.
 */
final class TestRecording implements AutoCloseable {

	private final RecordingWriter writer;

	private Instant now = Instant.parse("2026-11-27T10:00:00Z");

	TestRecording(Path file) {
		try {
			this.writer = new RecordingWriter(file);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	TestRecording later(Duration duration) {
		this.now = this.now.plus(duration);
		return this;
	}

	TestRecording hello(long connection, int maxFrameSize) {
		haproxy(connection,
				new Frame.HaproxyHello(List.of("2.0"), maxFrameSize, Set.of(Capability.PIPELINING), "id", false));
		return agent(connection, new Frame.AgentHello("2.0", maxFrameSize, Set.of(Capability.PIPELINING)));
	}

	TestRecording notify(long connection, long stream, String argument) {
		return haproxy(connection, new Frame.Notify(stream, 1,
				NotifyMessage.of("check-client-ip", new Argument("ip", SpopValue.of(argument)))));
	}

	TestRecording ack(long connection, long stream, Actions actions) {
		later(Duration.ofNanos(300_000));
		return agent(connection, new Frame.Ack(stream, 1, actions));
	}

	TestRecording haproxy(long connection, Frame frame) {
		return write(new RecordingEntry.RecordedFrame(this.now, connection, Sender.HAPROXY, bytes(frame)));
	}

	TestRecording agent(long connection, Frame frame) {
		return write(new RecordingEntry.RecordedFrame(this.now, connection, Sender.AGENT, bytes(frame)));
	}

	TestRecording closed(long connection) {
		return write(new RecordingEntry.Closed(this.now, connection));
	}

	TestRecording write(RecordingEntry entry) {
		try {
			this.writer.write(entry);
			return this;
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	Instant now() {
		return this.now;
	}

	static byte[] bytes(Frame frame) {
		ByteBuf buffer = Unpooled.buffer();
		new SpopCodec(Integer.MAX_VALUE).encode(frame, buffer);
		return ByteBufUtil.getBytes(buffer);
	}

	@Override
	public void close() {
		try {
			this.writer.close();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
