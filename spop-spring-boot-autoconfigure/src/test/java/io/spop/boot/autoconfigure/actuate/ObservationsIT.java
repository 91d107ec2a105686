package io.spop.boot.autoconfigure.actuate;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.observation.DefaultMeterObservationHandler;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.tracing.Tracer;
import io.micrometer.tracing.handler.DefaultTracingObservationHandler;
import io.micrometer.tracing.handler.PropagatingReceiverTracingObservationHandler;
import io.micrometer.tracing.otel.bridge.OtelCurrentTraceContext;
import io.micrometer.tracing.otel.bridge.OtelPropagator;
import io.micrometer.tracing.otel.bridge.OtelTracer;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.propagation.ContextPropagators;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.spop.agent.BoundSpopAgent;
import io.spop.annotation.NonBlocking;
import io.spop.annotation.SpopMessage;
import io.spop.boot.autoconfigure.SpopAgentAutoConfiguration;
import io.spop.boot.autoconfigure.SpopAgentStartedEvent;
import io.spop.boot.autoconfigure.SpopHandlerAutoConfiguration;
import io.spop.protocol.Actions;
import io.spop.protocol.VarScope;
import io.spop.test.EveryHaproxy;
import io.spop.test.haproxy.Haproxy;
import io.spop.test.haproxy.HaproxyBinary;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.Parameter;
import reactor.core.publisher.Mono;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.event.EventListener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * The observations of messages that HAProxy sends, with the trace of the client's
 * request.
 */
@EveryHaproxy
@Timeout(120)
@ExtendWith(OutputCaptureExtension.class)
class ObservationsIT {

	private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

	private static final String PARENT = "00f067aa0ba902b7";

	private static final String CONFIGURATION = """
			global
				log stdout format raw local0
			defaults
				mode http
				log global
				timeout connect 5s
				timeout client 30s
				timeout server 30s
			frontend front
				bind "${FRONT}"
				unique-id-format %[req.hdr(x-request-id)]
				filter spoe engine e config spoe.conf
				http-request return status 200 hdr x-trace "%[var(txn.e.trace)]" hdr x-later "%[var(txn.e.later)]"
			backend agents
				mode tcp
				option spop-check
				server agent "${AGENT}" check inter 100ms
			""";

	private static final String ENGINE = """
			[e]
			spoe-agent e
				messages blocking later failing
				option var-prefix e
				timeout hello 10s
				timeout idle 30s
				timeout processing 10s
				use-backend agents
			spoe-message blocking
				args trace=hdr(traceparent) id=unique-id
				event on-frontend-http-request
			spoe-message later
				args trace=hdr(traceparent) id=unique-id
				event on-frontend-http-request
			spoe-message failing
				args trace=hdr(traceparent) id=unique-id
				event on-frontend-http-request
			""";

	@Parameter
	private HaproxyBinary binary;

	private final InMemorySpanExporter spans = InMemorySpanExporter.create();

	private final MeterRegistry meters = new SimpleMeterRegistry();

	private final Tracer tracer = tracer();

	private OtelPropagator propagator;

	private Tracer tracer() {
		io.opentelemetry.api.trace.Tracer tracer = SdkTracerProvider.builder()
			.addSpanProcessor(SimpleSpanProcessor.create(this.spans))
			.build()
			.get("test");
		this.propagator = new OtelPropagator(ContextPropagators.create(W3CTraceContextPropagator.getInstance()),
				tracer);
		return new OtelTracer(tracer, new OtelCurrentTraceContext(), (event) -> {
		});
	}

	private ObservationRegistry observations() {
		ObservationRegistry registry = ObservationRegistry.create();
		registry.observationConfig()
			.observationHandler(new DefaultMeterObservationHandler(this.meters))
			.observationHandler(new ObservationHandler.FirstMatchingCompositeObservationHandler(
					new PropagatingReceiverTracingObservationHandler<>(this.tracer, this.propagator),
					new DefaultTracingObservationHandler(this.tracer)));
		return registry;
	}

