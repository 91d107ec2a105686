package io.spop.protocol;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

class StatusCodeTests {

	@ParameterizedTest
	@CsvSource({ "NORMAL,0,normal", "IO_ERROR,1,I/O error", "TIMEOUT,2,a timeout occurred",
			"FRAME_TOO_BIG,3,frame is too big", "INVALID_FRAME,4,invalid frame received",
			"NO_VERSION,5,version value not found", "NO_MAX_FRAME_SIZE,6,max-frame-size value not found",
			"NO_CAPABILITIES,7,capabilities value not found", "UNSUPPORTED_VERSION,8,unsupported version",
			"BAD_MAX_FRAME_SIZE,9,max-frame-size too big or too small",
			"FRAGMENTATION_NOT_SUPPORTED,10,payload fragmentation is not supported",
			"INTERLACED_FRAMES,11,invalid interlaced frames", "FRAME_ID_NOT_FOUND,12,frame-id not found",
			"RESOURCE_ERROR,13,resource allocation error", "UNKNOWN,99,an unknown error occurred" })
	void whenStatusIsOnTheWireThenItHasCodeAndTextOfHaproxy(StatusCode status, int code, String text) {
		assertThat(status.code()).isEqualTo(code);
		assertThat(status.text()).isEqualTo(text);
		assertThat(new Frame.AgentDisconnect(status)).isEqualTo(new Frame.AgentDisconnect(code, text));
	}

	@Test
	void whenCodesAreComparedThenEachIsThereOnceAndBelowThoseOfAgents() {
		assertThat(StatusCode.values()).hasSize(15)
			.extracting(StatusCode::code)
			.doesNotHaveDuplicates()
			.allMatch((code) -> code >= 0 && code < 100);
	}

}
