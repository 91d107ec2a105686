package io.spop.cli.capture;

import java.time.Instant;

import io.spop.recording.RecordingEntry.Sender;
import org.jspecify.annotations.Nullable;

/**
 * Receives what a {@link Capture} has.
 *
 * @since 0.1.0
 */
public interface CaptureListener {

	/**
	 * A connection speaks SPOP.
	 * @param time the time of the packet that shows it, {@code null} if the packet has no
	 * time
	 * @param connection the number of the connection, from 1
	 * @param haproxy the address and port of HAProxy
	 * @param agent the address and port of the agent
	 * @param fromStart whether the capture has the beginning of the connection
	 */
	void opened(@Nullable Instant time, long connection, String haproxy, String agent, boolean fromStart);

	/**
	 * A frame.
	 * @param place where its first byte is, and the time of the packet that completes it
	 * @param frame the frame with its length prefix; it need not be valid
	 */
	void frame(Place place, byte[] frame);

	/**
	 * Bytes of a connection are not a frame. Decoding goes on at the next bytes that are.
	 * @param place where they begin
	 * @param bytes the first of them
	 * @param reason what is wrong
	 */
	void undecodable(Place place, byte[] bytes, String reason);

	/**
	 * Bytes were skipped up to the next frame or the end of the connection.
	 * @param place where they begin
	 * @param length the number of bytes
	 */
	void skipped(Place place, long length);

	/**
	 * Bytes of a connection are not in the capture.
	 * @param place where they should be; without an offset in the file
	 * @param length the number of bytes
	 * @param reason why they are missing
	 */
	void missing(Place place, long length, String reason);

	/**
	 * A connection ended.
	 * @param time the time of the last packet
	 * @param connection the number of the connection
	 * @param how how it ended
	 */
	void closed(@Nullable Instant time, long connection, String how);

	/**
	 * Bytes of the file are not packets. Reading goes on at the next bytes that are.
	 * @param offset where they begin
	 * @param length the number of bytes
	 * @param reason what is wrong
	 */
	void damaged(long offset, long length, String reason);

	/**
	 * Packets are skipped from now on that may have SPOP.
	 * @param time the time of the first one
	 * @param offset where it begins in the file
	 * @param reason why they cannot be decoded
	 */
	void unsupported(@Nullable Instant time, long offset, String reason);

	/**
	 * A place in a connection.
	 *
	 * @param time the time of the packet, {@code null} if it has none
	 * @param connection the number of the connection
	 * @param sender who sent the bytes
	 * @param streamOffset the offset in what this side sent, from the first byte that the
	 * capture has
	 * @param fileOffset the offset in the file, or -1
	 */
	record Place(@Nullable Instant time, long connection, Sender sender, long streamOffset, long fileOffset) {

	}

}
