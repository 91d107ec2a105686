package io.spop.agent;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * One connection of an HTTP client, for tests in which requests have to share a
 * connection.
 */
final class HttpConnection implements AutoCloseable {

	private static final int TIMEOUT_MILLIS = 30_000;

	private final Socket socket;

	private final InputStream in;

	HttpConnection(InetAddress address, int port) throws IOException {
		this.socket = new Socket(address, port);
		this.socket.setSoTimeout(TIMEOUT_MILLIS);
		this.in = new BufferedInputStream(this.socket.getInputStream());
	}

	HttpResponse get(String path, String... headers) throws IOException {
		return send("GET", path, new byte[0], headers);
	}

	HttpResponse send(String method, String path, byte[] body, String... headers) throws IOException {
		StringBuilder head = new StringBuilder(method + " " + path + " HTTP/1.1\r\nhost: test\r\n");
		for (String header : headers) {
			head.append(header).append("\r\n");
		}
		if (body.length > 0) {
			head.append("content-length: ").append(body.length).append("\r\n");
		}
		byte[] bytes = head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
		this.socket.getOutputStream().write(bytes);
		this.socket.getOutputStream().write(body);
		return receive();
	}

	/**
	 * Send a request without a body as it is.
	 */
	HttpResponse send(String head) throws IOException {
		this.socket.getOutputStream().write(head.getBytes(StandardCharsets.ISO_8859_1));
		return receive();
	}

	private HttpResponse receive() throws IOException {
		String status = line();
		List<String> headers = new ArrayList<>();
		for (String line = line(); !line.isEmpty(); line = line()) {
			headers.add(line);
		}
		HttpResponse response = new HttpResponse(Integer.parseInt(status.split(" ")[1]), headers, "");
		byte[] body = this.in.readNBytes(Integer.parseInt(response.header("content-length")));
		return new HttpResponse(response.status(), headers, new String(body, StandardCharsets.ISO_8859_1));
	}

	private String line() throws IOException {
		StringBuilder line = new StringBuilder();
		for (int b = this.in.read(); b != '\n'; b = this.in.read()) {
			if (b < 0) {
				throw new EOFException("The connection ended in '" + line + "'");
			}
			line.append((char) b);
		}
		return line.toString().stripTrailing();
	}

	@Override
	public void close() throws IOException {
		this.socket.close();
	}

	record HttpResponse(int status, List<String> headers, String body) {

		/**
		 * Return the value of a header, which is empty where a variable was not set.
		 */
		String header(String name) {
			String start = name + ":";
			return this.headers.stream()
				.filter((line) -> line.startsWith(start))
				.findFirst()
				.map((line) -> line.substring(start.length()).strip())
				.orElseThrow(() -> new AssertionError("No header " + name + " in " + this));
		}

	}

}
