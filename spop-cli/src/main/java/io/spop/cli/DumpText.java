package io.spop.cli;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.Map;

import io.spop.protocol.LogText;
import io.spop.recording.RecordingEntry.Sender;

/**
 * Prints text for people.
 */
final class DumpText implements DumpOutput {

	private final PrintWriter out;

	private final FrameText text;

	private final TimeText times = new TimeText();

	DumpText(PrintWriter out, String prefix, boolean whole) {
		this.out = out;
		this.text = new FrameText(prefix, whole);
	}

	@Override
	public void file(String name) {
		print("== " + LogText.message(name) + " ==");
	}

	@Override
	public void frame(ShownFrame shown) {
		WireFrame frame = shown.frame();
		StringBuilder line = begin(shown.at()).append(this.text.title(frame));
		if (shown.fragments() > 0) {
			line.append(", whole, of ").append(FrameText.count(shown.fragments(), "fragment"));
		}
		Duration time = shown.sinceNotify();
		if (time != null) {
			line.append(", ").append(milliseconds(time)).append(" after its NOTIFY");
		}
		else if (shown.unasked()) {
			line.append(", no NOTIFY waits for it");
		}
		print(line);
		this.text.lines(frame).forEach((content) -> print("    " + content));
		if (frame.problem() != null && shown.at().place() != null) {
			print("    the frame begins at " + shown.at().place());
		}
	}

	@Override
	public void event(Event event) {
		String place = event.at().place();
		print(begin(event.at()).append(event.text()).append((place != null) ? " (at " + place + ")" : ""));
	}

	@Override
	public void summary(Map<String, Long> numbers, String text) {
		print("");
		print(text);
	}

	private StringBuilder begin(At at) {
		StringBuilder line = new StringBuilder(128);
		if (at.time() != null) {
			line.append(this.times.of(at.time())).append(' ');
		}
		if (at.connection() != null) {
			line.append('#').append(at.connection().longValue()).append(' ');
		}
		if (at.sender() != null) {
			line.append((at.sender() == Sender.HAPROXY) ? "HAProxy -> agent  " : "agent -> HAProxy  ");
		}
		return line;
	}

	private static String milliseconds(Duration time) {
		long micros = time.getSeconds() * 1_000_000 + time.getNano() / 1000;
		long absolute = Math.abs(micros);
		String thousandths = Long.toString(1000 + absolute % 1000).substring(1);
		return ((micros < 0) ? "-" : "") + absolute / 1000 + "." + thousandths + " ms";
	}

	private void print(CharSequence line) {
		this.out.append(line).append('\n');
	}

}
