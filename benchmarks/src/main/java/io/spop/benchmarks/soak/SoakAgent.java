package io.spop.benchmarks.soak;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;

/**
 * An agent with the handlers of this package and of the recipe "reputation list". It runs
 * with the libraries of the packaged sample.
 */
@SpringBootApplication(scanBasePackages = { "io.spop.benchmarks.soak", "io.spop.recipes.reputation" })
@ConfigurationPropertiesScan("io.spop.recipes.reputation")
public class SoakAgent {

	/**
	 * Start the agent.
	 * @param args properties of the application
	 */
	public static void main(String[] args) {
		SpringApplication.run(SoakAgent.class, args);
	}

}
