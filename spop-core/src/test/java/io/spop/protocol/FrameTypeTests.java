package io.spop.protocol;

import java.util.Arrays;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

class FrameTypeTests {

	@ParameterizedTest
	@CsvSource({ "UNSET,0", "HAPROXY_HELLO,1", "HAPROXY_DISCONNECT,2", "NOTIFY,3", "AGENT_HELLO,101",
			"AGENT_DISCONNECT,102", "ACK,103" })
	void whenTypeIsOnTheWireThenItHasTheCodeOfHaproxy(FrameType type, int code) {
		assertThat(type.code()).isEqualTo(code);
		assertThat(FrameType.of(code)).isSameAs(type);
	}

	@Test
	void whenCodeIsUnassignedThenThereIsNoType() {
		assertThat(IntStream.rangeClosed(0, 255).mapToObj(FrameType::of).filter((type) -> type != null))
			.containsExactlyElementsOf(Arrays.asList(FrameType.values()));
		assertThat(FrameType.of(-1)).isNull();
		assertThat(FrameType.of(256)).isNull();
	}

}
