package io.spop.fuzzing;

import java.io.ByteArrayInputStream;

/**
 * A stream that returns a few bytes at a time, as a slow file or a pipe does.
 */
public final class Pieces extends ByteArrayInputStream {

	private final int length;

	/**
	 * Create a stream.
	 * @param bytes the bytes
	 * @param length how many of them one read returns at most
	 */
	public Pieces(byte[] bytes, int length) {
		super(bytes);
		this.length = length;
	}

	@Override
	public synchronized int read(byte[] target, int offset, int wanted) {
		return super.read(target, offset, Math.min(wanted, this.length));
	}

}
