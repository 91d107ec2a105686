package io.spop.sample;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;

/**
 * A network such as 198.51.100.0/24 or 2001:db8::/32.
 *
 * @param address an address of the network
 * @param prefix the number of leading bits that all addresses of the network share
 */
record Network(InetAddress address, int prefix) {

	Network {
		int bits = address.getAddress().length * Byte.SIZE;
		if (prefix < 0 || prefix > bits) {
			throw new IllegalArgumentException("The prefix of " + address.getHostAddress() + " is 0 to " + bits);
		}
	}

	/**
	 * Read a network. Spring calls this for properties of the type.
	 */
	public static Network of(String text) throws UnknownHostException {
		String[] parts = text.split("/");
		if (parts.length != 2) {
			throw new IllegalArgumentException("'" + text + "' is not a network: write it as 198.51.100.0/24");
		}
		return new Network(InetAddress.getByName(parts[0]), Integer.parseInt(parts[1]));
	}

	boolean contains(InetAddress other) {
		byte[] ours = this.address.getAddress();
		byte[] theirs = other.getAddress();
		int mismatch = Arrays.mismatch(ours, theirs);
		if (mismatch < 0 || ours.length != theirs.length) {
			return mismatch < 0;
		}
		int different = (ours[mismatch] ^ theirs[mismatch]) & 0xFF;
		int shared = mismatch * Byte.SIZE + Integer.numberOfLeadingZeros(different) - (Integer.SIZE - Byte.SIZE);
		return shared >= this.prefix;
	}

}
