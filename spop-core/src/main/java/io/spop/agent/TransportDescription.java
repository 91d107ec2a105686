package io.spop.agent;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import io.netty.channel.Channel;
import org.jspecify.annotations.Nullable;

/**
 * Says which of Netty's transports the TCP listeners use, and why. Reactor Netty takes
 * the first native one whose jars are on the class path and that works here, and Java NIO
 * if there is none.
 */
final class TransportDescription {

	/**
	 * The native transports in Reactor Netty's order, with the class that tells why one
	 * does not work.
	 */
	private static final List<Map.Entry<String, String>> NATIVE = List.of(
			Map.entry("io_uring", "io.netty.channel.uring.IoUring"), Map.entry("epoll", "io.netty.channel.epoll.Epoll"),
			Map.entry("kqueue", "io.netty.channel.kqueue.KQueue"));

	private TransportDescription() {
	}

	/**
	 * Describe the transport of a channel.
	 * @param server a channel that listens on TCP
	 * @return a sentence without its full stop
	 */
	static String of(Channel server) {
		ClassLoader loader = server.getClass().getClassLoader();
		List<String> unusable = new ArrayList<>();
		for (Map.Entry<String, String> each : NATIVE) {
			if (server.getClass().getName().startsWith(each.getValue())) {
				return text(each.getKey(), "its jars are on the class path", unusable);
			}
			try {
				Object cause = Class.forName(each.getValue(), true, loader)
					.getMethod("unavailabilityCause")
					.invoke(null);
				if (cause == null) {
					return text("Java NIO", "the system property reactor.netty.native is false", unusable);
				}
				unusable.add(each.getKey() + " cannot be used here: " + reason((Throwable) cause));
			}
			catch (ClassNotFoundException ex) {
				// Its jars are not on the class path
			}
			catch (ReflectiveOperationException | LinkageError ex) {
				unusable.add(each.getKey() + " cannot be used here: " + ex);
			}
		}
		return text("Java NIO", unusable.isEmpty() ? "no native transport is on the class path" : null, unusable);
	}

	private static String text(String transport, @Nullable String why, List<String> unusable) {
		return "SPOP over TCP uses " + transport + ((why != null) ? ", since " + why : "")
				+ (unusable.isEmpty() ? "" : "; " + String.join("; ", unusable));
	}

	private static String reason(Throwable cause) {
		Throwable root = cause;
		while (root.getCause() != null) {
			root = root.getCause();
		}
		String text = String.valueOf(root.getMessage());
		return text.contains("not permitted") ? text + " (in a container, the seccomp profile has to allow it)" : text;
	}

}
