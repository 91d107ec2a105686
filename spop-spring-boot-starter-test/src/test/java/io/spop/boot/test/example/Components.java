package io.spop.boot.test.example;

import java.util.List;
import java.util.Locale;

import io.spop.agent.SpopExchange;
import io.spop.agent.SpopHandler;
import io.spop.agent.SpopInterceptor;
import io.spop.annotation.NonBlocking;
import io.spop.annotation.SpopAdvice;
import io.spop.annotation.SpopArg;
import io.spop.annotation.SpopExceptionHandler;
import io.spop.annotation.SpopMessage;
import io.spop.annotation.SpopVar;
import io.spop.handler.SpopArgumentResolver;
import io.spop.protocol.Action;
import io.spop.protocol.Actions;
import io.spop.protocol.Argument;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopValue;
import io.spop.protocol.VarScope;
import jakarta.validation.constraints.Positive;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import org.springframework.context.annotation.Configuration;
import org.springframework.core.MethodParameter;
import org.springframework.core.convert.converter.Converter;
import org.springframework.stereotype.Component;

/**
 * The components of an application.
 */
final class Components {

	private Components() {
	}

	/**
	 * Answers each argument of a message with a variable of its type and value.
	 */
	@Component
	static class Echo {

		@SpopMessage("echo")
		Actions echo(NotifyMessage message) {
			Actions actions = Actions.none();
			int index = 0;
			for (Argument argument : message.arguments()) {
				actions = actions
					.andSet(VarScope.SESSION, argument.name() + "_" + index,
							argument.value().getClass().getSimpleName())
					.andSet(VarScope.TRANSACTION, argument.name() + "_" + index, argument.value());
				index++;
			}
			return actions;
		}

	}

	/**
	 * What handlers inherit.
	 */
	abstract static class Base {

		@SpopMessage("inherited")
		Actions inherited() {
			return Actions.unset(VarScope.PROCESS, "inherited");
		}

	}

	@Component
	static class Scores extends Base {

		private final ScoreSource source;

		Scores(ScoreSource source) {
			this.source = source;
		}

		@SpopMessage("score")
		Actions score(@SpopArg Country country, Connection connection) {
			return Actions.set(VarScope.SESSION, "score", this.source.of(country.code()));
		}

		@SpopMessage("thread")
		@NonBlocking
		Actions thread() {
			return Actions.set(VarScope.REQUEST, "event_loop", Schedulers.isInNonBlockingThread());
		}

	}

	@Component
	static class Tenants {

		@SpopMessage("tenant")
		Actions tenant(Tenant tenant) {
			return Actions.set(VarScope.SESSION, "tenant", tenant.name());
		}

	}

	record Tenant(String name) {

	}

	@Component
	static class TenantResolver implements SpopArgumentResolver {

		@Override
		public boolean supports(MethodParameter parameter) {
			return parameter.getParameterType() == Tenant.class;
		}

		@Override
		public @Nullable Object resolve(MethodParameter parameter, NotifyMessage message, SpopExchange exchange) {
			SpopValue host = message.arguments().get("host");
			return (host != null) ? new Tenant(host.toString().replaceFirst("\\..*", "")) : null;
		}

	}

	record Connection(@Positive int port) {

	}

	record Country(String code) {

	}

	@Component
	static class CountryConverter implements Converter<String, Country> {

		@Override
		public Country convert(String code) {
			return new Country(code.toUpperCase(Locale.ROOT));
		}

	}

	@Component
	static class CountryWriter implements Converter<Country, String> {

		@Override
		public String convert(Country country) {
			return country.code().toLowerCase(Locale.ROOT);
		}

	}

	@Component
	static class Home {

		@SpopMessage("home")
		Answer home() {
			return new Answer(new Country("XX"));
		}

		record Answer(@SpopVar(name = "home", scope = VarScope.SESSION) Country home) {

		}

	}

	@SpopAdvice
	static class Advice {

		@SpopExceptionHandler
		Actions unknown(UnsupportedOperationException ex) {
			return Actions.set(VarScope.REQUEST, "unsupported", true);
		}

	}

	@Component
	static class Tagging implements SpopInterceptor {

		@Override
		public Mono<Actions> intercept(SpopExchange exchange, SpopHandler next) {
			return next.handle(exchange)
				.map((actions) -> (exchange.messages().size() > 1) ? actions.and(tag(exchange)) : actions);
		}

		private static Actions tag(SpopExchange exchange) {
			Action action = new Action.SetVar(VarScope.RESPONSE, "messages", SpopValue.of(exchange.messages().size()));
			return Actions.of(List.of(action));
		}

	}

	@Component
	static class ScoreSource {

		long of(String country) {
			throw new IllegalStateException("No scores for " + country + " in a test");
		}

	}

	@Configuration
	static class Everything {

	}

}
