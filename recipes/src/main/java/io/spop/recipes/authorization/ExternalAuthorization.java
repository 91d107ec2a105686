package io.spop.recipes.authorization;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

import io.spop.annotation.SpopMessage;
import io.spop.protocol.Actions;
import io.spop.protocol.Argument;
import io.spop.protocol.Arguments;
import io.spop.protocol.SpopValue;
import io.spop.protocol.VarScope;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.http.HttpHeaders;
import org.springframework.http.client.ClientHttpResponse;
import org.springframework.http.client.JdkClientHttpRequestFactory;
import org.springframework.stereotype.Component;
import org.springframework.web.client.RestClient;

/**
 * Asks an HTTP service whether a request is allowed. The arguments of the message are the
 * headers that the service gets. Its answer 2xx allows the request, 401 and 403 refuse
 * it, and anything else is a failure.
 */
@Component
class ExternalAuthorization {

	/**
	 * What the JDK's client refuses, with the value of the header in its exception, or
	 * does not send as it is.
	 */
	private static final Pattern UNSENDABLE = Pattern.compile("[^\\t\\x20-\\x7e]");

	private final RestClient service;

	private final List<String> pass;

	ExternalAuthorization(Settings settings) {
		JdkClientHttpRequestFactory requests = new JdkClientHttpRequestFactory(
				HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build());
		requests.setReadTimeout(settings.timeout());
		this.service = RestClient.builder().requestFactory(requests).baseUrl(settings.url()).build();
		this.pass = settings.pass();
	}

	@SpopMessage(name = "authorize", timeout = "${recipes.external-authorization.deadline}")
	Actions authorize(Arguments arguments) {
		return this.service.get()
			.headers((headers) -> copy(arguments, headers))
			.exchangeForRequiredValue((request, response) -> verdict(response));
	}

	private static void copy(Arguments arguments, HttpHeaders headers) {
		for (Argument argument : arguments) {
			if (!(argument.value() instanceof SpopValue.Null)) {
				headers.add(argument.name(), UNSENDABLE.matcher(argument.value().toString()).replaceAll("?"));
			}
		}
	}

	private Actions verdict(ClientHttpResponse response) throws IOException {
		int status = response.getStatusCode().value();
		boolean allowed = response.getStatusCode().is2xxSuccessful();
		if (!allowed && status != 401 && status != 403) {
			throw new IOException("The authorization service answered " + status);
		}
		Actions actions = Actions.set(VarScope.TRANSACTION, "status", allowed ? 200 : status);
		for (String name : this.pass) {
			String value = response.getHeaders().getFirst(name);
			if (value != null) {
				actions = actions.andSet(VarScope.TRANSACTION, name.toLowerCase(Locale.ROOT).replace('-', '_'), value);
			}
		}
		return actions;
	}

	/**
	 * Settings of the external authorization.
	 *
	 * @param url where the service answers
	 * @param timeout how long to wait for the service, shorter than the deadline
	 * @param deadline how long the handler may take, shorter than HAProxy's
	 * {@code timeout processing}
	 * @param pass the headers of the service's answer that become variables
	 */
	@ConfigurationProperties("recipes.external-authorization")
	record Settings(URI url, Duration timeout, Duration deadline, List<String> pass) {
	}

}
