package io.spop.cli;

import java.net.ConnectException;
import java.net.UnixDomainSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * A thread of a {@link LoadGenerator}: an event loop with a part of the connections. Only
 * the event loop uses the fields.
 */
final class LoadWorker {

	/** A listener may have a short queue of connections. */
	private static final int MAX_CONNECTING = 8;

	private static final long FIRST_PAUSE = TimeUnit.MILLISECONDS.toNanos(100);

	private static final long LONGEST_PAUSE = TimeUnit.SECONDS.toNanos(1);

	/** How often NOTIFYs without an ACK in time are looked for. */
	private static final long SWEEP_INTERVAL = TimeUnit.MILLISECONDS.toNanos(50);

	/** A timer of the event loop is at most that late, if the machine has time for it. */
	private static final long TIMER_PRECISION = TimeUnit.MILLISECONDS.toNanos(2);

	private final LoadSettings settings;

	private final int index;

	private final EventLoop loop;

	private final Bootstrap bootstrap;

	private final int connections;

	private final long timeout;

	/** The time between two NOTIFYs of the whole load. */
	private final double interval;

	private final CompletableFuture<Void> attempted = new CompletableFuture<>();

	private final CompletableFuture<Void> finished = new CompletableFuture<>();

	/** Connections that are open. */
	private final List<LoadConnection> open = new ArrayList<>();

	/** Connections that can send a NOTIFY, in the order of their turns. */
	private final ArrayDeque<LoadConnection> available = new ArrayDeque<>();

	private LoadCounts counts = new LoadCounts();

	private int waitingToConnect;

	private int connecting;

	private int attempts;

	private long pause = FIRST_PAUSE;

	private boolean started;

	private boolean closed;

	private long start;

	private long measureFrom = Long.MAX_VALUE;

	/** No NOTIFY is sent from then on. */
	private long end = Long.MAX_VALUE;

	/** ACKs and bytes are counted up to then. */
	private long measureTo;

	/** How many NOTIFYs this worker may send in the measurement. */
	private long quota;

	/** How many NOTIFYs of the whole load are in the schedule before the next one. */
	private long scheduled;

	/** Whether NOTIFYs that were due could not be sent, for lack of a connection. */
	private boolean starved;

	private int nextMessage;

	/** When the last ACK of the measurement came. */
	private long lastAnswer;

	/** Connections to which this round has written. */
	private final List<LoadConnection> unflushed = new ArrayList<>();

	private @Nullable Future<?> ticks;

	LoadWorker(LoadSettings settings, int index, EventLoop loop) {
		this.settings = settings;
		this.index = index;
		this.loop = loop;
		this.timeout = settings.timeout().toNanos();
		this.connections = share(settings.connections());
		long requests = settings.requests();
		this.quota = (requests == Long.MAX_VALUE) ? requests
				: requests / settings.threads() + ((index < requests % settings.threads()) ? 1 : 0);
		this.interval = settings.openLoop() ? 1e9 / settings.rate() : 0;
		this.nextMessage = (int) ((long) index * settings.messages().count() / settings.threads());
		this.bootstrap = bootstrap();
	}

	private int share(int whole) {
		return whole / this.settings.threads() + ((this.index < whole % this.settings.threads()) ? 1 : 0);
	}

	private Bootstrap bootstrap() {
		Bootstrap bootstrap = new Bootstrap().group(this.loop).handler(new ChannelInitializer<>() {

			@Override
			protected void initChannel(Channel channel) {
				if (LoadWorker.this.settings.tls() != null) {
					channel.pipeline().addLast(LoadWorker.this.settings.tls().apply(channel));
				}
				channel.pipeline().addLast(new LoadConnection(LoadWorker.this, LoadWorker.this.settings));
			}

		})
			.option(ChannelOption.CONNECT_TIMEOUT_MILLIS,
					(int) Math.min(this.settings.timeout().toMillis(), Integer.MAX_VALUE));
		return (this.settings.address() instanceof UnixDomainSocketAddress)
				? bootstrap.channel(NioDomainSocketChannel.class)
				: bootstrap.channel(NioSocketChannel.class).option(ChannelOption.TCP_NODELAY, true);
	}

	/**
	 * Open the connections.
	 * @return completes when each was opened or has failed once
	 */
	CompletableFuture<Void> connect() {
		this.loop.execute(() -> {
			this.waitingToConnect = this.connections;
			connectNext();
		});
		return this.attempted;
	}

	private void connectNext() {
		while (this.connecting < MAX_CONNECTING && this.waitingToConnect > 0 && !this.closed) {
			this.waitingToConnect--;
			this.connecting++;
			this.bootstrap.connect(this.settings.address()).addListener((ChannelFuture connected) -> {
				if (!connected.isSuccess()) {
					connectionFailed(connected.cause());
				}
			});
		}
	}

	private void connectionFailed(Throwable cause) {
		if (cause instanceof ConnectException && !(cause instanceof ConnectTimeoutException)) {
			this.counts.problem(LoadProblem.REFUSED, String.valueOf(cause.getMessage()));
		}
		else {
			this.counts.problem(LoadProblem.FAILED, String.valueOf(cause.getMessage()));
		}
		attempted();
		reconnect();
	}

