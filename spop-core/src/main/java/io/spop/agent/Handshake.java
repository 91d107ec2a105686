package io.spop.agent;

import java.util.EnumSet;
import java.util.Set;

import io.spop.protocol.Capability;
import io.spop.protocol.Frame;
import io.spop.protocol.LogText;
import org.jspecify.annotations.Nullable;

/**
 * The agreement of the two sides of a connection.
 *
 * @param engineId the engine of HAProxy, shortened and escaped, or {@code null} if
 * HAProxy names none
 * @param capabilities the capabilities of both sides
 * @param maxFrameSize the largest frame, in bytes without the length prefix
 * @param answer the AGENT-HELLO for this agreement
 */
record Handshake(@Nullable String engineId, Set<Capability> capabilities, int maxFrameSize, Frame.AgentHello answer) {

	/**
	 * Agree on a HELLO.
	 * @param hello the HELLO
	 * @param settings the settings of the agent
	 * @return the agreement
	 * @throws io.spop.protocol.SpopProtocolException if the two sides cannot agree on a
	 * version or a size
	 */
	static Handshake of(Frame.HaproxyHello hello, AgentSettings settings) {
		String version = hello.negotiateVersion();
		int size = hello.negotiateMaxFrameSize(settings.maxFrameSize);
		Set<Capability> shared = EnumSet.noneOf(Capability.class);
		if (settings.pipelining && hello.capabilities().contains(Capability.PIPELINING)) {
			shared.add(Capability.PIPELINING);
		}
		if (settings.maxFragmentedSize > 0) {
			// HAProxy sends fragments but does not announce this capability
			shared.add(Capability.FRAGMENTATION);
		}
		String engineId = hello.engineId();
		return new Handshake((engineId != null) ? LogText.name(engineId) : null, Set.copyOf(shared), size,
				new Frame.AgentHello(version, size, shared));
	}

}
