package io.spop.recipes.reputation;

import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;

import io.spop.annotation.NonBlocking;
import io.spop.annotation.SpopArg;
import io.spop.annotation.SpopMessage;
import io.spop.protocol.Actions;
import io.spop.protocol.VarScope;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/**
 * Scores clients by a list of networks in a file. The file is read again when it has
 * changed. If it cannot be read, the list that was read before stays.
 */
@Component
@EnableScheduling
class ReputationList implements HealthIndicator {

	private static final Logger logger = LoggerFactory.getLogger(ReputationList.class);

	private final Path file;

	private String version = "";

	private volatile State state = new State(null, null, null);

	ReputationList(Settings settings) {
		this.file = settings.file();
		refresh();
	}

	@SpopMessage("reputation")
	@NonBlocking
	Actions score(@SpopArg InetAddress ip) {
		Networks networks = this.state.networks;
		return (networks != null) ? Actions.set(VarScope.SESSION, "score", networks.score(ip)) : Actions.none();
	}

	@Scheduled(fixedDelayString = "${recipes.reputation-list.refresh-every}")
	synchronized void refresh() {
		String version = version();
		if (version.equals(this.version)) {
			return;
		}
		this.version = version;
		try {
			Networks networks = Networks.read(this.file);
			this.state = new State(networks, Instant.now(), null);
			logger.info("Read {} networks from {}", networks.size(), this.file);
		}
		catch (IOException ex) {
			this.state = new State(this.state.networks, this.state.time, ex.toString());
			logger.warn("Cannot read the networks from {}, {}: {}", this.file,
					(this.state.networks != null) ? "the list of " + this.state.time + " stays" : "there is no list",
					this.state.failure);
		}
	}

	/**
	 * Return what is another text when there is another file, or another reason why there
	 * is none.
	 */
	private String version() {
		try {
			BasicFileAttributes attributes = Files.readAttributes(this.file, BasicFileAttributes.class);
			return attributes.lastModifiedTime() + " " + attributes.size() + " " + attributes.fileKey();
		}
		catch (IOException ex) {
			return ex.toString();
		}
	}

	@Override
	public Health health() {
		State state = this.state;
		Health.Builder health = (state.failure != null) ? Health.down().withDetail("failure", state.failure)
				: Health.up();
		if (state.networks != null && state.time != null) {
			health.withDetail("networks", state.networks.size()).withDetail("read", state.time);
		}
		return health.build();
	}

	/**
	 * What the file was when it was read.
	 *
	 * @param networks the networks of the last file that could be read
	 * @param time when that was
	 * @param failure why the file of now cannot be read
	 */
	private record State(@Nullable Networks networks, @Nullable Instant time, @Nullable String failure) {
	}

	/**
	 * Settings of the list.
	 *
	 * @param file the file of networks
	 * @param refreshEvery how often to look whether the file has changed
	 * @param feed where to fetch the file, if it is not written by other means
	 * @param fetchEvery how often to fetch it
	 */
	@ConfigurationProperties("recipes.reputation-list")
	record Settings(Path file, Duration refreshEvery, @Nullable URI feed, Duration fetchEvery) {
	}

}
