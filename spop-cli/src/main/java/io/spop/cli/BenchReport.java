package io.spop.cli;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

import io.spop.protocol.Action;
import io.spop.protocol.Actions;
import io.spop.protocol.NotifyMessage;
import org.HdrHistogram.Histogram;
import tools.jackson.core.JsonGenerator;

/**
 * The report on a load, for people and as JSON.
 */
final class BenchReport {

	private static final double[] PERCENTILES = { 50, 90, 99, 99.9 };

	/** Above this share of the time, the threads of the generator are the limit. */
	private static final double TOO_BUSY = 0.9;

	/** A delay of spop is mentioned if it is a larger share of the latency. */
	private static final double LARGE_PART = 0.25;

	/** A delay of spop that is never mentioned, in nanoseconds. */
	private static final long SHORT_DELAY = 50_000;

	/** The share of the NOTIFYs that may be missing without a mention. */
	private static final double TOLERATED = 0.01;

	private final AgentAddress agent;

	private final LoadSettings settings;

	private final Actions first;

	private final boolean pipelining;

	/**
	 * Create a report.
	 * @param agent the agent
	 * @param settings what was sent, and how
	 * @param first the actions of an ACK
	 * @param pipelining whether the agent has pipelining
	 */
	BenchReport(AgentAddress agent, LoadSettings settings, Actions first, boolean pipelining) {
		this.agent = agent;
		this.settings = settings;
		this.first = first;
		this.pipelining = pipelining;
	}

	/**
	 * Return whether each NOTIFY got its ACK, without any problem, and as many were sent
	 * as wanted.
	 */
	boolean isGood(LoadResult result) {
		return result.counts().problems() == 0 && !isRateMissed(result);
	}

	/**
	 * Return whether fewer ACKs came than NOTIFYs were due, without those that may have
	 * been in flight at the end.
	 */
	private boolean isRateMissed(LoadResult result) {
		if (!this.settings.openLoop() || result.end() == LoadResult.End.REQUESTS) {
			return false;
		}
		double due = this.settings.rate() * seconds(result.elapsed());
		return result.counts().acks + (double) this.settings.connections() * inFlight() < (1 - TOLERATED) * due;
	}

	void print(LoadResult result, PrintWriter out) {
		LoadCounts counts = result.counts();
		Histogram latencies = counts.latencies;
		out.println(load());
		out.println(firstAck());
		out.println();
		line(out, "ACKs", "%,.0f a second, %,d in %.1f s", result.perSecond(counts.acks), counts.acks,
				seconds(result.elapsed()));
		line(out, "bytes", "%s a second sent, %s a second received", bytes(result.perSecond(counts.bytesSent)),
				bytes(result.perSecond(counts.bytesReceived)));
		if (latencies.getTotalCount() == 0) {
			line(out, "latency", "nothing was measured");
		}
		else {
			String name = "latency";
			for (double percentile : PERCENTILES) {
				line(out, name, "%6s %%  %s", number(percentile), time(latencies.getValueAtPercentile(percentile)));
				name = "";
			}
			line(out, "", "%8s  %s", "longest", time(latencies.getMaxValue()));
		}
		Histogram delays = counts.delays;
		if (delays.getTotalCount() > 0) {
			line(out, "sent", "99 %% at most %s late, 99.9 %% %s, longest %s", time(delays.getValueAtPercentile(99)),
					time(delays.getValueAtPercentile(99.9)), time(delays.getMaxValue()));
		}
		String problems = counts.problemText();
		line(out, "problems", "%s", problems.isEmpty() ? "none" : problems);
		List<String> notes = notes(result);
		if (!notes.isEmpty()) {
			out.println();
			notes.forEach(out::println);
		}
		out.flush();
	}

	private static void line(PrintWriter out, String name, String format, Object... values) {
		out.printf(Locale.ROOT, "%-10s" + format + "%n", prepend(name, values));
	}

	private static Object[] prepend(String name, Object[] values) {
		Object[] all = new Object[values.length + 1];
		all[0] = name;
		System.arraycopy(values, 0, all, 1, values.length);
		return all;
	}

