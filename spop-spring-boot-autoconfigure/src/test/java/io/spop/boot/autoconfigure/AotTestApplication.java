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
import jakarta.validation.constraints.Max;
import org.aopalliance.intercept.MethodInterceptor;

import org.springframework.aop.framework.autoproxy.BeanNameAutoProxyCreator;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.validation.autoconfigure.ValidationAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.MethodParameter;
import org.springframework.core.env.Environment;
import org.springframework.core.task.SimpleAsyncTaskExecutor;

/**
 * An application with a top-level main class, as processing ahead of time needs it.
 */
@Configuration(proxyBeanMethods = false)
@ImportAutoConfiguration({ SpopAgentAutoConfiguration.class, SpopHandlerAutoConfiguration.class,
		SslAutoConfiguration.class, ValidationAutoConfiguration.class })
@Import({ AotTestApplication.Handlers.class, AotTestApplication.Guard.class, AotTestApplication.Advice.class })
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

	/**
	 * Puts a JDK proxy before the guard.
	 */
	@Bean
	static BeanNameAutoProxyCreator guardProxy() {
		BeanNameAutoProxyCreator creator = new BeanNameAutoProxyCreator();
		creator.setBeanNames("*Guard");
		creator.setInterceptorNames("doubling");
		return creator;
	}

	@Bean
	static MethodInterceptor doubling() {
		return (invocation) -> {
			Object score = invocation.proceed();
			return (score instanceof Verdict verdict) ? new Verdict(verdict.score() * 2) : score;
		};
	}

	@Bean
	SimpleAsyncTaskExecutor ownExecutor() {
		return new SimpleAsyncTaskExecutor("own-");
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

		@SpopMessage("thread")
		Actions thread() {
			return Actions.set(VarScope.SESSION, "thread", Thread.currentThread().getName());
		}

		@SpopMessage("score")
		Verdict score(Request request) {
			return new Verdict(request.number() + 1);
		}

	}

	interface Guarding {

		@SpopMessage("guard")
		Verdict guard(Request request);

	}

	static class Guard implements Guarding {

		@Override
		public Verdict guard(Request request) {
			return new Verdict(request.number());
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

	record Request(@SpopArg("number") @Max(100) int number) {

	}

	record Verdict(@SpopVar(scope = VarScope.SESSION) int score) {

	}

}
