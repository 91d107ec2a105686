package io.spop.agent;

import java.nio.ByteBuffer;

/**
 * Guesses the protocol of a peer that does not speak SPOP.
 */
final class StrayBytes {

	private StrayBytes() {
	}

	/**
	 * Describe the first bytes of a connection.
	 * @param bytes the array with the bytes
	 * @param start the index at which they begin
	 * @param end the index at which they end
	 * @return a text to append to an error message, empty if the bytes look like no known
	 * protocol
	 */
	static String describe(byte[] bytes, int start, int end) {
		if (end - start < Integer.BYTES) {
			return "";
		}
		int first = ByteBuffer.wrap(bytes).getInt(start);
		return switch (first) {
			case 0x47455420, 0x504F5354, 0x48454144, 0x50555420, 0x4F505449, 0x44454C45, 0x434F4E4E, 0x50415443,
					0x50524920 ->
				"; it looks like an HTTP request";
			case 0x50524F58, 0x0D0A0D0A ->
				"; it looks like a PROXY protocol header: remove send-proxy from HAProxy's server line";
			default -> (first >>> 8 == 0x160301 || first >>> 8 == 0x160303)
					? "; it looks like a TLS handshake: remove ssl from HAProxy's server line, or give the listener TLS"
					: "";
		};
	}

}