	@Test
	void whenArgumentHasTheTraceThenHandlersAreInIt(CapturedOutput output) {
		new ApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(SpopAgentAutoConfiguration.class,
					SpopHandlerAutoConfiguration.class, SpopMetricsAutoConfiguration.class))
			.withPropertyValues("spop.listeners.main.port=0", "spop.observations.enabled=true",
					"spop.observations.trace-argument=trace", "spop.handler.timeout=8s", "spop.correlation-argument=id")
			.withBean(MeterRegistry.class, () -> this.meters)
			.withBean(ObservationRegistry.class, this::observations)
			.withBean(Tracer.class, () -> this.tracer)
			.withBean(Handlers.class)
			.run((context) -> {
				try (Haproxy haproxy = Haproxy.configuredWith(CONFIGURATION)
					.file("spoe.conf", ENGINE)
					.bind("FRONT")
					.variable("AGENT", "127.0.0.1:" + context.getBean(Handlers.class).agent.port())
					.startProcess(this.binary)) {
					haproxy.awaitUp();
					HttpResponse<String> response = HttpClient.newHttpClient()
						.send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + haproxy.port("FRONT")))
							.header("traceparent", "00-" + TRACE + "-" + PARENT + "-01")
							.header("x-request-id", "request-1")
							.build(), HttpResponse.BodyHandlers.ofString());
					assertThat(response.statusCode()).isEqualTo(200);
				}
				await().untilAsserted(() -> assertThat(this.spans.getFinishedSpanItems()).hasSize(3));
				List<SpanData> spans = this.spans.getFinishedSpanItems();
				assertThat(spans).extracting(SpanData::getName)
					.containsExactlyInAnyOrder("spop blocking", "spop later", "spop failing");
				assertThat(spans).allSatisfy((span) -> {
					assertThat(span.getTraceId()).isEqualTo(TRACE);
					assertThat(span.getParentSpanId()).isEqualTo(PARENT);
					assertThat(span.getKind()).isEqualTo(SpanKind.SERVER);
					assertThat(span.getAttributes().get(AttributeKey.stringKey("listener"))).isEqualTo("main");
					assertThat(span.getAttributes().get(AttributeKey.stringKey("spop.stream.id"))).isNotBlank();
					assertThat(span.getAttributes().get(AttributeKey.stringKey("spop.frame.id"))).isEqualTo("1");
					assertThat(span.getAttributes().get(AttributeKey.stringKey("spop.engine.id"))).hasSize(36);
					assertThat(span.getAttributes().get(AttributeKey.stringKey("spop.request.id")))
						.isEqualTo("request-1");
				});
				assertThat(spans).filteredOn((span) -> span.getName().equals("spop failing"))
					.singleElement()
					.satisfies((span) -> assertThat(span.getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR));
				assertThat(context.getBean(Handlers.class).seen).isEqualTo(TRACE);
				assertThat(timer("blocking", "success").count()).isEqualTo(1);
				assertThat(timer("later", "success").count()).isEqualTo(1);
				assertThat(timer("failing", "error").count()).isEqualTo(1);
				assertThat(this.meters.find("spop.message").functionTimers()).isEmpty();
				await().untilAsserted(() -> assertThat(output).contains(
						"NOTIFY [failing] of request request-1 of trace " + TRACE + " is answered with the fallback"));
			});
	}

	private Timer timer(String message, String outcome) {
		return this.meters.get("spop.message").tags("message", message, "outcome", outcome).timer();
	}

	static final class Handlers {

		private final Tracer tracer;

		private @Nullable BoundSpopAgent agent;

		private volatile @Nullable String seen;

		Handlers(Tracer tracer) {
			this.tracer = tracer;
		}

		@EventListener
		void started(SpopAgentStartedEvent event) {
			this.agent = event.agent();
		}

		@SpopMessage("blocking")
		Actions block() {
			this.seen = this.tracer.currentSpan().context().traceId();
			return Actions.set(VarScope.TRANSACTION, "trace", this.seen);
		}

		@SpopMessage("later")
		Mono<Actions> later() {
			return Mono.fromSupplier(() -> Actions.set(VarScope.TRANSACTION, "later", true));
		}

		@NonBlocking
		@SpopMessage("failing")
		void fail() {
			throw new IllegalStateException("on purpose");
		}

	}

}