	private String load() {
		LoadMessages messages = this.settings.messages();
		String what = (messages.count() == 1)
				? messages.first().stream().map(NotifyMessage::name).collect(Collectors.joining(" and "))
				: String.format(Locale.ROOT, "%,d recorded NOTIFYs", messages.count());
		return String.format(Locale.ROOT, "%s to %s: %s, %s with at most %,d in flight",
				this.settings.openLoop()
						? String.format(Locale.ROOT, "%,d NOTIFYs a second (open loop)", this.settings.rate())
						: "NOTIFYs as fast as they are answered (closed loop)",
				this.agent, what, FrameText.count(this.settings.connections(), "connection"), inFlight());
	}

	private int inFlight() {
		return this.pipelining ? this.settings.inFlight() : 1;
	}

	private String firstAck() {
		if (this.first.size() == 0) {
			return "The first ACK had no action.";
		}
		FrameText text = new FrameText("", false);
		List<String> actions = new ArrayList<>();
		for (Action action : this.first) {
			actions.add(text.action(action));
		}
		return "The first ACK: " + String.join(", ", actions);
	}

	private List<String> notes(LoadResult result) {
		LoadCounts counts = result.counts();
		List<String> notes = new ArrayList<>();
		if (result.end() == LoadResult.End.INTERRUPTED) {
			notes.add(result.elapsed().isZero() ? "Interrupted before anything was measured."
					: String.format(Locale.ROOT, "Interrupted after %.1f of %.1f s.", seconds(result.elapsed()),
							seconds(this.settings.duration())));
		}
		else if (this.settings.requests() < Long.MAX_VALUE && counts.sent < this.settings.requests()) {
			notes.add(String.format(Locale.ROOT,
					"Only %,d of %,d NOTIFYs were sent in %.1f s. --duration gives them more time.", counts.sent,
					this.settings.requests(), seconds(this.settings.duration())));
		}
		if (!this.pipelining && this.settings.inFlight() > 1) {
			notes.add("The agent has no pipelining, so a connection has one NOTIFY in flight.");
		}
		if (this.settings.openLoop()) {
			addNotesOnRate(result, notes);
		}
		else {
			if (result.busy() > TOO_BUSY) {
				notes.add(String.format(Locale.ROOT,
						"spop itself was busy for %.0f %% of the time: the agent may answer more than spop can send here. "
								+ "More --threads, or another machine, show that.",
						100 * result.busy()));
			}
			notes.add("The latencies are those of a closed loop: while the agent is slow, it gets fewer NOTIFYs. "
					+ "How long requests wait at their own rate is what --rate shows.");
		}
		if (this.first.size() > 0 && counts.withoutActions > 0) {
			notes.add(String.format(Locale.ROOT, "%,d of %,d ACKs had no action, unlike the first.",
					counts.withoutActions, counts.answered));
		}
		if (counts.count(LoadProblem.UNANSWERED) > 0) {
			notes.add("A NOTIFY without an ACK in time counts in the latencies with the "
					+ TimeConverter.text(this.settings.timeout()) + " that spop waited (--timeout).");
		}
		return notes;
	}

	private void addNotesOnRate(LoadResult result, List<String> notes) {
		LoadCounts counts = result.counts();
		if (isRateMissed(result)) {
			notes.add(String.format(Locale.ROOT, "The rate was not reached: %,.0f ACKs a second instead of %,d.",
					result.perSecond(counts.acks), this.settings.rate()));
		}
		if (counts.notSent > 0) {
			notes.add(String.format(Locale.ROOT,
					"%,d NOTIFYs were due and could not be sent, since all connections were busy or closed. They count "
							+ "in the latencies with the time that they waited.",
					counts.notSent));
		}
		for (double percentile : PERCENTILES) {
			long delay = counts.delays.getValueAtPercentile(percentile);
			if (delay > SHORT_DELAY && delay > LARGE_PART * counts.latencies.getValueAtPercentile(percentile)) {
				notes.add("spop itself sent NOTIFYs late, because this machine gave it too little time. From "
						+ number(percentile) + " % on, a large part of the latency may be that delay.");
				return;
			}
		}
	}

