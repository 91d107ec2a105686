package io.spop.agent;

import io.netty.channel.local.LocalAddress;

/**
 * A listener in memory, for clients in the same JVM.
 */
final class MemoryListener extends SpopListener {

	MemoryListener(String name) {
		super(name);
	}

	@Override
	public LocalAddress address() {
		return LocalAddress.ANY;
	}

}
