package io.spop.agent;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

import io.spop.protocol.Actions;
import io.spop.protocol.VarScope;
import io.spop.recording.Recorder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link AgentSettings}.
 */
class AgentSettingsTests {

	private static final SpopListener LISTENER = SpopListener.tcp("main", new InetSocketAddress("127.0.0.1", 0));

	private static final SpopInterceptor INTERCEPTOR = (exchange, next) -> next.handle(exchange);

	@TempDir
	private Path folder;

	static List<Field> settings() {
		return Arrays.stream(AgentSettings.class.getDeclaredFields())
			.filter((field) -> !Modifier.isStatic(field.getModifiers()) && !field.isSynthetic())
			.toList();
	}

	@ParameterizedTest
	@MethodSource("settings")
	void whenSettingsAreCopiedThenEachIsTheSame(Field field) throws Exception {
		try (Recorder recorder = Recorder.builder(this.folder.resolve("day.spop")).open()) {
			AgentSettings settings = new AgentSettings();
			Object initial = field.get(settings);
			field.set(settings, (initial instanceof Boolean flag) ? !flag : other(field, recorder));
			assertThat(field.get(settings)).isNotEqualTo(initial);
			assertThat(field.get(settings.copy())).isEqualTo(field.get(settings));
			// An interceptor makes another handler
			if (!field.getName().equals("handler")) {
				assertThat(field.get(settings.intercepted())).isEqualTo(field.get(settings));
			}
		}
	}

	@Test
	void whenACopyIsChangedThenTheFirstStaysAsItIs() {
		AgentSettings settings = new AgentSettings();
		settings.listener(LISTENER);
		settings.interceptor(INTERCEPTOR);
		AgentSettings copy = settings.copy();
		copy.listener(SpopListener.tcp("other", new InetSocketAddress("127.0.0.1", 0)));
		copy.interceptor(INTERCEPTOR);
		assertThat(settings.listeners).hasSize(1);
		assertThat(settings.interceptors).hasSize(1);
	}

	private static Object other(Field field, Recorder recorder) {
		Class<?> type = field.getType();
		if (type == Recorder.class) {
			return recorder;
		}
		if (type == int.class) {
			return 4711;
		}
		if (type == long.class) {
			return 4711L;
		}
		Object value = Map.<Class<?>, Object>of(Duration.class, Duration.ofSeconds(4711), Actions.class,
				Actions.set(VarScope.SESSION, "x", 1), SpopHandler.class,
				(SpopHandler) (exchange) -> Mono.just(Actions.none()), Map.class, Map.of("main", LISTENER), List.class,
				List.of(INTERCEPTOR), Function.class,
				(Function<String, SpopMetricsRecorder>) (listener) -> SpopMetricsRecorder.noop(), String.class, "other")
			.get(type);
		assertThat(value).as("a value of " + type).isNotNull();
		return value;
	}

}
