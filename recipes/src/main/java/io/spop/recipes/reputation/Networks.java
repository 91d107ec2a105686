package io.spop.recipes.reputation;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;

import io.netty.util.NetUtil;
import org.jspecify.annotations.Nullable;

/**
 * Networks, each with a score. The score of an address is that of the smallest network
 * that contains the address. Immutable.
 */
final class Networks {

	/**
	 * The score of an address that no network contains.
	 */
	static final byte UNLISTED = 100;

	private final int size;

	private final Ranges ipv4;

	private final Ranges ipv6;

	private Networks(List<Network> ipv4, List<Network> ipv6) {
		this.size = ipv4.size() + ipv6.size();
		this.ipv4 = new Ranges(ipv4);
		this.ipv6 = new Ranges(ipv6);
	}

	/**
	 * Read a file. Each line has a network, and after a blank its score; a network
	 * without a score has 0. The text after {@code #} or {@code ;} is a comment.
	 * @param file the file
	 * @return the networks
	 * @throws IOException if the file cannot be read, if a line is malformed, or if the
	 * file has no network
	 */
	static Networks read(Path file) throws IOException {
		List<Network> ipv4 = new ArrayList<>();
		List<Network> ipv6 = new ArrayList<>();
		try (BufferedReader reader = Files.newBufferedReader(file, StandardCharsets.ISO_8859_1)) {
			String line;
			for (int number = 1; (line = reader.readLine()) != null; number++) {
				String text = line.split("[#;]", 2)[0].strip();
				try {
					if (!text.isEmpty()) {
						(text.contains(":") ? ipv6 : ipv4).add(Network.parse(text));
					}
				}
				catch (IllegalArgumentException ex) {
					throw new IOException("Line " + number + " is not a network with a score of 0 to 100", ex);
				}
			}
		}
		if (ipv4.isEmpty() && ipv6.isEmpty()) {
			throw new IOException("The file has no network");
		}
		return new Networks(ipv4, ipv6);
	}

	/**
	 * Return the score of an address.
	 * @param address the address
	 * @return the score, 0 to 100, or {@link #UNLISTED}
	 */
	byte score(InetAddress address) {
		ByteBuffer bytes = ByteBuffer.wrap(address.getAddress());
		if (bytes.capacity() == 4) {
			return this.ipv4.score((long) bytes.getInt() << 32, 0);
		}
		long high = bytes.getLong();
		long low = bytes.getLong();
		// ::ffff:a.b.c.d
		boolean isIpv4 = high == 0 && low >>> 32 == 0xFFFF;
		return isIpv4 ? this.ipv4.score(low << 32, 0) : this.ipv6.score(high, low);
	}

	int size() {
		return this.size;
	}

	private static int compare(long high, long low, long otherHigh, long otherLow) {
		return (high != otherHigh) ? Long.compareUnsigned(high, otherHigh) : Long.compareUnsigned(low, otherLow);
	}

	/**
	 * One network. An address has 128 bits; of those the first 32 are the IPv4 address.
	 *
	 * @param high the upper half of its first address
	 * @param low the lower half
	 * @param length the length of its prefix
	 * @param score its score
	 */
	private record Network(long high, long low, int length, byte score) implements Comparable<Network> {

		static Network parse(String text) {
			String[] parts = text.split("\\s+", 2);
			String[] network = parts[0].split("/", 2);
			byte[] address = address(network[0]);
			int bits = 8 * address.length;
			int length = (network.length == 2) ? number(network[1], bits) : bits;
			int score = (parts.length == 2) ? number(parts[1], 100) : 0;
			ByteBuffer bytes = ByteBuffer.wrap(Arrays.copyOf(address, 16));
			return new Network(bytes.getLong() & highMask(length), bytes.getLong() & lowMask(length), length,
					(byte) score);
		}

		private static byte[] address(String text) {
			// getByName() asks DNS about a text that is not an address
			if (NetUtil.isValidIpV4Address(text) || (NetUtil.isValidIpV6Address(text) && !text.contains("%"))) {
				try {
					return InetAddress.getByName(text).getAddress();
				}
				catch (UnknownHostException ex) {
					throw new IllegalArgumentException("Not an address", ex);
				}
			}
			throw new IllegalArgumentException("Not an address");
		}

