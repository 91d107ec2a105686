package io.spop.recipes;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import com.sun.net.httpserver.HttpServer;
import io.spop.test.haproxy.Haproxy;
import io.spop.test.haproxy.HaproxyBinary;
import io.spop.test.haproxy.HaproxyProcess;
import io.spop.test.haproxy.HaproxySetup;

/**
 * A recipe behind a real HAProxy, with the configuration of its folder in
 * {@code src/main/haproxy}. HAProxy listens on a free port in place of 80, and calls the
 * agent of the test in place of port 1234x. Each server {@code 127.0.0.1:808x} is an HTTP
 * server of the test, which answers with the request that it got, see {@link #get}. The
 * status is 200, or that of the request's header {@code Answer}.
 */
public final class Recipe implements AutoCloseable {

	private static final Pattern APPLICATION = Pattern.compile("127\\.0\\.0\\.1:(808\\d)");

	static {
		// Otherwise an answer takes 40 ms: its headers and its body are two writes
		System.setProperty("sun.net.httpserver.nodelay", "true");
	}

	private final List<HttpServer> applications = new ArrayList<>();

	private final HttpClient client = HttpClient.newHttpClient();

	private final Haproxy haproxy;

	private Recipe(String name, HaproxyBinary binary, int agent, UnaryOperator<String> change) {
		try {
			Path folder = Path.of("src/main/haproxy", name);
			String main = change.apply(Files.readString(folder.resolve("haproxy.cfg")))
				.replace("bind :80", "bind \"${BIND}\"")
				.replaceAll("127\\.0\\.0\\.1:1234\\d", "\"\\${AGENT}\"");
			HaproxySetup setup = Haproxy.configuredWith(startApplications(main)).bind("BIND");
			if (main.contains("${AGENT}")) {
				setup.agent(agent);
			}
			try (Stream<Path> files = Files.list(folder)) {
				for (Path file : files.filter((file) -> !file.endsWith("haproxy.cfg")).toList()) {
					// A machine that builds has other things to do than to answer within
					// a few milliseconds
					setup.file(file.getFileName().toString(), change
						.apply(Files.readString(file).replaceAll("timeout processing \\S+", "timeout processing 10s")));
				}
			}
			this.haproxy = setup.startProcess(binary);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		this.haproxy.awaitUp();
	}

	/**
	 * Start HAProxy with the configuration of a recipe as it is.
	 * @param name the name of its folder
	 * @param binary the HAProxy
	 * @param agent the port of the agent
	 * @return the recipe
	 */
	public static Recipe start(String name, HaproxyBinary binary, int agent) {
		return start(name, binary, agent, UnaryOperator.identity());
	}

	/**
	 * Start HAProxy with a changed configuration.
	 * @param name the name of the recipe's folder
	 * @param binary the HAProxy
	 * @param agent the port of the agent
	 * @param change what to do with the text of each file, the last thing before HAProxy
	 * gets it but for the addresses
	 * @return the recipe
	 */
	public static Recipe start(String name, HaproxyBinary binary, int agent, UnaryOperator<String> change) {
		return new Recipe(name, binary, agent, change);
	}

	/**
	 * Start HAProxy without an agent, and without health checks that would tell HAProxy
	 * so.
	 * @param name the name of the recipe's folder
	 * @param binary the HAProxy
	 * @return the recipe
	 */
	public static Recipe startWithoutAgent(String name, HaproxyBinary binary) {
		// Nobody listens on port 1. HAProxy waits this long before it tries again.
		// HAProxy 2.6 waits without end if that is less than timeout processing
		String connect = binary.version().startsWith("2.6.") ? "1s" : "20ms";
		return new Recipe(name, binary, 1,
				(text) -> text.replaceAll("(?m)(^ *server .*) check", "$1")
					.replaceAll("timeout connect \\S+", "timeout connect " + connect)
					// HAProxy 2.6 waits for all of it
					.replaceAll("timeout processing \\S+", "timeout processing 500ms"));
	}

	/**
	 * Return the HAProxys that recipes are tested with: those of 3.2 and 3.4 that are at
	 * hand, or else any.
	 * @return the programs
	 */
	public static List<HaproxyBinary> haproxys() {
		List<HaproxyBinary> all = HaproxyProcess.all();
		List<HaproxyBinary> chosen = all.stream()
			.filter((binary) -> binary.version().matches("3\\.[24]\\..*"))
			.toList();
		return !chosen.isEmpty() ? chosen : all;
	}

	private String startApplications(String configuration) throws IOException {
		Map<String, String> addresses = new TreeMap<>();
		for (MatchResult server : APPLICATION.matcher(configuration).results().toList()) {
			if (!addresses.containsKey(server.group())) {
				addresses.put(server.group(), "127.0.0.1:" + startApplication(server.group(1)));
			}
		}
		return APPLICATION.matcher(configuration).replaceAll((server) -> addresses.get(server.group()));
	}

	private int startApplication(String port) throws IOException {
		HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		server.createContext("/", (exchange) -> {
			StringBuilder text = new StringBuilder();
			text.append(exchange.getRequestMethod() + " " + exchange.getRequestURI() + "\n");
			exchange.getRequestHeaders()
				.forEach((name, values) -> values.forEach((value) -> text.append(name + ": " + value + "\n")));
			text.append("\n").append(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
			byte[] body = text.toString().getBytes(StandardCharsets.UTF_8);
			exchange.getResponseHeaders().add("X-Application", port);
			String status = exchange.getRequestHeaders().getFirst("Answer");
			exchange.sendResponseHeaders((status != null) ? Integer.parseInt(status) : 200, body.length);
			exchange.getResponseBody().write(body);
			exchange.close();
		});
		server.start();
		this.applications.add(server);
		return server.getAddress().getPort();
	}

	/**
	 * Send a GET to HAProxy.
	 * @param path the path, and the query
	 * @param headers names and values of headers, in turns
	 * @return the response. If it is an application's, its header {@code X-Application}
	 * has the port that the configuration gives to the application, and its body is the
	 * request that the application got
	 */
	public HttpResponse<String> get(String path, String... headers) throws IOException, InterruptedException {
		HttpRequest.Builder request = request(path);
		if (headers.length > 0) {
			request.headers(headers);
		}
		return send(request);
	}

	/**
	 * Return a request to HAProxy, for {@link #send}.
	 * @param path the path, and the query
	 * @return the request, a GET so far
	 */
	public HttpRequest.Builder request(String path) {
		return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + this.haproxy.port("BIND") + path));
	}

	/**
	 * Send a request.
	 * @param request the request
	 * @return the response, see {@link #get}
	 */
	public HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
		return this.client.send(request.build(), HttpResponse.BodyHandlers.ofString());
	}

	/**
	 * Send a request that HTTP clients do not send.
	 * @param request the method and the target, and lines of headers, each with
	 * {@code \r\n} before it
	 * @return all that HAProxy sends until it closes the connection
	 */
	public String sendRaw(String request) throws IOException {
		try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), this.haproxy.port("BIND"))) {
			socket.setSoTimeout(30_000);
			socket.getOutputStream()
				.write((request.replaceFirst("(\\r\\n|$)", " HTTP/1.1\r\nHost: shop.example$1")
						+ "\r\nConnection: close\r\n\r\n")
					.getBytes(StandardCharsets.UTF_8));
			return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
		}
	}

	/**
	 * Return HAProxy itself.
	 * @return the running HAProxy
	 */
	public Haproxy haproxy() {
		return this.haproxy;
	}

	@Override
	public void close() {
		this.haproxy.close();
		this.applications.forEach((server) -> server.stop(0));
	}

}
