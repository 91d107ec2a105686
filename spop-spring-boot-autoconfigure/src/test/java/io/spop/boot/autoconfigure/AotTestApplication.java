package io.spop.boot.autoconfigure;

import io.spop.agent.SpopExchange;
import io.spop.agent.SpopInterceptor;
import io.spop.annotation.SpopAdvice;
import io.spop.annotation.SpopArg;
import io.spop.annotation.SpopExceptionHandler;
import io.spop.annotation.SpopMessage;
import io.spop.annotation.SpopVar;
import io.spop.handler.SpopArgumentResolver;
import io.spop.protocol.Actions;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.VarScope;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.MethodParameter;
import org.springframework.core.env.Environment;

/**
 * An application with a top-level main class, as processing ahead of time needs it.
 */
@Configuration(proxyBeanMethods = false)
@ImportAutoConfiguration({ SpopAgentAutoConfiguration.class, SpopHandlerAutoConfiguration.class })
@Import({ AotTestApplication.Handlers.class, AotTestApplication.Advice.class })
public class AotTestApplication {

	public static void main(String[] args) {
		SpringApplication application = new SpringApplication(AotTestApplication.class);
		application.setWebApplicationType(WebApplicationType.NONE);
		application.run(args);
	}

	@Bean
	SpopInterceptor interceptor() {
		return (exchange, next) -> next.handle(exchange)
			.map((actions) -> actions.andSet(VarScope.TRANSACTION, "seen", true));
	}

	@Bean
	CallerResolver callerResolver() {
		return new CallerResolver();
	}

	static class Handlers {

		private final Environment environment;

		Handlers(Environment environment) {
			this.environment = environment;
		}

		@SpopMessage("port")
		Actions port() {
			return Actions.set(VarScope.SESSION, "port",
					this.environment.getRequiredProperty("local.spop.main.port", int.class));
		}

		@SpopMessage("greet")
		Actions greet(Caller caller) {
			return Actions.set(VarScope.SESSION, "caller", caller.toString());
		}

		@SpopMessage("score")
		Verdict score(Request request) {
			return new Verdict(request.number() + 1);
		}

	}

	@SpopAdvice
	static class Advice {

		@SpopExceptionHandler(IllegalArgumentException.class)
		Actions failed() {
			return Actions.set(VarScope.TRANSACTION, "advice", true);
		}

	}

	static final class CallerResolver implements SpopArgumentResolver {

		@Override
		public boolean supports(MethodParameter parameter) {
			return parameter.getParameterType() == Caller.class;
		}

		@Override
		public Object resolve(MethodParameter parameter, NotifyMessage message, SpopExchange exchange) {
			return new Caller(message.name());
		}

	}

	record Caller(String message) {

	}

	record Request(@SpopArg("number") int number) {

	}

	record Verdict(@SpopVar(scope = VarScope.SESSION) int score) {

	}

}
