package io.spop.recipes.reputation;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

/**
 * Tests for {@link Networks}.
 */
class NetworksTests {

	@TempDir
	Path folder;

	@Test
	void whenNetworksAreNestedThenTheSmallestCounts() throws IOException {
		Networks networks = read("""
				10.0.0.0/8 10
				10.1.0.0/16 20
				10.1.2.3 30
				10.1.255.255 40
				""");
		assertThat(networks.size()).isEqualTo(4);
		assertThat(score(networks, "9.255.255.255")).isEqualTo(Networks.UNLISTED);
		assertThat(score(networks, "10.0.0.0")).isEqualTo(10);
		assertThat(score(networks, "10.1.0.0")).isEqualTo(20);
		assertThat(score(networks, "10.1.2.2")).isEqualTo(20);
		assertThat(score(networks, "10.1.2.3")).isEqualTo(30);
		assertThat(score(networks, "10.1.2.4")).isEqualTo(20);
		assertThat(score(networks, "10.1.255.255")).isEqualTo(40);
		assertThat(score(networks, "10.2.0.0")).isEqualTo(10);
		assertThat(score(networks, "11.0.0.0")).isEqualTo(Networks.UNLISTED);
	}

	@Test
	void whenNetworkIsIpv6ThenIpv4AddressesAreNotInIt() throws IOException {
		Networks networks = read("""
				2001:db8::/32 10
				2001:db8:0:0:8000::/65 20
				2001:db8::1 30
				::/96 40
				""");
		assertThat(score(networks, "2001:db8::")).isEqualTo(10);
		assertThat(score(networks, "2001:db8::1")).isEqualTo(30);
		assertThat(score(networks, "2001:db8::2")).isEqualTo(10);
		assertThat(score(networks, "2001:db8::7fff:ffff:ffff:ffff")).isEqualTo(10);
		assertThat(score(networks, "2001:db8::ffff:ffff:ffff:ffff")).isEqualTo(20);
		assertThat(score(networks, "2001:db8:0:1::")).isEqualTo(10);
		assertThat(score(networks, "2001:db9::")).isEqualTo(Networks.UNLISTED);
		assertThat(score(networks, "::5")).isEqualTo(40);
		assertThat(score(networks, "0.0.0.5")).isEqualTo(Networks.UNLISTED);
		networks = read("::10.0.0.0/104 10");
		assertThat(score(networks, "::a00:1")).isEqualTo(10);
		assertThat(score(networks, "10.0.0.1")).isEqualTo(Networks.UNLISTED);
	}

	@Test
	void whenNetworkHasTheFirstOrTheLastAddressThenTheyAreInIt() throws IOException {
		Networks networks = read("0.0.0.0/1 1\n255.255.255.255 2\n::/128 3\nffff::/16 4");
		assertThat(score(networks, "0.0.0.0")).isEqualTo(1);
		assertThat(score(networks, "127.255.255.255")).isEqualTo(1);
		assertThat(score(networks, "128.0.0.0")).isEqualTo(Networks.UNLISTED);
		assertThat(score(networks, "255.255.255.254")).isEqualTo(Networks.UNLISTED);
		assertThat(score(networks, "255.255.255.255")).isEqualTo(2);
		assertThat(score(networks, "::")).isEqualTo(3);
		assertThat(score(networks, "::1")).isEqualTo(Networks.UNLISTED);
		assertThat(score(networks, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")).isEqualTo(4);
		assertThat(score(read("0.0.0.0/0 6"), "255.255.255.255")).isEqualTo(6);
		assertThat(score(read("::/0 7"), "ffff::")).isEqualTo(7);
	}

	@Test
	void whenIpv6AddressIsThatOfAnIpv4ClientThenIpv4NetworksCount() throws IOException {
		Networks networks = read("192.0.2.0/24 10\n::/0 7");
		byte[] mapped = new byte[16];
		mapped[10] = (byte) 0xFF;
		mapped[11] = (byte) 0xFF;
		mapped[12] = (byte) 192;
		mapped[14] = 2;
		assertThat(networks.score(Inet6Address.getByAddress(null, mapped, -1))).isEqualTo((byte) 10);
		assertThat(score(networks, "192.0.3.0")).isEqualTo(Networks.UNLISTED);
	}

	@Test
	void whenNetworkIsThereTwiceThenTheLastLineCounts() throws IOException {
		Networks networks = read("10.0.0.0/8 10\n10.0.0.0/8 20");
		assertThat(score(networks, "10.0.0.0")).isEqualTo(20);
		assertThat(score(networks, "11.0.0.0")).isEqualTo(Networks.UNLISTED);
	}

	@Test
	void whenFileHasCommentsThenTheyAreNotRead() throws IOException {
		Networks networks = read("\n# all\n192.0.2.1/24\t10 # one\r\n198.51.100.0/24 ; other\n");
		assertThat(score(networks, "192.0.2.255")).isEqualTo(10);
		assertThat(score(networks, "198.51.100.1")).isEqualTo(0);
	}

	@ParameterizedTest
	@ValueSource(strings = { "localhost", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "10.0.0.0/8 101", "10.0.0.0/8 x",
			"10.0.0.0/8 1 2", "2001:db8::/129", "10.0.0", "::%", "fe80::%eth0/64", "<html>" })
	void whenLineIsMalformedThenItsNumberIsTold(String line) {
		assertThatIOException().isThrownBy(() -> read("10.0.0.0/8\n" + line))
			.withMessage("Line 2 is not a network with a score of 0 to 100");
	}

	@Test
	void whenFileHasNoNetworkThenItIsRefused() {
		assertThatIOException().isThrownBy(() -> read("# nothing\n")).withMessage("The file has no network");
	}

	@Test
	void whenThereAreManyNetworksThenTheScoreIsThatOfTheSmallest() throws IOException {
		Random random = new Random(1);
		int[] addresses = new int[500];
		int[] lengths = new int[addresses.length];
		StringBuilder lines = new StringBuilder();
		for (int i = 0; i < addresses.length; i++) {
			lengths[i] = 1 + random.nextInt(32);
			addresses[i] = random.nextInt();
			lines.append(address(addresses[i]).getHostAddress() + "/" + lengths[i] + " " + i % 100 + "\n");
		}
		Networks networks = read(lines.toString());
		for (int n = 0; n < 20_000; n++) {
			int address = addresses[random.nextInt(addresses.length)] ^ (random.nextInt() >>> random.nextInt(32));
			int expected = Networks.UNLISTED;
			int length = 0;
			for (int i = 0; i < addresses.length; i++) {
				if (lengths[i] >= length && (addresses[i] ^ address) >>> (32 - lengths[i]) == 0) {
					expected = i % 100;
					length = lengths[i];
				}
			}
			assertThat(networks.score(address(address))).isEqualTo((byte) expected);
		}
	}

	private static InetAddress address(int address) throws UnknownHostException {
		return InetAddress.getByAddress(new byte[] { (byte) (address >>> 24), (byte) (address >>> 16),
				(byte) (address >>> 8), (byte) address });
	}

	private static int score(Networks networks, String address) throws UnknownHostException {
		return networks.score(InetAddress.getByName(address));
	}

	private Networks read(String text) throws IOException {
		return Networks.read(Files.writeString(this.folder.resolve("networks.txt"), text));
	}

}
