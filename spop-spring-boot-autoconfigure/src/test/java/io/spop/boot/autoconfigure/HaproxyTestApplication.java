package io.spop.boot.autoconfigure;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/**
 * An application with a web server, which tells when its beans are destroyed.
 */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
@Import(HaproxyConfigurationLifecycleTests.Reputation.class)
public class HaproxyTestApplication {

	public static void main(String[] args) {
		SpringApplication.run(HaproxyTestApplication.class, args);
	}

	@Bean
	AutoCloseable destroyed() {
		return () -> System.out.println("A bean was destroyed");
	}

}
