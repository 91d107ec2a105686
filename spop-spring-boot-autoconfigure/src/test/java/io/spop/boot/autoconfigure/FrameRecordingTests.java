package io.spop.boot.autoconfigure;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.spop.annotation.SpopArg;
import io.spop.annotation.SpopMessage;
import io.spop.boot.autoconfigure.actuate.SpopEndpoint;
import io.spop.boot.autoconfigure.actuate.SpopEndpointAutoConfiguration;
import io.spop.boot.autoconfigure.actuate.SpopMetricsAutoConfiguration;
import io.spop.client.SpopClient;
import io.spop.protocol.Actions;
import io.spop.protocol.Argument;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopValue;
import io.spop.protocol.StatusCode;
import io.spop.protocol.VarScope;
import io.spop.recording.RecordingEntry;
import io.spop.recording.RecordingEntry.RecordedFrame;
import io.spop.recording.RecordingReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An application records frames if {@code spop.record.file} is set.
 */
@ExtendWith(OutputCaptureExtension.class)
class FrameRecordingTests {

	private static final Duration LIMIT = Duration.ofSeconds(10);

	private static final NotifyMessage MESSAGE = NotifyMessage.of("check",
			new Argument("cookie", SpopValue.of("secret")));

	private static final Actions ANSWER = Actions.set(VarScope.SESSION, "length", 6);

