package io.spop.recording;

/**
 * The numbers of the file format, which docs/recordings.md describes.
 */
final class RecordingFormat {

	/** The first bytes of a file; the last one is the version of the format. */
	private static final byte[] HEADER = { (byte) 0x89, 'S', 'P', 'O', 'P', '\r', '\n', 1 };

	static final int HEADER_LENGTH = HEADER.length;

	/** The index of the version in the header. */
	static final int VERSION_INDEX = HEADER_LENGTH - 1;

	/** The length, the type, the time and the connection of an entry. */
	static final int PREFIX_LENGTH = Integer.BYTES + Byte.BYTES + Long.BYTES + Integer.BYTES;

	static final int CHECKSUM_LENGTH = Integer.BYTES;

	/** The longest content of an entry: a frame with its length prefix. */
	static final int MAX_CONTENT = 16 * 1024 * 1024;

	/** The longest frame of an entry, without its length prefix. */
	static final int MAX_FRAME = MAX_CONTENT - Integer.BYTES;

	static final int OPENED = 1;

	static final int FRAME_OF_HAPROXY = 2;

	static final int FRAME_OF_AGENT = 3;

	static final int CLOSED = 4;

	static final int MISSING = 5;

	private RecordingFormat() {
	}

	static byte[] header() {
		return HEADER.clone();
	}

	/** Whether a header of any version begins at the index. */
	static boolean isHeader(byte[] bytes, int index) {
		for (int i = 0; i < VERSION_INDEX; i++) {
			if (bytes[index + i] != HEADER[i]) {
				return false;
			}
		}
		return true;
	}

}
