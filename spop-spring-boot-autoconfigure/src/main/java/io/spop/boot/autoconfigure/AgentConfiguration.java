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
 * Turns properties into an agent, and what the agent does not like about a value into a
 * failure that names the property.
 */
final class AgentConfiguration {

	/** The longest time, of which nanoseconds do not overflow. */
	static final Duration MAX_DURATION = Duration.ofDays(36500);

	private SpopAgent agent = SpopAgent.create();

	private AgentConfiguration() {
	}

	/**
	 * Return an agent as the properties describe it.
	 * @param properties the properties
	 * @param bundles the SSL bundles
	 * @return the agent, which has no handler yet
	 */
	static SpopAgent agent(SpopProperties properties, SslBundles bundles) {
		AgentConfiguration configuration = new AgentConfiguration();
		configuration.handler(properties.getHandler());
		configuration.frame(properties.getFrame());
		configuration.connection(properties.getConnection());
		configuration.agent = configuration.agent.warmUp(properties.getWarmUp().isEnabled());
		for (SpopListener listener : ListenerConfiguration.listeners(properties, bundles)) {
			configuration.agent = configuration.agent.listener(listener);
		}
		return configuration.agent;
	}

	private void handler(SpopProperties.Handler handler) {
		setTime("handler.timeout", handler.getTimeout(), AgentConfiguration::handlerTimeout);
		SpopProperties.ErrorVariable variable = handler.getErrorVariable();
		if (StringUtils.hasLength(variable.getName())) {
			set("handler.error-variable.name", variable.getName(),
					(agent, name) -> agent.fallback(Actions.set(variable.getScope(), name, true)));
		}
	}

	private void frame(SpopProperties.Frame frame) {
		setSize("frame.max-size", frame.getMaxSize(), SpopAgent::maxFrameSize);
		setSize("frame.max-hello-size", frame.getMaxHelloSize(), SpopAgent::maxHelloSize);
		setTime("frame.timeout", frame.getTimeout(), SpopAgent::frameTimeout);
		if (frame.isFragmentation()) {
			setSize("frame.max-fragmented-size", frame.getMaxFragmentedSize(), AgentConfiguration::fragmentation);
		}
	}

	private void connection(SpopProperties.Connection connection) {
		setTime("connection.handshake-timeout", connection.getHandshakeTimeout(), SpopAgent::handshakeTimeout);
		setTime("connection.idle-timeout", connection.getIdleTimeout(), SpopAgent::idleTimeout);
		setTime("connection.write-timeout", connection.getWriteTimeout(), SpopAgent::writeTimeout);
		setTime("connection.max-age", connection.getMaxAge(), SpopAgent::maxConnectionAge);
		setSize("connection.high-water-mark", connection.getHighWaterMark(), SpopAgent::highWaterMark);
		set("connection.max-buffered-size", connection.getMaxBufferedSize(),
				(agent, size) -> agent.maxBufferedBytes(size.toBytes()));
		set("connection.max-in-flight", connection.getMaxInFlight(), SpopAgent::maxInFlight);
		set("connection.pipelining", connection.isPipelining(), SpopAgent::pipelining);
		set("connection.fill-empty-ack", connection.isFillEmptyAck(), SpopAgent::fillEmptyAck);
		set("connection.backlog", connection.getBacklog(), SpopAgent::backlog);
		set("connection.max-connections", connection.getMaxConnections(), SpopAgent::maxConnections);
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
		return agent.fragmentation(maxSize);
	}

	private void setTime(String property, @Nullable Duration value, BiFunction<SpopAgent, Duration, SpopAgent> setter) {
		set(property, value, (agent, time) -> {
			if (time.compareTo(MAX_DURATION) > 0) {
				throw new IllegalArgumentException("It must be less than 100 years.");
			}
			return setter.apply(agent, time);
		});
	}

	private void setSize(String property, DataSize value, BiFunction<SpopAgent, Integer, SpopAgent> setter) {
		set(property, value, (agent, size) -> {
			if (size.isNegative()) {
				throw new IllegalArgumentException("It must not be negative.");
			}
			if (size.toBytes() > Integer.MAX_VALUE) {
				throw new IllegalArgumentException("It must be less than 2 GB.");
			}
			return setter.apply(agent, (int) size.toBytes());
		});
	}

	private <T> void set(String property, @Nullable T value, BiFunction<SpopAgent, T, SpopAgent> setter) {
		if (value == null) {
			return;
		}
		try {
			this.agent = setter.apply(this.agent, value);
		}
		catch (IllegalArgumentException ex) {
			throw new InvalidConfigurationPropertyValueException("spop." + property, value,
					String.valueOf(ex.getMessage()));
		}
	}

}
