package io.spop.cli.conformance;

import java.util.ArrayList;
import java.util.List;

/**
 * All cases.
 */
public final class ConformanceSuite {

	private ConformanceSuite() {
	}

	/**
	 * Return the cases for each agent, by category.
	 * @return the cases
	 */
	public static List<ConformanceCase> cases() {
		List<ConformanceCase> cases = new ArrayList<>();
		cases.addAll(HandshakeCases.cases());
		cases.addAll(FramesCases.cases());
		cases.addAll(VarintsCases.cases());
		cases.addAll(TypesCases.cases());
		cases.addAll(PipeliningCases.cases());
		cases.addAll(DisconnectsCases.cases());
		cases.addAll(MalformedCases.cases());
		cases.addAll(LimitsCases.cases());
		cases.addAll(HealthChecksCases.cases());
		cases.addAll(LateAndDuplicateCases.cases());
		cases.addAll(FragmentsCases.cases());
		return cases;
	}

	/**
	 * Return the cases for an agent that scores addresses.
	 * @return the cases
	 */
	public static List<ConformanceCase> ipReputation() {
		return IpReputationCases.cases();
	}

}
