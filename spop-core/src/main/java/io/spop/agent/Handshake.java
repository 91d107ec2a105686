package io.spop.agent;

import java.util.EnumSet;
import java.util.Set;

import io.spop.protocol.Capability;
import io.spop.protocol.Frame;
import io.spop.protocol.LogText;
import org.jspecify.annotations.Nullable;

/**
 * What the two sides of a connection agree on.
 *
 * @param engineId the engine of HAProxy, shortened and escaped, or {@code null} if it
 * names none
 * @param capabilities what both are capable of
 * @param maxFrameSize the largest frame, in bytes without the length prefix
 * @param answer the frame that says so
 */
record Handshake(@Nullable String engineId, Set<Capability> capabilities, int maxFrameSize, Frame.AgentHello answer) {

	/**
	 * Return what a HELLO leads to.
	 * @param hello the HELLO
	 * @param settings the settings of the agent
	 * @return the agreement
	 * @throws io.spop.protocol.SpopProtocolException if there is no version or size that
	 * both sides have
	 */
	static Handshake of(Frame.HaproxyHello hello, AgentSettings settings) {
		String version = hello.negotiateVersion();
		int size = hello.negotiateMaxFrameSize(settings.maxFrameSize);
		Set<Capability> shared = EnumSet.noneOf(Capability.class);
		if (settings.pipelining && hello.capabilities().contains(Capability.PIPELINING)) {
			shared.add(Capability.PIPELINING);
		}
		if (settings.maxFragmentedSize > 0) {
			// HAProxy does not announce it, since it only sends fragments
			shared.add(Capability.FRAGMENTATION);
		}
		String engineId = hello.engineId();
		return new Handshake((engineId != null) ? LogText.name(engineId) : null, Set.copyOf(shared), size,
				new Frame.AgentHello(version, size, shared));
	}

}