		private static int number(String text, int max) {
			int number = Integer.parseInt(text);
			if (number < 0 || number > max) {
				throw new IllegalArgumentException("Not between 0 and " + max);
			}
			return number;
		}

		private static long highMask(int length) {
			return (length == 0) ? 0 : -1L << Math.max(64 - length, 0);
		}

		private static long lowMask(int length) {
			return (length <= 64) ? 0 : -1L << (128 - length);
		}

		long lastHigh() {
			return this.high | ~highMask(this.length);
		}

		long lastLow() {
			return this.low | ~lowMask(this.length);
		}

		/**
		 * Return whether a network that begins at the same address or later is part of
		 * this one.
		 */
		boolean contains(Network other) {
			return compare(other.high, other.low, lastHigh(), lastLow()) <= 0;
		}

		@Override
		public int compareTo(Network other) {
			int order = compare(this.high, this.low, other.high, other.low);
			return (order != 0) ? order : Integer.compare(this.length, other.length);
		}

	}

	/**
	 * All addresses of IPv4 or of IPv6, in ranges whose addresses have the same score.
	 * Sorted arrays have the first address of each range, in two halves. A binary search
	 * finds the range of an address, among those with the same first 16 bits.
	 */
	private static final class Ranges {

		private static final int PREFIXES = 1 << 16;

		private int count;

		private long[] highs;

		private long[] lows;

		private byte[] scores;

		/** For the first 16 bits of an address, the range of the lowest such address. */
		private final int[] prefixes = new int[PREFIXES + 1];

		Ranges(List<Network> networks) {
			networks.sort(null);
			// One range begins with a network, and one behind its last address
			int max = 2 * networks.size() + 1;
			this.highs = new long[max];
			this.lows = new long[max];
			this.scores = new byte[max];
			begin(0, 0, UNLISTED);
			Deque<Network> open = new ArrayDeque<>();
			for (Network network : networks) {
				while (!open.isEmpty() && !open.element().contains(network)) {
					end(open.remove(), open.peek());
				}
				begin(network.high, network.low, network.score);
				open.push(network);
			}
			while (!open.isEmpty()) {
				end(open.remove(), open.peek());
			}
			this.highs = Arrays.copyOf(this.highs, this.count);
			this.lows = Arrays.copyOf(this.lows, this.count);
			this.scores = Arrays.copyOf(this.scores, this.count);
			for (int prefix = 0; prefix < PREFIXES; prefix++) {
				this.prefixes[prefix] = search((long) prefix << 48, 0, 0, this.count);
			}
			this.prefixes[PREFIXES] = this.count - 1;
		}

		private void begin(long high, long low, byte score) {
			int last = this.count - 1;
			if (last < 0 || this.highs[last] != high || this.lows[last] != low) {
				last = this.count++;
			}
			this.highs[last] = high;
			this.lows[last] = low;
			this.scores[last] = score;
		}

		private void end(Network network, @Nullable Network outer) {
			long low = network.lastLow() + 1;
			long high = network.lastHigh() + ((low == 0) ? 1 : 0);
			// Nothing is behind the last address of all
			if (high != 0 || low != 0) {
				begin(high, low, (outer != null) ? outer.score : UNLISTED);
			}
		}

		byte score(long high, long low) {
			int prefix = (int) (high >>> 48);
			return this.scores[search(high, low, this.prefixes[prefix], this.prefixes[prefix + 1] + 1)];
		}

		/**
		 * Return the last range that begins at an address or before, among those from
		 * {@code first}, which begins there or before, to {@code end}.
		 */
		private int search(long high, long low, int first, int end) {
			int from = first;
			int to = end;
			while (to - from > 1) {
				int middle = (from + to) >>> 1;
				if (compare(this.highs[middle], this.lows[middle], high, low) <= 0) {
					from = middle;
				}
				else {
					to = middle;
				}
			}
			return from;
		}

	}

}
