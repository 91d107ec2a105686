package io.spop.cli;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The address of an agent: {@code 127.0.0.1:12345}, {@code [::1]:12345} or
 * {@code unix:/run/agent.sock}. HAProxy's {@code unix@} is taken, too.
 *
 * @param text the address as the user wrote it
 * @param address the address to connect to
 */
record AgentAddress(String text, SocketAddress address) {

	private static final Pattern HOST_AND_PORT = Pattern.compile("(\\[[0-9a-fA-F:.%\\w]+]|[^:\\[\\]]*):(\\d{1,5})");

	/**
	 * Read an address.
	 * @param text the text
	 * @return the address
	 * @throws CommandException if the text is not an address
	 */
	static AgentAddress of(String text) {
		if (text.startsWith("unix:") || text.startsWith("unix@")) {
			return unix(text);
		}
		Matcher matcher = HOST_AND_PORT.matcher(text);
		if (!matcher.matches()) {
			throw new CommandException(ExitStatus.USAGE, "'" + text
					+ "' is not an address: write host:port, [::1]:port for IPv6, or unix:/path/to/the/socket.");
		}
		int port = Integer.parseInt(matcher.group(2));
		if (port < 1 || port > 65535) {
			throw new CommandException(ExitStatus.USAGE,
					"'" + text + "' is not an address: a port is 1 to 65535, not " + port + ".");
		}
		String host = matcher.group(1).isEmpty() ? "127.0.0.1" : matcher.group(1);
		try {
			return new AgentAddress(text, new InetSocketAddress(InetAddress.getByName(host), port));
		}
		catch (UnknownHostException ex) {
			throw new CommandException(ExitStatus.UNAVAILABLE, "The host '" + host + "' cannot be resolved.");
		}
	}

	private static AgentAddress unix(String text) {
		Path path;
		try {
			path = Path.of(text.substring("unix:".length()));
		}
		catch (InvalidPathException ex) {
			throw new CommandException(ExitStatus.USAGE, "'" + text + "' does not name a path.");
		}
		if (!Files.exists(path)) {
			throw new CommandException(ExitStatus.UNAVAILABLE, "There is no socket '" + path + "'.");
		}
		return new AgentAddress(text, UnixDomainSocketAddress.of(path));
	}

	@Override
	public String toString() {
		return this.text;
	}

}
