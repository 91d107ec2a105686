package io.spop.boot.autoconfigure;

import java.time.Duration;
import java.util.function.BiFunction;

import io.spop.agent.SpopAgent;
import io.spop.agent.SpopListener;
import io.spop.protocol.Actions;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.util.StringUtils;
import org.springframework.util.unit.DataSize;

/**
 * Applies the properties to an agent. If the agent refuses a value, the failure names the
 * property.
 *
 * @param properties the properties
 * @param bundles the SSL bundles
 */
record PropertiesAgentCustomizer(SpopProperties properties, SslBundles bundles) implements SpopAgentCustomizer {

	/** The longest time. Its nanoseconds fit into a long. */
	static final Duration MAX_DURATION = Duration.ofDays(36500);

	@Override
	public SpopAgent customize(SpopAgent agent) {
		SpopAgent customized = handler(agent, this.properties.getHandler());
		customized = frame(customized, this.properties.getFrame());
		customized = connection(customized, this.properties.getConnection())
			.warmUp(this.properties.getWarmUp().isEnabled());
		String correlationArgument = this.properties.getCorrelationArgument();
		if (StringUtils.hasLength(correlationArgument)) {
			customized = set(customized, "correlation-argument", correlationArgument, SpopAgent::correlationArgument);
		}
		for (SpopListener listener : ListenerDefinition.listeners(this.properties, this.bundles)) {
			customized = customized.listener(listener);
		}
		return customized;
	}

	private static SpopAgent handler(SpopAgent agent, SpopProperties.Handler handler) {
		SpopAgent customized = setTime(agent, "handler.timeout", handler.getTimeout(),
				PropertiesAgentCustomizer::handlerTimeout);
		SpopProperties.ErrorVariable variable = handler.getErrorVariable();
		if (!StringUtils.hasLength(variable.getName())) {
			return customized;
		}
		return set(customized, "handler.error-variable.name", variable.getName(),
				(each, name) -> each.fallback(Actions.set(variable.getScope(), name, true)));
	}

	private static SpopAgent frame(SpopAgent agent, SpopProperties.Frame frame) {
		SpopAgent customized = setSize(agent, "frame.max-size", frame.getMaxSize(), SpopAgent::maxFrameSize);
		customized = setSize(customized, "frame.max-hello-size", frame.getMaxHelloSize(), SpopAgent::maxHelloSize);
		customized = setTime(customized, "frame.timeout", frame.getTimeout(), SpopAgent::frameTimeout);
		return frame.isFragmentation() ? setSize(customized, "frame.max-fragmented-size", frame.getMaxFragmentedSize(),
				PropertiesAgentCustomizer::fragmentation) : customized;
	}

	private static SpopAgent connection(SpopAgent agent, SpopProperties.Connection connection) {
		SpopAgent customized = setTime(agent, "connection.handshake-timeout", connection.getHandshakeTimeout(),
				SpopAgent::handshakeTimeout);
		customized = setTime(customized, "connection.idle-timeout", connection.getIdleTimeout(),
				SpopAgent::idleTimeout);
		customized = setTime(customized, "connection.write-timeout", connection.getWriteTimeout(),
				SpopAgent::writeTimeout);
		customized = setTime(customized, "connection.max-age", connection.getMaxAge(), SpopAgent::maxConnectionAge);
		customized = setSize(customized, "connection.high-water-mark", connection.getHighWaterMark(),
				SpopAgent::highWaterMark);
		customized = set(customized, "connection.max-buffered-size", connection.getMaxBufferedSize(),
				(each, size) -> each.maxBufferedBytes(size.toBytes()));
		customized = set(customized, "connection.max-in-flight", connection.getMaxInFlight(), SpopAgent::maxInFlight);
		customized = set(customized, "connection.backlog", connection.getBacklog(), SpopAgent::backlog);
		return set(customized, "connection.max-connections", connection.getMaxConnections(), SpopAgent::maxConnections)
			.pipelining(connection.isPipelining())
			.fillEmptyAck(connection.isFillEmptyAck());
	}

	private static SpopAgent handlerTimeout(SpopAgent agent, Duration timeout) {
		if (timeout.isZero() || timeout.isNegative()) {
			throw new IllegalArgumentException(
					"It must be more than zero, and shorter than 'timeout processing' of HAProxy.");
		}
		return agent.handlerTimeout(timeout);
	}

	private static SpopAgent fragmentation(SpopAgent agent, int maxSize) {
		if (maxSize == 0) {
			throw new IllegalArgumentException("It must be more than zero while 'spop.frame.fragmentation' is true.");
		}
		return agent.maxFragmentedSize(maxSize);
	}

	private static SpopAgent setTime(SpopAgent agent, String property, @Nullable Duration value,
			BiFunction<SpopAgent, Duration, SpopAgent> setter) {
		return set(agent, property, value, (each, time) -> {
			if (time.compareTo(MAX_DURATION) > 0) {
				throw new IllegalArgumentException("It must be less than 100 years.");
			}
			return setter.apply(each, time);
		});
	}

	private static SpopAgent setSize(SpopAgent agent, String property, DataSize value,
			BiFunction<SpopAgent, Integer, SpopAgent> setter) {
		return set(agent, property, value, (each, size) -> {
			if (size.isNegative()) {
				throw new IllegalArgumentException("It must not be negative.");
			}
			if (size.toBytes() > Integer.MAX_VALUE) {
				throw new IllegalArgumentException("It must be less than 2 GB.");
			}
			return setter.apply(each, (int) size.toBytes());
		});
	}

	private static <T> SpopAgent set(SpopAgent agent, String property, @Nullable T value,
			BiFunction<SpopAgent, T, SpopAgent> setter) {
		if (value == null) {
			return agent;
		}
		try {
			return setter.apply(agent, value);
		}
		catch (IllegalArgumentException ex) {
			throw new InvalidConfigurationPropertyValueException("spop." + property, value,
					String.valueOf(ex.getMessage()));
		}
	}

}
