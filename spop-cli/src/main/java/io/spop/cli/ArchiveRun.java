package io.spop.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;

import io.spop.agent.BoundSpopAgent;
import io.spop.agent.SpopAgent;
import io.spop.agent.SpopListener;
import io.spop.protocol.Actions;
import io.spop.protocol.VarScope;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import reactor.core.publisher.Mono;

/**
 * Runs the commands that are to start fast, with an agent of its own, so that Java writes
 * the classes that they load into an archive. The launcher script starts it.
 */
@Command(name = "archive-run", hidden = true, description = "Runs the commands that are to start fast.")
final class ArchiveRun implements Callable<Integer> {

	private final PrintWriter nowhere = new PrintWriter(Writer.nullWriter());

	@Override
	public Integer call() throws IOException {
		Path folder = Files.createTempDirectory("spop");
		Path socket = folder.resolve("agent.sock");
		try (BoundSpopAgent agent = SpopAgent.create()
			.eventLoops(1)
			.listener(SpopListener.tcp("tcp", new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)))
			.listener(SpopListener.unix("unix", socket))
			.handler((exchange) -> Mono
				.just(Actions.set(VarScope.SESSION, "text", "text").andSet(VarScope.SESSION, "n", 1)))
			.bind()) {
			int port = ((InetSocketAddress) agent.address("tcp")).getPort();
			runAll("127.0.0.1:" + port, "unix:" + UnixDomainSocketAddress.of(socket));
		}
		finally {
			Files.deleteIfExists(socket);
			Files.deleteIfExists(folder);
		}
		return ExitStatus.GOOD;
	}

	private void runAll(String... addresses) throws IOException {
		for (String address : addresses) {
			run("probe", address);
			run("send", address, "message", "ip=ip:192.0.2.1", "ip=ip:::1", "n=int:1", "text=text", "-m", "message");
			run("send", "--json", address, "message", "b=bool:true", "bytes=bin:00", "none=null:");
		}
		run("explain", "257");
		run("help", "send");
		check();
	}

	private void check() throws IOException {
		Path file = Files.createTempFile("spop", ".cfg");
		try {
			Files.writeString(file, """
					[engine]
					spoe-agent agent
					    messages message
					    option var-prefix my
					    timeout processing 100ms
					    use-backend agents
					spoe-message message
					    args ip=src
					    event on-frontend-http-request
					""");
			commandLine().execute("check", file.toString());
		}
		finally {
			Files.delete(file);
		}
	}

	private void run(String... words) {
		int status = commandLine().execute(words);
		if (status != ExitStatus.GOOD) {
			throw new IllegalStateException(String.join(" ", words) + " ended with status " + status);
		}
	}

	private CommandLine commandLine() {
		return SpopCommand.commandLine().setOut(this.nowhere).setErr(this.nowhere);
	}

}
