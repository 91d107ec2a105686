package io.spop.agent;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLHandshakeException;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.DefaultThreadFactory;
import org.jspecify.annotations.Nullable;

/**
 * The TLS handshakes of one agent. The slow parts of the handshakes run on a few separate
 * threads, so that the connections of an event loop do not wait for the handshakes of
 * others.
 */
final class TlsHandshakes {

	static final int THREADS = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);

	/**
	 * The largest queue: behind more tasks, a handshake would take longer than HAProxy
	 * waits.
	 */
	static final int MAX_WAITING = 1024;

	/**
	 * The number of bytes that a peer may send while a task of its handshake runs: its
	 * certificates, and the first bytes after the handshake.
	 */
	private static final int MAX_BUFFERED = 128 * 1024;

	private final ThreadPoolExecutor executor;

	TlsHandshakes() {
		this.executor = new ThreadPoolExecutor(THREADS, THREADS, 10, TimeUnit.SECONDS,
				new LinkedBlockingQueue<>(MAX_WAITING), new DefaultThreadFactory("spop-tls", true));
		this.executor.allowCoreThreadTimeOut(true);
	}

	/**
	 * Add TLS to a connection.
	 * @param channel the connection, which has not read anything yet
	 * @param context the context with the certificate
	 */
	void secure(Channel channel, SslContext context) {
		Tasks tasks = new Tasks();
		Handler handler = new Handler(context.newEngine(channel.alloc()), tasks);
		tasks.handler = handler;
		// The timeout of SPOP's handshake includes the handshake of TLS
		handler.setHandshakeTimeoutMillis(0);
		channel.pipeline().addFirst(handler);
	}

	/**
	 * End the threads, and drop the waiting tasks.
	 */
	void close() {
		this.executor.shutdownNow();
	}

	/**
	 * Executor of the slow tasks of one handshake.
	 */
	private static final class Tasks implements Executor {

		private @Nullable Handler handler;

		@Override
		public void execute(Runnable task) {
			if (this.handler != null) {
				this.handler.execute(task);
			}
		}

	}

	/**
	 * The TLS handler of one connection. A running task holds the lock of the TLS engine.
	 * While a task runs, the handler must not use the engine to close the connection, or
	 * the event loop would wait for the task.
	 */
	private final class Handler extends SslHandler {

		private @Nullable ChannelHandlerContext context;

		private volatile boolean working;

		private int buffered;

		Handler(SSLEngine engine, Tasks tasks) {
			super(engine, tasks);
		}

		@Override
		public void handlerAdded(ChannelHandlerContext context) throws Exception {
			this.context = context;
			super.handlerAdded(context);
		}

		private void execute(Runnable task) {
			// TLS 1.3 has no further handshakes
			if (handshakeFuture().isDone() && !"TLSv1.3".equals(engine().getSession().getProtocol())) {
				refuse("The peer asked for another handshake on a connection that has had one");
				return;
			}
			this.working = true;
			try {
				TlsHandshakes.this.executor.execute(() -> run(task));
			}
			catch (RejectedExecutionException ex) {
				this.working = false;
				refuse("Too many TLS handshakes at a time: " + MAX_WAITING + " wait for their turn");
			}
		}

		private void run(Runnable task) {
			if (this.context != null && this.context.channel().isOpen()) {
				task.run();
			}
			this.working = false;
		}

		private void refuse(String reason) {
			if (this.context != null) {
				if (!TlsHandshakes.this.executor.isShutdown()) {
					this.context
						.fireUserEventTriggered(new SslHandshakeCompletionEvent(new SSLHandshakeException(reason)));
				}
				this.context.close();
			}
		}

		@Override
		public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
			this.buffered = this.working ? this.buffered + ((ByteBuf) message).readableBytes() : 0;
			if (this.buffered <= MAX_BUFFERED) {
				super.channelRead(context, message);
			}
			else {
				ReferenceCountUtil.release(message);
				refuse("The peer sent more than " + MAX_BUFFERED + " bytes in the middle of a handshake");
			}
		}

		@Override
		public void close(ChannelHandlerContext context, ChannelPromise promise) throws Exception {
			// Netty would wait seconds for a peer that does not read, and log a line for
			// it
			if (this.working || !context.channel().isWritable()) {
				context.close(promise);
			}
			else {
				super.close(context, promise);
			}
		}

		@Override
		public void channelInactive(ChannelHandlerContext context) throws Exception {
			if (this.working) {
				context.fireChannelInactive();
			}
			else {
				super.channelInactive(context);
			}
		}

		@Override
		public void exceptionCaught(ChannelHandlerContext context, Throwable cause) throws Exception {
			// A task may end after its connection has closed: then ignore its failure
			if (!context.isRemoved()) {
				super.exceptionCaught(context, cause);
			}
		}

	}

}
