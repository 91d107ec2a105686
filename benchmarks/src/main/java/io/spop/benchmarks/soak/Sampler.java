package io.spop.benchmarks.soak;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

import com.sun.management.UnixOperatingSystemMXBean;
import io.netty.util.internal.PlatformDependent;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/**
 * Writes each 5 s what the process occupies, as a line of CSV. Each 12th line has the
 * heap that is left after a full collection.
 */
@Component
@ConditionalOnProperty("soak.samples")
class Sampler implements AutoCloseable {

	private static final int PERIOD_SECONDS = 5;

	private static final int SAMPLES_FOR_COLLECTION = 12;

	private final ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor();

	private final PrintWriter file;

	private int samples;

	Sampler(@Value("${soak.samples}") Path file) throws IOException {
		this.file = new PrintWriter(Files.newBufferedWriter(file));
		this.file.println("seconds,heap,direct,buffers,threads,descriptors,resident");
	}

	@EventListener(ApplicationReadyEvent.class)
	void start() {
		this.executor.scheduleAtFixedRate(this::sample, 0, PERIOD_SECONDS, TimeUnit.SECONDS);
	}

	private void sample() {
		String heap = "";
		if (this.samples % SAMPLES_FOR_COLLECTION == 0) {
			System.gc();
			heap = Long.toString(ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
		}
		long buffers = ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class)
			.stream()
			.mapToLong(BufferPoolMXBean::getMemoryUsed)
			.sum();
		int threads = ManagementFactory.getThreadMXBean().getThreadCount();
		long descriptors = ManagementFactory.getPlatformMXBean(UnixOperatingSystemMXBean.class)
			.getOpenFileDescriptorCount();
		this.file.println(this.samples * PERIOD_SECONDS + "," + heap + "," + PlatformDependent.usedDirectMemory() + ","
				+ buffers + "," + threads + "," + descriptors + "," + residentBytes());
		this.file.flush();
		this.samples++;
	}

	private static long residentBytes() {
		try {
			return Files.readAllLines(Path.of("/proc/self/status"))
				.stream()
				.filter((line) -> line.startsWith("VmRSS:"))
				.mapToLong((line) -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
				.sum();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	@Override
	public void close() {
		this.executor.shutdown();
		this.file.close();
	}

}