	void writeJson(LoadResult result, PrintWriter out) {
		new JsonLines(out).write((json) -> {
			LoadCounts counts = result.counts();
			json.writeStringProperty("address", this.agent.toString());
			json.writeStringProperty("loop", this.settings.openLoop() ? "open" : "closed");
			if (this.settings.openLoop()) {
				json.writeNumberProperty("rate", this.settings.rate());
			}
			json.writeNumberProperty("connections", this.settings.connections());
			json.writeNumberProperty("inFlight", inFlight());
			json.writeNumberProperty("threads", this.settings.threads());
			json.writeNumberProperty("warmUpSeconds", seconds(this.settings.warmUp()));
			json.writeNumberProperty("seconds", seconds(result.elapsed()));
			json.writeStringProperty("end", result.end().name().toLowerCase(Locale.ROOT));
			json.writeNumberProperty("sent", counts.sent);
			json.writeNumberProperty("answered", counts.answered);
			json.writeNumberProperty("withoutActions", counts.withoutActions);
			json.writeNumberProperty("notSent", counts.notSent);
			json.writeNumberProperty("inFlightAtEnd", result.inFlight());
			json.writeNumberProperty("acksPerSecond", rounded(result.perSecond(counts.acks)));
			json.writeNumberProperty("bytesSentPerSecond", rounded(result.perSecond(counts.bytesSent)));
			json.writeNumberProperty("bytesReceivedPerSecond", rounded(result.perSecond(counts.bytesReceived)));
			writeTimes("latencyMilliseconds", counts.latencies, json);
			if (this.settings.openLoop()) {
				writeTimes("sendDelayMilliseconds", counts.delays, json);
			}
			json.writeObjectPropertyStart("problems");
			for (LoadProblem problem : LoadProblem.values()) {
				json.writeNumberProperty(problem.key(), counts.count(problem));
			}
			json.writeEndObject();
			json.writeObjectPropertyStart("disconnects");
			counts.disconnects.forEach((status, count) -> json.writeNumberProperty(Long.toString(status), count));
			json.writeEndObject();
			json.writeNumberProperty("busy", rounded(100 * result.busy()) / 100);
			FrameJson frames = new FrameJson("");
			json.writeArrayPropertyStart("firstActions");
			this.first.forEach((action) -> frames.action(action, json));
			json.writeEndArray();
			json.writeArrayPropertyStart("notes");
			notes(result).forEach(json::writeString);
			json.writeEndArray();
		});
		out.flush();
	}

	private static void writeTimes(String name, Histogram times, JsonGenerator json) {
		json.writeObjectPropertyStart(name);
		json.writeNumberProperty("count", times.getTotalCount());
		if (times.getTotalCount() > 0) {
			for (double percentile : PERCENTILES) {
				json.writeNumberProperty("p" + number(percentile),
						milliseconds(times.getValueAtPercentile(percentile)));
			}
			json.writeNumberProperty("max", milliseconds(times.getMaxValue()));
		}
		json.writeEndObject();
	}

	private static double milliseconds(long nanos) {
		return Math.floor(nanos / 1e3) / 1e3;
	}

	private static double rounded(double number) {
		return Math.round(number);
	}

	private static double seconds(Duration duration) {
		return duration.toMillis() / 1e3;
	}

	private static String number(double number) {
		return (number == Math.rint(number)) ? Long.toString((long) number) : Double.toString(number);
	}

	private static String bytes(double bytes) {
		return (bytes < 1e6) ? String.format(Locale.ROOT, "%.1f kB", bytes / 1e3)
				: String.format(Locale.ROOT, "%.1f MB", bytes / 1e6);
	}

	private static String time(long nanos) {
		if (nanos < 1_000_000) {
			return String.format(Locale.ROOT, "%.0f µs", nanos / 1e3);
		}
		return (nanos < 1_000_000_000) ? String.format(Locale.ROOT, "%.1f ms", nanos / 1e6)
				: String.format(Locale.ROOT, "%.2f s", nanos / 1e9);
	}

}
