package io.spop.cli.conformance;

import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * The answers of an agent that scores addresses: check-client-ip sets sess.ip_score to an
 * integer, and log-request sets txn.my_var to tequila.
 */
final class IpReputationCases {

	private static final String SOURCE = "The profile ip-reputation";

	private static final String OTHERWISE = "The variable is missing in HAProxy's rules, without an error and without a line in the "
			+ "log.";

	private static final Bytes IPV4 = Wire.ipv4(192, 0, 2, 1);

	private static final Bytes IPV6 = Wire.ipv6("2001:db8::1", "20010db8000000000000000000000001");

	private final CaseList list = new CaseList(Category.IP_REPUTATION);

	private IpReputationCases() {
	}

	static List<ConformanceCase> cases() {
		IpReputationCases cases = new IpReputationCases();
		cases.scores();
		cases.others();
		return cases.list.cases();
	}

	private void scores() {
		scored("ipv4", "An IPv4 address gets a score", check(Wire.argument("ip", IPV4)));
		scored("ipv6", "An IPv6 address gets a score", check(Wire.argument("ip", IPV6)));
		scored("other-before", "Arguments before 'ip' are skipped",
				check(Wire.argument("id", Wire.str("request")), Wire.argument("ip", IPV4)));
		scored("other-after", "Arguments after 'ip' are skipped",
				check(Wire.argument("ip", IPV4), Wire.argument("port", Wire.number(4, 1234))));
		scored("all-types-before", "Values of all types before 'ip' are skipped",
				check(Wire.argument("a", Wire.nullValue()), Wire.argument("b", Wire.bool(true)),
						Wire.argument("c", Wire.number(4, -1)), Wire.argument("d", IPV6),
						Wire.argument("e", Wire.str("x".repeat(300))), Wire.argument("f", Wire.binary(new byte[300])),
						Wire.argument("ip", IPV4)));
		scored("int32-uint64-before", "Integers of the types that HAProxy does not send are skipped",
				check(Wire.argument("a", Wire.number(2, -1)), Wire.argument("b", Wire.number(3, 0xFFFFFFFFL)),
						Wire.argument("c", Wire.number(5, -1)), Wire.argument("ip", IPV4)));
		scored("unnamed-before", "An argument without a name before 'ip' is skipped",
				check(Wire.argument("", IPV6), Wire.argument("ip", IPV4)));
		scored("unknown-message-first", "A message after an unknown one gets its score",
				Wire.message("never-heard-of", Wire.argument("ip", IPV4)), check(Wire.argument("ip", IPV4)));
		scored("unknown-message-last", "A message before an unknown one gets its score",
				check(Wire.argument("ip", IPV4)), Wire.message("never-heard-of", Wire.argument("ip", IPV4)));
	}

	private void others() {
		answered("log-request", "log-request sets my_var", IpReputationCases::hasTequila, request());
		answered("both", "Both messages in a NOTIFY set their variables", (frame) -> {
			hasScore(frame);
			hasTequila(frame);
		}, check(Wire.argument("ip", IPV4)), request());
		answered("both-reversed", "Both messages in the other order set their variables", (frame) -> {
			hasScore(frame);
			hasTequila(frame);
		}, request(), check(Wire.argument("ip", IPV4)));
		answered("unknown", "A message that is not known sets nothing",
				(frame) -> Steps.require(frame, frame.actions().isEmpty()),
				Wire.message("never-heard-of", Wire.argument("ip", IPV4)));
		this.list.must("no-mix", "Answers of several NOTIFYs at once are not mixed up",
				"A request gets the variables of another one. The wrong client passes, or is rejected.", SOURCE,
				Steps.greeted(), Steps.needs(Steps.PIPELINING),
				Steps.send(Wire.notifyOf(1, 1, check(Wire.argument("ip", IPV4))), Wire.notifyOf(3, 1, request()),
						Wire.notifyOf(5, 1, check(Wire.argument("ip", IPV6)))),
				Steps.acks(List.of(new Steps.Id(1, 1), new Steps.Id(3, 1), new Steps.Id(5, 1)),
						", streams 1 and 5 with sess.ip_score, stream 3 with txn.my_var", (frame) -> {
							boolean score = Steps.sets(frame, "sess.ip_score", AgentFrame.Value::isInteger);
							boolean tequila = Steps.sets(frame, "txn.my_var", IpReputationCases::isTequila);
							Steps.require(frame,
									score == (frame.streamId() != 3) && tequila == (frame.streamId() == 3));
						}));
	}

	private static Bytes check(Bytes... arguments) {
		return Wire.message("check-client-ip", arguments);
	}

	private static Bytes request() {
		return Wire.message("log-request", Wire.argument("ip", IPV4), Wire.argument("country", Wire.str("xx")),
				Wire.argument("user_agent", Wire.str("conformance")), Wire.argument("", IPV4), Wire.argument("", IPV4));
	}

	private void scored(String name, String title, Bytes... messages) {
		answered(name, title, IpReputationCases::hasScore, messages);
	}

	private void answered(String name, String title, Consumer<AgentFrame> check, Bytes... messages) {
		this.list.must(name, title, OTHERWISE, SOURCE, Steps.greeted(), Steps.send(Wire.notifyOf(1, 1, messages)),
				Steps.ack(1, 1, " with " + title.substring(0, 1).toLowerCase(Locale.ROOT) + title.substring(1), check));
	}

	private static void hasScore(AgentFrame frame) {
		Steps.require(frame, Steps.sets(frame, "sess.ip_score", AgentFrame.Value::isInteger));
	}

	private static void hasTequila(AgentFrame frame) {
		Steps.require(frame, Steps.sets(frame, "txn.my_var", IpReputationCases::isTequila));
	}

	private static boolean isTequila(AgentFrame.Value value) {
		return value.type() == 8 && value.text().equals("tequila");
	}

}
