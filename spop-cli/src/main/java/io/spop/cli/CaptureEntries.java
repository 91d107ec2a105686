package io.spop.cli;

import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Queue;

import io.spop.cli.capture.Capture;
import io.spop.cli.capture.CaptureListener;
import io.spop.recording.RecordingEntry;
import org.jspecify.annotations.Nullable;

/**
 * The SPOP of a pcap or pcapng file as entries of a recording.
 */
final class CaptureEntries implements RecordingFiles.Entries, CaptureListener {

	private final InputStream in;

	private final Capture capture;

	/** What the last packet had. */
	private final Queue<RecordingEntry> entries = new ArrayDeque<>();

	/** The time of the last packet that has one. */
	private Instant now = Instant.EPOCH;

	CaptureEntries(InputStream in) {
		this.in = in;
		this.capture = new Capture(in, 0, this);
	}

	@Override
	public @Nullable RecordingEntry next() throws IOException {
		boolean more = true;
		while (more && this.entries.isEmpty()) {
			more = this.capture.next();
		}
		return this.entries.poll();
	}

	@Override
	public void close() throws IOException {
		this.in.close();
	}

	private Instant time(@Nullable Instant time) {
		this.now = (time != null) ? time : this.now;
		return this.now;
	}

	@Override
	public void opened(@Nullable Instant time, long connection, String haproxy, String agent, boolean fromStart) {
		this.entries.add(new RecordingEntry.Opened(time(time), connection, agent, haproxy));
	}

	@Override
	public void frame(Place place, byte[] frame) {
		this.entries
			.add(new RecordingEntry.RecordedFrame(time(place.time()), place.connection(), place.sender(), frame));
	}

	@Override
	public void undecodable(Place place, byte[] bytes, String reason) {
		// The bytes are skipped
	}

	@Override
	public void skipped(Place place, long length) {
		damaged(place.fileOffset(), length, "No frame begins in these bytes");
	}

	@Override
	public void missing(Place place, long length, String reason) {
		damaged(place.fileOffset(), length, reason);
	}

	@Override
	public void closed(@Nullable Instant time, long connection, String how) {
		this.entries.add(new RecordingEntry.Closed(time(time), connection));
	}

	@Override
	public void damaged(long offset, long length, String reason) {
		this.entries.add(new RecordingEntry.Damaged(offset, length, reason));
	}

	@Override
	public void unsupported(@Nullable Instant time, long offset, String reason) {
		damaged(offset, 0, reason);
	}

}