	/** A connection is open, or cannot be opened. */
	private void attempted() {
		this.connecting--;
		if (++this.attempts == this.connections) {
			this.attempted.complete(null);
		}
	}

	private void reconnect() {
		if (!this.closed) {
			this.loop.schedule(() -> {
				this.waitingToConnect++;
				connectNext();
			}, this.pause, TimeUnit.NANOSECONDS);
			this.pause = Math.min(2 * this.pause, LONGEST_PAUSE);
			connectNext();
		}
	}

	/** The handshake of a connection is done. */
	void opened(LoadConnection connection) {
		attempted();
		this.pause = FIRST_PAUSE;
		this.open.add(connection);
		if (this.started) {
			begin(connection);
		}
		connectNext();
	}

	/** A connection has ended, perhaps before its handshake was done. */
	void closed(LoadConnection connection, boolean opened) {
		if (opened) {
			this.open.remove(connection);
		}
		else {
			attempted();
		}
		reconnect();
		finishIfIdle();
	}

	/**
	 * Begin to send.
	 * @param start the time of the first NOTIFY of the whole load
	 */
	void start(long start) {
		this.loop.execute(() -> {
			this.start = start;
			this.started = true;
			this.measureFrom = start + this.settings.warmUp().toNanos();
			this.measureTo = this.measureFrom + this.settings.duration().toNanos();
			this.end = this.measureTo;
			if (this.settings.openLoop()) {
				this.scheduled = this.index;
				endAfterRequests();
				startTicks();
			}
			List.copyOf(this.open).forEach(this::begin);
			this.loop.scheduleWithFixedDelay(this::sweep, SWEEP_INTERVAL, SWEEP_INTERVAL, TimeUnit.NANOSECONDS);
		});
	}

	/** With a rate, a number of NOTIFYs is a time. */
	private void endAfterRequests() {
		if (this.settings.requests() < Long.MAX_VALUE) {
			double first = Math.ceil(this.settings.warmUp().toNanos() / this.interval);
			double time = Math.ceil((first + this.settings.requests() - 0.5) * this.interval);
			this.end = Math.min(this.end, this.start + (long) time);
			this.quota = Long.MAX_VALUE;
		}
	}

	private void begin(LoadConnection connection) {
		if (this.settings.openLoop()) {
			available(connection);
		}
		else {
			refill(connection, System.nanoTime());
		}
	}

	private void startTicks() {
		this.ticks = this.loop.scheduleWithFixedDelay(this::tick, 0, 1, TimeUnit.NANOSECONDS);
	}

	/**
	 * Send what is due, after each round of the event loop, because a timer would be
	 * late. A timer waits only for what is due much later.
	 */
	private void tick() {
		long now = System.nanoTime();
		sendDue(now);
		long wait = due() - now;
		if (now - this.end >= 0 && due() - this.end >= 0) {
			cancelTicks();
			finishIfIdle();
		}
		else if (wait > TIMER_PRECISION) {
			cancelTicks();
			this.loop.schedule(this::startTicks, wait - TIMER_PRECISION, TimeUnit.NANOSECONDS);
		}
	}

	private void cancelTicks() {
		if (this.ticks != null) {
			this.ticks.cancel(false);
		}
	}

	/** Return when the next NOTIFY of this worker is due. */
	private long due() {
		return this.start + (long) (this.scheduled * this.interval);
	}

	private void sendDue(long now) {
		boolean behind = this.starved;
		this.starved = false;
		for (long due = due(); due - now <= 0 && due - this.end < 0; due = due()) {
			LoadConnection connection = nextAvailable();
			if (connection == null) {
				this.starved = true;
				break;
			}
			this.scheduled += this.settings.threads();
			if (!behind && due - this.measureFrom >= 0) {
				this.counts.delayed(now - due);
			}
			if (connection.append(nextPayload(), due, now)) {
				this.unflushed.add(connection);
			}
			sent(due);
			if (connection.free() > 0) {
				available(connection);
			}
		}
		for (int i = 0; i < this.unflushed.size(); i++) {
			this.unflushed.get(i).flush(now);
		}
		this.unflushed.clear();
	}

	private @Nullable LoadConnection nextAvailable() {
		LoadConnection connection = this.available.poll();
		while (connection != null && !connection.take()) {
			connection = this.available.poll();
		}
		return connection;
	}

	private void available(LoadConnection connection) {
		if (connection.offer()) {
			this.available.add(connection);
		}
	}

	private byte[] nextPayload() {
		byte[] payload = this.settings.messages().payload(this.nextMessage);
		this.nextMessage = (this.nextMessage + 1 < this.settings.messages().count()) ? this.nextMessage + 1 : 0;
		return payload;
	}

	private void sent(long due) {
		if (due - this.measureFrom >= 0) {
			this.counts.sent++;
		}
	}

