package io.spop.agent;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.handler.ipfilter.IpFilterRule;
import io.spop.fuzzing.Input;

/**
 * Reads any texts as addresses and networks, and compares the address of a client with
 * them bit by bit.
 */
class AddressListFuzz {

	private static final TcpListener LISTENER = SpopListener.tcp("fuzz", new InetSocketAddress("127.0.0.1", 0));

	@FuzzTest
	void addresses(byte[] bytes) throws UnknownHostException {
		Input input = new Input(bytes);
		int choice = input.next();
		byte[] address = Arrays.copyOf(input.next(16), ((choice & 1) == 0) ? 4 : 16);
		String text;
		if ((choice & 2) == 0) {
			text = new String(input.rest(), StandardCharsets.UTF_8);
		}
		else {
			byte[] network = Arrays.copyOf(input.next(16), ((choice & 4) == 0) ? 4 : 16);
			int prefix = input.next() % 130;
			text = InetAddress.getByAddress(network).getHostAddress() + "/" + prefix;
		}
		List<IpFilterRule> rules;
		try {
			rules = LISTENER.allow(List.of(text)).allowed();
		}
		catch (IllegalArgumentException ex) {
			return;
		}
		InetAddress client = InetAddress.getByAddress(address);
		boolean matches = rules.size() == 1 && rules.get(0).matches(new InetSocketAddress(client, 1));
		if (matches != expected(text, client.getAddress())) {
			throw new AssertionError(text + " and " + client + ": " + matches);
		}
	}

	/** Whether the first bits are the same. What is not an address must not come here. */
	private static boolean expected(String text, byte[] client) throws UnknownHostException {
		int slash = text.indexOf('/');
		String address = (slash < 0) ? text : text.substring(0, slash);
		if (!address.matches("[0-9a-fA-F:.]+|\\[[0-9a-fA-F:.]+\\]")) {
			throw new AssertionError("'" + text + "' was taken for an address");
		}
		byte[] network = InetAddress.getByName(address).getAddress();
		int prefix = (slash < 0) ? 8 * network.length : Integer.parseInt(text.substring(slash + 1));
		if (network.length != client.length) {
			return false;
		}
		for (int bit = 0; bit < prefix; bit++) {
			int mask = 0x80 >> bit % 8;
			if ((network[bit / 8] & mask) != (client[bit / 8] & mask)) {
				return false;
			}
		}
		return true;
	}

}
