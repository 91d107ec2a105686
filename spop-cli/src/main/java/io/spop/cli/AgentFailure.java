package io.spop.cli;

import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.util.concurrent.TimeoutException;

import javax.net.ssl.SSLException;

import io.netty.handler.ssl.NotSslRecordException;
import io.spop.client.SpopDisconnectException;
import io.spop.protocol.LogText;
import io.spop.protocol.SpopProtocolException;
import io.spop.protocol.StatusCode;
import reactor.core.Exceptions;

/**
 * Says in a sentence why an agent could not be talked to.
 */
final class AgentFailure {

	private AgentFailure() {
	}

	/**
	 * Explain an error of a client.
	 * @param agent the agent
	 * @param error the error
	 * @param expected the frame that the agent owes, such as ACK
	 * @return the end of the command
	 */
	static CommandException explain(AgentAddress agent, Throwable error, String expected) {
		if (error instanceof CommandException known) {
			return known;
		}
		if (error instanceof TimeoutException) {
			return new CommandException(ExitStatus.TIMEOUT, agent + " does not answer in time: "
					+ String.valueOf(error.getMessage()).replaceFirst("^No", "no") + ".");
		}
		if (error instanceof SocketTimeoutException) {
			return new CommandException(ExitStatus.TIMEOUT, agent + " does not answer in time.");
		}
		if (error instanceof SpopDisconnectException disconnect) {
			return unavailable((disconnect.statusCode() < 0) ? closed(agent, expected) : refused(agent, disconnect));
		}
		if (error instanceof SpopProtocolException) {
			return unavailable(agent + " does not answer as an agent does: " + error.getMessage() + ".");
		}
		if (error instanceof SSLException) {
			return unavailable("TLS with " + agent + " failed: " + tls(error) + ".");
		}
		if (!(error instanceof IOException)) {
			throw Exceptions.propagate(error);
		}
		String message = reason(error);
		if (error instanceof ConnectException && message.startsWith("Connection refused")) {
			return unavailable("Nobody listens on " + agent + ".");
		}
		return unavailable(agent + " cannot be reached: " + message + ".");
	}

	private static CommandException unavailable(String message) {
		return new CommandException(ExitStatus.UNAVAILABLE, message);
	}

	private static String closed(AgentAddress agent, String expected) {
		return agent + " closed the connection without the " + expected + " that it owes: it "
				+ (expected.equals("ACK") ? "failed, or does not keep to the protocol."
						: "does not allow this client, expects TLS, or is not an agent.");
	}

	private static String refused(AgentAddress agent, SpopDisconnectException disconnect) {
		String meaning = "a code of its own";
		for (StatusCode code : StatusCode.values()) {
			if (code.code() == disconnect.statusCode()) {
				meaning = code.text();
			}
		}
		return agent + " ended the connection with status " + disconnect.statusCode() + " (" + meaning + "): "
				+ String.valueOf(disconnect.getMessage()).replaceFirst("^AGENT-DISCONNECT \\d+: ", "");
	}

	private static String tls(Throwable error) {
		if (error instanceof NotSslRecordException) {
			return "the agent does not speak it. Leave out 'tls:'";
		}
		Throwable root = error;
		while (root.getCause() != null) {
			root = root.getCause();
		}
		String message = LogText.message(root.getMessage());
		if (message.startsWith("Unsupported or unrecognized SSL message")) {
			return "the agent does not speak it. Leave out 'tls:'";
		}
		if (message.contains("unable to find valid certification path")) {
			return "its certificate is of an authority that is not trusted. --ca names a file with the certificate of the authority";
		}
		if (message.contains("subject alternative")) {
			return message + ". --server-name names the name in the certificate";
		}
		if (message.contains("certificate_required") || message.contains("bad_certificate")) {
			return message + ". The agent may expect another certificate of the client, see --cert";
		}
		return message;
	}

	private static String reason(Throwable error) {
		// Netty adds the address to a message, and has the original as the cause
		Throwable original = (error.getCause() != null && error.getCause().getMessage() != null) ? error.getCause()
				: error;
		return LogText.message((original.getMessage() != null) ? original.getMessage() : original.toString());
	}

}
