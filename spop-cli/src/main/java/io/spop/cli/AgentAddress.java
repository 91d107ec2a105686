package io.spop.cli;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.spop.protocol.LogText;

/**
 * The address of an agent: {@code 127.0.0.1:12345}, {@code [::1]:12345},
 * {@code unix:/run/agent.sock}, and with {@code tls:} in front for TLS. HAProxy's
 * {@code unix@} is taken, too.
 *
 * @param text the address as the user wrote it, for messages
 * @param address the address to connect to
 * @param isTls whether the connection uses TLS
 */
record AgentAddress(String text, SocketAddress address, boolean isTls) {

	static final String SYNTAX = "host:port, [::1]:port for IPv6, unix:PATH, or tls:host:port";

	private static final String TLS = "tls:";

	private static final int MAX_PORT = 65535;

	/** What sun_path of Linux holds without the zero at its end. */
	private static final int MAX_PATH = 107;

	private static final Pattern HOST_AND_PORT = Pattern
		.compile("(?:\\[([0-9a-fA-F:.]+(?:%\\w+)?)]|([^:\\[\\]]*)):(\\d+)");

	/**
	 * Read an address. A host name is looked up.
	 * @param text the text
	 * @return the address
	 * @throws CommandException if the text is not an address, or if its host or socket
	 * does not exist
	 */
	static AgentAddress of(String text) {
		AgentAddress agent = ofAny(text, 1);
		if (agent.address() instanceof UnixDomainSocketAddress unix && !Files.exists(unix.getPath())) {
			throw new CommandException(ExitStatus.UNAVAILABLE,
					"There is no socket '" + LogText.message(unix.toString()) + "'.");
		}
		return agent;
	}

	/**
	 * Read the address of an agent that may start later.
	 * @param text the text
	 * @return the address
	 * @throws CommandException if the text is not an address, or if its host does not
	 * exist
	 */
	static AgentAddress ofLater(String text) {
		return ofAny(text, 1);
	}

	/**
	 * Read an address to listen on. The port 0 stands for a free one.
	 * @param text the text
	 * @return the address
	 * @throws CommandException if the text is not an address, or if its host does not
	 * exist
	 */
	static AgentAddress ofListener(String text) {
		AgentAddress address = ofAny(text, 0);
		if (address.isTls()) {
			throw wrong(text, "HAProxy has to connect to it without TLS, or its frames could not be read");
		}
		return address;
	}

	private static AgentAddress ofAny(String text, int minPort) {
		boolean isTls = text.startsWith(TLS);
		String rest = isTls ? text.substring(TLS.length()) : text;
		boolean isUnix = rest.startsWith("unix:") || rest.startsWith("unix@");
		return new AgentAddress(LogText.message(text),
				isUnix ? unix(text, rest.substring("unix:".length())) : tcp(text, rest, minPort), isTls);
	}

	private static SocketAddress tcp(String text, String rest, int minPort) {
		Matcher matcher = HOST_AND_PORT.matcher(rest);
		if (!matcher.matches()) {
			throw wrong(text, "write " + SYNTAX);
		}
		String digits = matcher.group(3);
		int port = (digits.length() > 5) ? MAX_PORT + 1 : Integer.parseInt(digits);
		if (port < minPort || port > MAX_PORT) {
			throw wrong(text, "a port is " + minPort + " to " + MAX_PORT);
		}
		String host = (matcher.group(1) != null) ? "[" + matcher.group(1) + "]" : matcher.group(2);
		try {
			return new InetSocketAddress(InetAddress.getByName(host.isEmpty() ? "127.0.0.1" : host), port);
		}
		catch (UnknownHostException ex) {
			if (matcher.group(1) != null) {
				throw wrong(text, LogText.message(host) + " is not an IPv6 address");
			}
			throw new CommandException(ExitStatus.UNAVAILABLE,
					"The host '" + LogText.message(host) + "' cannot be resolved.");
		}
	}

	private static SocketAddress unix(String text, String name) {
		Path path;
		try {
			path = Path.of(name);
		}
		catch (InvalidPathException ex) {
			throw wrong(text, "its path is not possible");
		}
		if (name.isEmpty()) {
			throw wrong(text, "the path is missing");
		}
		if (name.getBytes(StandardCharsets.UTF_8).length > MAX_PATH) {
			throw wrong(text, "the path of a UNIX socket has at most " + MAX_PATH + " bytes");
		}
		return UnixDomainSocketAddress.of(path);
	}

	private static CommandException wrong(String text, String why) {
		return new CommandException(ExitStatus.USAGE,
				"'" + LogText.message(text) + "' is not an address: " + why + ".");
	}

	@Override
	public String toString() {
		return this.text;
	}

}
