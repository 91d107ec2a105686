package io.spop.boot.autoconfigure;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

import io.spop.boot.autoconfigure.SpopProperties.OnFinding;
import io.spop.haproxy.AgentDescription;
import io.spop.haproxy.HaproxyVersion;
import io.spop.haproxy.check.ConfigurationCheck;
import io.spop.haproxy.check.Finding;
import io.spop.haproxy.check.Severity;
import io.spop.haproxy.config.HaproxyConfiguration;
import io.spop.haproxy.write.ConfigurationWriter;
import io.spop.protocol.LogText;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.SmartLifecycle;

/**
 * Checks or writes HAProxy's configuration, if properties say so. It does so in the first
 * phase to start: all beans and handlers exist, and no listener, web server or consumer
 * of the application has been started. The application ends after the configuration was
 * written.
 */
final class HaproxyConfigurationLifecycle implements SmartLifecycle {

	private static final Log logger = LogFactory.getLog(HaproxyConfigurationLifecycle.class);

	private static final int MAX_LINE = 2000;

	private final SpopProperties.Haproxy properties;

	private final boolean enabled;

	private final HaproxyVersion version;

	private final ObjectProvider<AgentDescription> agent;

	private final ConfigurableApplicationContext context;

	private volatile boolean running;

	HaproxyConfigurationLifecycle(SpopProperties.Haproxy properties, boolean enabled,
			ObjectProvider<AgentDescription> agent, ConfigurableApplicationContext context) {
		this.properties = properties;
		this.enabled = enabled;
		this.version = version(properties);
		this.agent = agent;
		this.context = context;
	}

	private static HaproxyVersion version(SpopProperties.Haproxy properties) {
		try {
			return HaproxyVersion.of(properties.getVersion()).requireSupported();
		}
		catch (IllegalArgumentException ex) {
			throw new InvalidConfigurationPropertyValueException("spop.haproxy.version", properties.getVersion(),
					ex.getMessage() + ".");
		}
	}

	@Override
	public void start() {
		if (this.properties.getWrite() != null) {
			write(path("write", this.properties.getWrite()));
			this.context.close();
			// The context is still starting, and the application cannot end in another
			// way
			System.exit(0);
		}
		List<Path> files = this.properties.getCheck()
			.stream()
			.filter((file) -> !file.isBlank())
			.map((file) -> path("check", file))
			.toList();
		if (!files.isEmpty()) {
			check(files);
		}
		this.running = true;
	}

	private static Path path(String property, String path) {
		try {
			return Path.of(path);
		}
		catch (InvalidPathException ex) {
			throw new InvalidConfigurationPropertyValueException("spop.haproxy." + property, path,
					ex.getReason() + ".");
		}
	}

	/**
	 * Write the configuration, with a line in the log for each file.
	 * @param folder the folder
	 */
	void write(Path folder) {
		try {
			for (Path file : ConfigurationWriter.write(this.agent.getObject(), this.version).writeTo(folder)) {
				logger.info("Wrote " + file);
			}
		}
		catch (IOException ex) {
			throw new SpopStartException(
					"HAProxy's configuration cannot be written to '" + folder + "': " + reason(ex) + ".",
					(ex instanceof FileAlreadyExistsException)
							? "Move that file away, or set 'spop.haproxy.write' to another folder."
							: "Set 'spop.haproxy.write' to a folder that can be written to.");
		}
		catch (IllegalArgumentException ex) {
			throw new SpopStartException("HAProxy's configuration cannot be written: " + ex.getMessage() + ".",
					"Correct it, or set 'spop.haproxy.version' to one of " + HaproxyVersion.SUPPORTED + ".");
		}
	}

	private static @Nullable String reason(IOException failure) {
		if (failure instanceof AccessDeniedException denied) {
			return "it is not allowed to write '" + denied.getFile() + "'";
		}
		if (failure instanceof FileAlreadyExistsException existing && existing.getReason() == null) {
			return "'" + existing.getFile() + "' is not a folder";
		}
		return (failure instanceof FileSystemException file && file.getReason() != null)
				? "'" + file.getFile() + "': " + file.getReason() : failure.getMessage();
	}

	private void check(List<Path> files) {
		HaproxyConfiguration configuration = HaproxyConfiguration.reader()
			.version(this.version)
			.read(files.toArray(Path[]::new));
		List<Finding> findings = ConfigurationCheck.check(configuration, this.agent.getObject());
		List<String> bad = findings.stream()
			.filter((finding) -> finding.severity() != Severity.HINT)
			.map(HaproxyConfigurationLifecycle::line)
			.toList();
		boolean fail = this.properties.getOnFinding() == OnFinding.FAIL && !bad.isEmpty();
		for (Finding finding : findings) {
			if (finding.severity() == Severity.HINT) {
				logger.info(line(finding));
			}
			else if (!fail) {
				logger.warn(line(finding));
			}
		}
		if (fail) {
			throw new SpopStartException(
					bad.stream()
						.collect(Collectors.joining("\n    ",
								"HAProxy's configuration does not fit the application:\n\n    ", "")),
					"Correct the configuration, or set 'spop.haproxy.on-finding' to 'warn' to start all the same.");
		}
		if (findings.isEmpty()) {
			logger.info("HAProxy's configuration fits the application: "
					+ files.stream().map(Path::toString).collect(Collectors.joining(", ")));
		}
	}

	/**
	 * Return a finding in one line, with control characters escaped: it quotes a file
	 * that may come from somebody else.
	 */
	private static String line(Finding finding) {
		return LogText.of(finding.toString(), MAX_LINE);
	}

	@Override
	public boolean isAutoStartup() {
		return this.enabled;
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
	public int getPhase() {
		return Integer.MIN_VALUE;
	}

}
