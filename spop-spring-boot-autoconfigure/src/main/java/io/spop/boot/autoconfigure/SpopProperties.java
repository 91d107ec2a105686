package io.spop.boot.autoconfigure;

import java.net.InetAddress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.ConfigurationProperties;

/**
 * Properties of the SPOP agent.
 *
 * @since 0.1.0
 */
@ConfigurationProperties("spop")
public final class SpopProperties {

	/**
	 * Whether to run an agent.
	 */
	private boolean enabled = true;

	/**
	 * Listeners by name. Without any there is one named 'default' on 127.0.0.1:12345.
	 */
	private final Map<String, Listener> listeners = new LinkedHashMap<>();

	private final Handler handler = new Handler();

	public boolean isEnabled() {
		return this.enabled;
	}

	public void setEnabled(boolean enabled) {
		this.enabled = enabled;
	}

	public Map<String, Listener> getListeners() {
		return this.listeners;
	}

	public Handler getHandler() {
		return this.handler;
	}

	/**
	 * A TCP listener has a port, one on a UNIX socket has a path.
	 */
	public static final class Listener {

		/**
		 * Address to bind to, loopback if not set. SPOP has no authentication: do not
		 * listen on a public address.
		 */
		private @Nullable InetAddress address;

		/**
		 * TCP port. Use 0 for any that is free.
		 */
		private @Nullable Integer port;

		/**
		 * Path of the UNIX socket, at most 107 bytes. Its folder must exist.
		 */
		private @Nullable String path;

		/**
		 * Permissions of the UNIX socket, as 'rw-rw----' or as a quoted octal number such
		 * as '0660'. HAProxy needs to read and write. Left to the umask if not set.
		 */
		private @Nullable String permissions;

		public @Nullable InetAddress getAddress() {
			return this.address;
		}

		public void setAddress(@Nullable InetAddress address) {
			this.address = address;
		}

		public @Nullable Integer getPort() {
			return this.port;
		}

		public void setPort(@Nullable Integer port) {
			this.port = port;
		}

		public @Nullable String getPath() {
			return this.path;
		}

		public void setPath(@Nullable String path) {
			this.path = path;
		}

		public @Nullable String getPermissions() {
			return this.permissions;
		}

		public void setPermissions(@Nullable String permissions) {
			this.permissions = permissions;
		}

	}

	/**
	 * What concerns the handling of messages.
	 */
	public static final class Handler {

		/**
		 * How long the handling of a NOTIFY may take before the fallback is answered.
		 * Must be shorter than 'timeout processing' of HAProxy.
		 */
		private Duration timeout = Duration.ofSeconds(1);

		public Duration getTimeout() {
			return this.timeout;
		}

		public void setTimeout(Duration timeout) {
			this.timeout = timeout;
		}

	}

}
