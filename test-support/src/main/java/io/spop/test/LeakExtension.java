package io.spop.test;

import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

import io.netty.buffer.ByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakDetectorFactory;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Fails the test class at whose end Netty finds buffers that became garbage before they
 * were released. JUnit applies it to all test classes by itself.
 */
public final class LeakExtension implements AfterAllCallback {

	private static final Queue<String> leaks = new ConcurrentLinkedQueue<>();

	static {
		ResourceLeakDetectorFactory.setResourceLeakDetectorFactory(new ResourceLeakDetectorFactory() {

			@Override
			@SuppressWarnings("deprecation")
			public <T> ResourceLeakDetector<T> newResourceLeakDetector(Class<T> resource, int samplingInterval,
					long maxActive) {
				ResourceLeakDetector<T> detector = new ResourceLeakDetector<>(resource, samplingInterval);
				detector.setLeakListener((type, records) -> leaks.add(type + " was not released" + records));
				return detector;
			}

		});
	}

	@Override
	public void afterAll(ExtensionContext context) throws InterruptedException {
		awaitGarbageCollection();
		// Netty looks for leaks when it allocates
		ByteBufAllocator.DEFAULT.buffer(1).release();
		if (!leaks.isEmpty()) {
			String records = String.join("\n", leaks);
			leaks.clear();
			throw new AssertionError(records);
		}
	}

	private static void awaitGarbageCollection() throws InterruptedException {
		ReferenceQueue<Object> collected = new ReferenceQueue<>();
		WeakReference<Object> garbage = new WeakReference<>(new Object(), collected);
		System.gc();
		collected.remove(1000);
		garbage.clear();
	}

}
