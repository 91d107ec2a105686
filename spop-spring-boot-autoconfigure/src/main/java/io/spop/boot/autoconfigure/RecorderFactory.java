package io.spop.boot.autoconfigure;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

import io.spop.recording.Recorder;
import io.spop.recording.RecordingFilter;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.util.StringUtils;
import org.springframework.util.unit.DataSize;

/**
 * Opens the recorder of the properties each time the agent starts.
 */
final class RecorderFactory {

	private static final Log logger = LogFactory.getLog(RecorderFactory.class);

	private final SpopProperties.Recording properties;

	private final RecordingFilter filter;

	private final @Nullable Path file;

	/**
	 * Create a factory.
	 * @param properties the properties
	 * @throws InvalidConfigurationPropertyValueException if a property has a wrong value
	 */
	RecorderFactory(SpopProperties.Recording properties) {
		this.properties = properties;
		DataSize size = properties.getMaxFileSize();
		check("max-file-size", size, size.toBytes() > 0, "It must be more than zero.");
		check("max-files", properties.getMaxFiles(), properties.getMaxFiles() > 0, "It must be at least 1.");
		double rate = properties.getSampleRate();
		check("sample-rate", rate, rate >= 0 && rate <= 1, "It must be 0 to 1.");
		this.filter = RecordingFilter.everything()
			.messages(properties.getMessages())
			.redact(properties.getRedactedArguments())
			.sampleRate(rate);
		this.file = file(properties.getFile());
	}

	private static void check(String property, Object value, boolean valid, String reason) {
		if (!valid) {
			throw new InvalidConfigurationPropertyValueException("spop.record." + property, value, reason);
		}
	}

	private static @Nullable Path file(@Nullable String file) {
		if (!StringUtils.hasLength(file)) {
			return null;
		}
		try {
			return Path.of(file);
		}
		catch (InvalidPathException ex) {
			throw new InvalidConfigurationPropertyValueException("spop.record.file", file,
					"It must be the path of a file.");
		}
	}

	/**
	 * Open the recorder.
	 * @return the recorder, or {@code null} if nothing is to be recorded
	 * @throws SpopStartException if the file cannot be written
	 */
	@Nullable Recorder open() {
		Path file = this.file;
		if (file == null) {
			return null;
		}
		try {
			Recorder recorder = Recorder.builder(file)
				.rotate(this.properties.getMaxFileSize().toBytes(), this.properties.getMaxFiles())
				.filter(this.filter)
				.open();
			logger.warn("SPOP frames are recorded to '" + file.toAbsolutePath()
					+ "'. The file has what HAProxy sends, such as addresses, cookies and tokens of clients"
					+ describe());
			return recorder;
		}
		catch (IOException ex) {
			throw new SpopStartException(
					"Frames cannot be recorded to '" + file.toAbsolutePath() + "', the value of 'spop.record.file': "
							+ reason(ex) + ".",
					"Set a file that this application alone can write, in a folder that exists, or remove the property.");
		}
	}

	private String describe() {
		StringBuilder text = new StringBuilder();
		if (!this.properties.getRedactedArguments().isEmpty()) {
			text.append(", without the values of the arguments ").append(this.properties.getRedactedArguments());
		}
		if (!this.properties.getMessages().isEmpty()) {
			text.append("; only the messages ").append(this.properties.getMessages());
		}
		if (this.properties.getSampleRate() < 1) {
			text.append("; a sample of ").append(this.properties.getSampleRate());
		}
		return text.toString();
	}

	private static String reason(IOException ex) {
		if (ex instanceof NoSuchFileException) {
			return "its folder does not exist";
		}
		if (ex instanceof AccessDeniedException) {
			return "this process has no permission to write it";
		}
		if (ex instanceof FileSystemException system && system.getReason() != null) {
			return system.getReason();
		}
		return StringUtils.uncapitalize(String.valueOf(ex.getMessage()));
	}

}
