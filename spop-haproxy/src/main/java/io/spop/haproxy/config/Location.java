package io.spop.haproxy.config;

/**
 * A place in a configuration file.
 *
 * @param file the file as it was named to the reader or by a filter
 * @param line the line, from 1
 * @param column the column of the first character, from 1
 * @since 0.1.0
 */
public record Location(String file, int line, int column) {

	/**
	 * Return file and line as HAProxy and compilers write them, such as
	 * {@code haproxy.cfg:42}.
	 */
	@Override
	public String toString() {
		return this.file + ":" + this.line;
	}

}
