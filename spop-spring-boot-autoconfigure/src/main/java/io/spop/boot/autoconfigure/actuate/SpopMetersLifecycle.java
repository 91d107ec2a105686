package io.spop.boot.autoconfigure.actuate;

import org.springframework.context.SmartLifecycle;

/**
 * Registers the meters when all handlers are known, before the listeners open.
 */
final class SpopMetersLifecycle implements SmartLifecycle {

	private final Runnable registration;

	private volatile boolean running;

	SpopMetersLifecycle(Runnable registration) {
		this.registration = registration;
	}

	@Override
	public void start() {
		this.registration.run();
		this.running = true;
	}

	@Override
	public void stop() {
		this.running = false;
	}

	@Override
	public boolean isRunning() {
		return this.running;
	}

	@Override
	public boolean isPauseable() {
		return false;
	}

	@Override
	public int getPhase() {
		return Integer.MAX_VALUE - 1;
	}

}
