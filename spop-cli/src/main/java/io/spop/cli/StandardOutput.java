package io.spop.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;

/**
 * The standard output, which ends the command when it cannot be written. A
 * {@link PrintWriter} would go on without a word.
 */
final class StandardOutput extends OutputStream {

	private final OutputStream out;

	private StandardOutput(OutputStream out) {
		this.out = out;
	}

	/**
	 * Return a writer to the standard output, in UTF-8.
	 * @return a writer that flushes each line and throws a {@link CommandException}
	 */
	static PrintWriter writer() {
		return new PrintWriter(new StandardOutput(new FileOutputStream(FileDescriptor.out)), true,
				StandardCharsets.UTF_8);
	}

	@Override
	public void write(int b) {
		write(new byte[] { (byte) b }, 0, 1);
	}

	@Override
	public void write(byte[] bytes, int offset, int length) {
		try {
			this.out.write(bytes, offset, length);
		}
		catch (IOException ex) {
			if ("Broken pipe".equals(ex.getMessage())) {
				throw new CommandException(ExitStatus.BROKEN_PIPE, "");
			}
			throw new CommandException(ExitStatus.IO_ERROR,
					"The standard output cannot be written: " + Sentences.of(ex) + ".");
		}
	}

}
