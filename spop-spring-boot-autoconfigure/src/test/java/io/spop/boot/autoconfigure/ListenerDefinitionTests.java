package io.spop.boot.autoconfigure;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.function.Consumer;

import io.spop.agent.SpopListener;
import io.spop.agent.UnixListener;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.context.properties.source.MutuallyExclusiveConfigurationPropertiesException;
import org.springframework.boot.ssl.DefaultSslBundleRegistry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class ListenerDefinitionTests {

	@Test
	void whenThereIsNoListenerThenThereIsOneOnLoopback() {
		List<SpopListener> listeners = ListenerDefinition.listeners(new SpopProperties(),
				new DefaultSslBundleRegistry());
		assertThat(listeners).singleElement().satisfies((listener) -> {
			assertThat(listener.name()).isEqualTo("default");
			assertThat(listener.address()).isEqualTo(new InetSocketAddress("127.0.0.1", 12345));
		});
	}

	@Test
	void whenThereIsOnlyAPortThenListensOnLoopback() {
		SpopListener listener = listener((properties) -> properties.setPort(0));
		assertThat(listener.name()).isEqualTo("main");
		assertThat(listener.address()).isEqualTo(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
	}

	@Test
	void whenThereIsAnAddressThenListensThere() {
		SpopListener listener = listener((properties) -> {
			properties.setAddress(new InetSocketAddress("192.0.2.1", 0).getAddress());
			properties.setPort(65535);
		});
		assertThat(listener.address()).isEqualTo(new InetSocketAddress("192.0.2.1", 65535));
	}

	@Test
	void whenThereIsAPathThenListensOnAUnixSocket() {
		SpopListener listener = listener((properties) -> properties.setPath("run/spop.sock"));
		assertThat(listener.address()).isEqualTo(UnixDomainSocketAddress.of("run/spop.sock"));
		assertThat(((UnixListener) listener).permissions()).isEmpty();
	}

	@ParameterizedTest
	@CsvSource({ "rw-rw-rw-,rw-rw-rw-", "rwxr-x---,rwxr-x---", "660,rw-rw----", "0660,rw-rw----", "0777,rwxrwxrwx",
			"0604,rw----r--" })
	void whenThereArePermissionsThenReadsThem(String permissions, String expected) {
		SpopListener listener = listener((properties) -> {
			properties.setPath("spop.sock");
			properties.setPermissions(permissions);
		});
		assertThat(PosixFilePermissions.toString(((UnixListener) listener).permissions())).isEqualTo(expected);
	}

	@ParameterizedTest
	@ValueSource(strings = { "432", "438", "0440", "0o660", "66", "00660", "rw-rw", "rw-rw-rwz", "", "-1" })
	void whenPermissionsAreNoneThenSaysHowToWriteThem(String permissions) {
		assertThatExceptionOfType(InvalidConfigurationPropertyValueException.class)
			.isThrownBy(() -> listener((properties) -> {
				properties.setPath("spop.sock");
				properties.setPermissions(permissions);
			}))
			.satisfies((ex) -> {
				assertThat(ex.getName()).isEqualTo("spop.listeners.main.permissions");
				assertThat(ex.getReason()).contains("in quotes");
			});
	}

	@Test
	void whenThereIsNeitherPortNorPathThenSaysWhatToSet() {
		assertThatExceptionOfType(InvalidConfigurationPropertyValueException.class)
			.isThrownBy(() -> listener((properties) -> properties.setAddress(InetAddress.getLoopbackAddress())))
			.satisfies((ex) -> {
				assertThat(ex.getName()).isEqualTo("spop.listeners.main.port");
				assertThat(ex.getReason()).contains("'spop.listeners.main.path'");
			});
	}

	@ParameterizedTest
	@ValueSource(ints = { -1, 65536 })
	void whenPortIsNoneThenSaysSo(int port) {
		assertThatExceptionOfType(InvalidConfigurationPropertyValueException.class)
			.isThrownBy(() -> listener((properties) -> properties.setPort(port)))
			.satisfies((ex) -> assertThat(ex.getReason()).isEqualTo("A port is 0 to 65535."));
	}

	@ParameterizedTest
	@ValueSource(strings = { "", " ", "a\0b" })
	void whenPathIsNoneThenSaysSo(String path) {
		assertThatExceptionOfType(InvalidConfigurationPropertyValueException.class)
			.isThrownBy(() -> listener((properties) -> properties.setPath(path)))
			.satisfies((ex) -> assertThat(ex.getName()).isEqualTo("spop.listeners.main.path"));
	}

	@Test
	void whenTcpListenerHasPermissionsThenRefuses() {
		assertThatExceptionOfType(InvalidConfigurationPropertyValueException.class)
			.isThrownBy(() -> listener((properties) -> {
				properties.setPort(1);
				properties.setPermissions("rw-rw-rw-");
			}))
			.satisfies((ex) -> assertThat(ex.getReason()).startsWith("This property is for UNIX sockets only."));
	}

	@Test
	void whenThereIsPathAndPortThenRefuses() {
		assertThatExceptionOfType(MutuallyExclusiveConfigurationPropertiesException.class)
			.isThrownBy(() -> listener((properties) -> {
				properties.setPath("spop.sock");
				properties.setPort(1);
			}))
			.satisfies((ex) -> assertThat(ex.getMutuallyExclusiveNames())
				.containsExactlyInAnyOrder("spop.listeners.main.path", "spop.listeners.main.port"));
	}

	@Test
	void whenThereIsPathAndAddressThenRefuses() {
		assertThatExceptionOfType(MutuallyExclusiveConfigurationPropertiesException.class)
			.isThrownBy(() -> listener((properties) -> {
				properties.setPath("spop.sock");
				properties.setAddress(InetAddress.getLoopbackAddress());
			}));
	}

	private static SpopListener listener(Consumer<SpopProperties.Listener> settings) {
		SpopProperties properties = new SpopProperties();
		SpopProperties.Listener listener = new SpopProperties.Listener();
		settings.accept(listener);
		properties.getListeners().put("main", listener);
		return ListenerDefinition.listeners(properties, new DefaultSslBundleRegistry()).get(0);
	}

}