	/** Send as many NOTIFYs as the connection may have without an ACK (closed loop). */
	private void refill(LoadConnection connection, long now) {
		for (int free = connection.free(); free > 0 && mayBeSent(now); free--) {
			connection.append(nextPayload(), now, now);
			sent(now);
		}
		connection.flush(now);
	}

	private boolean mayBeSent(long now) {
		if (now - this.end >= 0) {
			return false;
		}
		return now - this.measureFrom < 0 || --this.quota >= 0;
	}

	void bytesReceived(int bytes, long now) {
		if (isMeasuring(now)) {
			this.counts.bytesReceived += bytes;
		}
	}

	void bytesSent(int bytes, long now) {
		if (isMeasuring(now)) {
			this.counts.bytesSent += bytes;
		}
	}

	private boolean isMeasuring(long now) {
		return this.started && now - this.measureFrom >= 0 && now - this.measureTo < 0;
	}

	/** An ACK has come for a NOTIFY without one. */
	void answered(long due, boolean actions, long now) {
		if (isMeasuring(now)) {
			this.counts.acks++;
		}
		if (due - this.measureFrom >= 0) {
			this.counts.answered++;
			this.counts.record(now - due);
			if (!actions) {
				this.counts.withoutActions++;
			}
			this.lastAnswer = now;
		}
	}

	/** All ACKs that have come so far are read. */
	void allRead(LoadConnection connection, long now) {
		if (!this.started) {
			return;
		}
		if (this.settings.openLoop()) {
			if (connection.free() > 0) {
				available(connection);
			}
		}
		else {
			refill(connection, now);
		}
		if (this.quota <= 0 || now - this.end >= 0) {
			finishIfIdle();
		}
	}

	/** Give up NOTIFYs that have no ACK in time. */
	private void sweep() {
		long now = System.nanoTime();
		for (int i = this.open.size() - 1; i >= 0; i--) {
			LoadConnection connection = this.open.get(i);
			if (connection.inFlight().size() > 0) {
				connection.inFlight().removeSentBefore(now - this.timeout, (due) -> unanswered(due, now));
				allRead(connection, now);
			}
		}
		if (this.quota <= 0 || now - this.end >= 0) {
			finishIfIdle();
		}
	}

	private void unanswered(long due, long now) {
		if (due - this.measureFrom >= 0) {
			this.counts.problem(LoadProblem.UNANSWERED);
			this.counts.record(now - due);
		}
	}

	/** A connection has ended before the ACK of a NOTIFY. */
	void lost(long due) {
		if (due - this.measureFrom >= 0) {
			this.counts.problem(LoadProblem.LOST);
		}
	}

	LoadCounts counts() {
		return this.counts;
	}

	private void finishIfIdle() {
		if (!this.started || (this.quota > 0 && System.nanoTime() - this.end < 0)
				|| (this.settings.openLoop() && due() - this.end < 0)) {
			return;
		}
		for (int i = 0; i < this.open.size(); i++) {
			if (this.open.get(i).inFlight().size() > 0) {
				return;
			}
		}
		this.finished.complete(null);
	}

	/**
	 * Return when the worker has nothing to send, and no ACK to wait for.
	 */
	CompletableFuture<Void> finished() {
		return this.finished;
	}

	/**
	 * Take what was counted since the last time.
	 */
	Future<Snapshot> snapshot() {
		return this.loop.submit(() -> {
			int inFlight = 0;
			for (LoadConnection connection : this.open) {
				inFlight += connection.inFlight().size();
			}
			Snapshot snapshot = new Snapshot(this.counts, this.open.size(), inFlight, this.lastAnswer,
					Thread.currentThread().getId());
			this.counts = new LoadCounts();
			return snapshot;
		});
	}

	/**
	 * Send nothing more, and count what was due and was not sent.
	 */
	Future<?> stop(long now) {
		return this.loop.submit(() -> {
			if (now - this.end < 0) {
				this.end = now;
			}
			if (now - this.measureTo < 0) {
				this.measureTo = now;
			}
			if (this.settings.openLoop()) {
				countNotSent(now);
			}
			finishIfIdle();
		});
	}

	private void countNotSent(long now) {
		for (long due = due(); due - this.end < 0; due = due()) {
			if (due - this.measureFrom >= 0) {
				this.counts.notSent++;
				this.counts.record(now - due);
			}
			this.scheduled += this.settings.threads();
		}
	}

	/** A fault of this program: end with it. */
	void failed(Throwable cause) {
		this.finished.completeExceptionally(cause);
		this.attempted.completeExceptionally(cause);
	}

	/**
	 * Close the connections.
	 */
	Future<?> close() {
		return this.loop.submit(() -> {
			this.closed = true;
			cancelTicks();
			List.copyOf(this.open).forEach(LoadConnection::close);
		});
	}

	/**
	 * What a worker has counted.
	 *
	 * @param counts the counts since the last snapshot
	 * @param open the number of open connections
	 * @param inFlight the number of NOTIFYs without an ACK
	 * @param lastAnswer when the last ACK of the measurement came, or 0
	 * @param threadId the thread of the worker
	 */
	record Snapshot(LoadCounts counts, int open, int inFlight, long lastAnswer, long threadId) {
	}

}