	private final ApplicationContextRunner runner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(SpopAgentAutoConfiguration.class, SpopHandlerAutoConfiguration.class,
				SpopMetricsAutoConfiguration.class, SpopEndpointAutoConfiguration.class))
		.withBean(MeterRegistry.class, SimpleMeterRegistry::new)
		.withBean(Handlers.class)
		.withPropertyValues("spop.listeners.main.port=0", "spop.warm-up.enabled=false",
				"management.endpoints.web.exposure.include=spop");

	@TempDir
	private Path folder;

	private Path file() {
		return this.folder.resolve("day.spop");
	}

	@Test
	void whenFileIsNotSetThenNothingIsRecorded(CapturedOutput output) {
		this.runner.run((context) -> {
			notify(context);
			assertThat(context.getBean(SpopAgentLifecycle.class).recorder()).isNull();
			assertThat(context.getBean(SpopEndpoint.class).spop().getRecording()).isNull();
			assertThat(context.getBean(SpopEndpoint.class).part("recording", null)).isNull();
			assertThat(context.getBean(MeterRegistry.class).find("spop.record.entries").meter()).isNull();
		});
		assertThat(this.folder).isEmptyDirectory();
		assertThat(output).doesNotContain("recorded");
	}

	@Test
	void whenFileIsSetThenFramesAreRecordedAndOperatorsSeeIt(CapturedOutput output) throws IOException {
		this.runner.withPropertyValues("spop.record.file=" + file()).run((context) -> {
			notify(context);
			SpopAgentLifecycle lifecycle = context.getBean(SpopAgentLifecycle.class);
			lifecycle.stop();
			SpopEndpoint.RecordingDescriptor recording = Objects
				.requireNonNull(context.getBean(SpopEndpoint.class).spop().getRecording());
			assertThat(recording.getFile()).isEqualTo(file().toString());
			assertThat(recording.getWritten()).isEqualTo(8);
			assertThat(recording.getSize()).isEqualTo(Files.size(file()));
			assertThat(recording.getDropped()).isZero();
			assertThat(recording.getUnreadable()).isZero();
			assertThat(recording.getFailure()).isNull();
			MeterRegistry registry = context.getBean(MeterRegistry.class);
			assertThat(registry.get("spop.record.entries").tag("outcome", "written").functionCounter().count())
				.isEqualTo(8);
			assertThat(registry.get("spop.record.entries").tag("outcome", "dropped").functionCounter().count())
				.isZero();
			assertThat(registry.get("spop.record.size").functionCounter().count())
				.isEqualTo((double) Files.size(file()));
		});
		assertThat(output).contains("SPOP frames are recorded to '" + file() + "'");
		assertThat(read()).hasSize(8);
		assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file()))).isEqualTo("rw-------");
	}

	@Test
	void whenAgentIsStartedAgainThenTheRecordingIsContinued() throws IOException {
		this.runner.withPropertyValues("spop.record.file=" + file()).run((context) -> {
			SpopAgentLifecycle lifecycle = context.getBean(SpopAgentLifecycle.class);
			for (int i = 0; i < 3; i++) {
				notify(context);
				lifecycle.stop();
				lifecycle.start();
			}
		});
		assertThat(read()).hasSize(24);
	}

	@Test
	void whenArgumentsAreRedactedThenOnlyTheHandlerSeesThem(CapturedOutput output) throws IOException {
		this.runner
			.withPropertyValues("spop.record.file=" + file(), "spop.record.redacted-arguments=cookie,token",
					"spop.record.messages=check,login", "spop.record.sample-rate=0.9999999999")
			.run(FrameRecordingTests::notify);
		assertThat(Files.readString(file(), StandardCharsets.ISO_8859_1)).contains("check", "length")
			.doesNotContain("secret");
		assertThat(output).contains("without the values of the arguments [cookie, token]",
				"only the messages [check, login]", "a sample of 0.9999999999");
	}

	@Test
	void whenOnlyOtherMessagesAreRecordedThenTheHandshakeIs() throws IOException {
		this.runner.withPropertyValues("spop.record.file=" + file(), "spop.record.messages=login")
			.run(FrameRecordingTests::notify);
		assertThat(read()).hasSize(6);
	}

	@Test
	void whenFileIsFullThenAFewAreKept() throws IOException {
		this.runner
			.withPropertyValues("spop.record.file=" + file(), "spop.record.max-file-size=100B",
					"spop.record.max-files=3")
			.run(FrameRecordingTests::notify);
		try (var files = Files.list(this.folder)) {
			assertThat(files).hasSize(3);
		}
	}

	@ParameterizedTest
	@CsvSource({ "sample-rate,1.1,It must be 0 to 1.", "sample-rate,-0.1,It must be 0 to 1.",
			"sample-rate,NaN,It must be 0 to 1.", "max-files,0,It must be at least 1.",
			"max-file-size,0,It must be more than zero.", "file,a\0b,It must be the path of a file." })
	void whenAValueIsWrongThenTheFailureNamesTheProperty(String property, String value, String reason) {
		this.runner.withPropertyValues("spop.record." + property + "=" + value)
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.isInstanceOfSatisfying(InvalidConfigurationPropertyValueException.class, (ex) -> {
					assertThat(ex.getName()).isEqualTo("spop.record." + property);
					assertThat(ex.getReason()).isEqualTo(reason);
				}));
	}

	@Test
	void whenTwoApplicationsRecordToTheSameFileThenTheSecondDoesNotStart() {
		ApplicationContextRunner recorded = this.runner.withPropertyValues("spop.record.file=" + file());
		recorded.run((first) -> {
			recorded.run((second) -> assertThat(second).getFailure()
				.rootCause()
				.isInstanceOf(SpopStartException.class)
				.hasMessage("Frames cannot be recorded to '" + file()
						+ "', the value of 'spop.record.file': another recorder writes the file."));
			notify(first);
		});
		recorded.run((context) -> assertThat(context).hasNotFailed());
	}

	@Test
	void whenListenerCannotBeOpenedThenTheFileIsReleased() {
		this.runner.run((other) -> {
			int port = Objects.requireNonNull(other.getBean(SpopAgentLifecycle.class).agent()).port();
			ApplicationContextRunner recorded = this.runner.withPropertyValues("spop.record.file=" + file());
			recorded.withPropertyValues("spop.listeners.main.port=" + port)
				.run((context) -> assertThat(context).hasFailed());
			recorded.run((context) -> assertThat(context).hasNotFailed());
		});
	}

	@Test
	void whenDiskIsFullThenHandlersStillAnswerAndOperatorsSeeIt(CapturedOutput output) {
		this.runner.withPropertyValues("spop.record.file=/dev/full").run((context) -> {
			for (int i = 0; i < 10; i++) {
				notify(context);
			}
			context.getBean(SpopAgentLifecycle.class).stop();
			SpopEndpoint.RecordingDescriptor recording = Objects
				.requireNonNull(context.getBean(SpopEndpoint.class).spop().getRecording());
			assertThat(recording.getWritten()).isZero();
			assertThat(recording.getDropped()).isEqualTo(80);
			assertThat(recording.getFailure()).contains("No space left on device");
		});
		assertThat(output).containsOnlyOnce("Nothing is recorded to /dev/full");
	}

	/** Open a connection, send a NOTIFY, and close: 8 entries. */
	private static void notify(AssertableApplicationContext context) {
		SpopAgentLifecycle lifecycle = context.getBean(SpopAgentLifecycle.class);
		try (SpopClient client = Objects.requireNonNull(
				SpopClient.connect(Objects.requireNonNull(lifecycle.agent()).address("main")).block(LIMIT))) {
			assertThat(client.notify(MESSAGE).block(LIMIT)).isEqualTo(ANSWER);
			client.disconnect(StatusCode.NORMAL).block(LIMIT);
		}
	}

	private List<RecordingEntry> read() throws IOException {
		try (RecordingReader reader = RecordingReader.open(file())) {
			List<RecordingEntry> entries = new ArrayList<>();
			for (RecordingEntry entry = reader.next(); entry != null; entry = reader.next()) {
				entries.add(entry);
			}
			assertThat(entries).filteredOn(RecordedFrame.class::isInstance).isNotEmpty();
			return entries;
		}
	}

	static class Handlers {

		@SpopMessage("check")
		Actions check(@SpopArg String cookie) {
			return Actions.set(VarScope.SESSION, "length", cookie.length());
		}

	}

}
