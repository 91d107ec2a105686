package io.spop.agent;

/**
 * A recorder that does nothing.
 */
final class NoopMetricsRecorder implements SpopMetricsRecorder {

	static final NoopMetricsRecorder INSTANCE = new NoopMetricsRecorder();

	private NoopMetricsRecorder() {
	}

}
