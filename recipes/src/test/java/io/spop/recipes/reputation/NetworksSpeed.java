package io.spop.recipes.reputation;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Measures {@link Networks} with 400,000 networks of IPv4 and 100,000 of IPv6. Nothing
 * runs this unless it is told to: the figures are for a page, not to be compared.
 */
class NetworksSpeed {

	private static final ThreadMXBean threads = ManagementFactory.getThreadMXBean();

	private final Random random = new Random(1);

	private final List<byte[]> networks = new ArrayList<>();

	@TempDir
	Path folder;

	@Test
	void measure() throws IOException {
		Path file = write();
		long before = usedMemory();
		Networks networks = Networks.read(file);
		long memory = usedMemory() - before;
		for (int i = 0; i < 5; i++) {
			long start = threads.getCurrentThreadCpuTime();
			Networks.read(file);
			long millis = (threads.getCurrentThreadCpuTime() - start) / 1_000_000;
			System.out.println("read " + networks.size() + " networks: " + millis + " ms");
		}
		System.out.println("memory: " + memory / 1e6 + " MB");
		measure("IPv4", networks, addresses(4), 4);
		measure("IPv6", networks, addresses(16), 16);
	}

	private static void measure(String name, Networks networks, byte[] addresses, int length) throws IOException {
		long sum = 0;
		int count = addresses.length / length;
		for (int i = 0; i < 60; i++) {
			long start = threads.getCurrentThreadCpuTime();
			for (int n = 0; n < count; n++) {
				// A new object, as a handler gets it
				byte[] address = Arrays.copyOfRange(addresses, n * length, (n + 1) * length);
				sum += networks.score(InetAddress.getByAddress(address));
			}
			if (i >= 50) {
				System.out
					.println("lookup of " + name + ": " + (threads.getCurrentThreadCpuTime() - start) / count + " ns");
			}
		}
		System.out.println("mean score " + sum / 60 / count);
	}

	private Path write() throws IOException {
		StringBuilder lines = new StringBuilder();
		for (int i = 0; i < 500_000; i++) {
			byte[] address = new byte[(i % 5 != 0) ? 4 : 16];
			this.random.nextBytes(address);
			if (address.length == 16) {
				// 2000::/3
				address[0] = (byte) (0x20 | (address[0] & 0x1F));
			}
			this.networks.add(address);
			int length = (address.length == 4) ? 16 + this.random.nextInt(17) : 32 + this.random.nextInt(33);
			lines.append(InetAddress.getByAddress(address).getHostAddress() + "/" + length + " " + i % 100 + "\n");
		}
		return Files.writeString(this.folder.resolve("networks.txt"), lines);
	}

	/**
	 * Return addresses, of which every second is near the beginning of a network.
	 */
	private byte[] addresses(int length) {
		ByteBuffer addresses = ByteBuffer.allocate(length << 16);
		while (addresses.hasRemaining()) {
			byte[] address = this.networks.get(this.random.nextInt(this.networks.size()));
			if (address.length == length) {
				addresses.put(address);
				if (this.random.nextBoolean()) {
					addresses.putShort(addresses.position() - length + 1, (short) this.random.nextInt());
				}
			}
		}
		return addresses.array();
	}

	private static long usedMemory() {
		for (int i = 0; i < 4; i++) {
			System.gc();
		}
		return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
	}

}
