package io.spop.boot.autoconfigure;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

import io.spop.agent.SpopHandler;
import io.spop.annotation.SpopMessage;
import io.spop.handler.AnnotatedSpopHandler;

import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.convert.ApplicationConversionService;
import org.springframework.boot.thread.Threading;
import org.springframework.context.annotation.Bean;
import org.springframework.core.convert.ConversionService;
import org.springframework.core.env.Environment;
import org.springframework.core.task.VirtualThreadTaskExecutor;
import org.springframework.scheduling.concurrent.CustomizableThreadFactory;

/**
 * Auto-configuration for methods annotated with {@link SpopMessage @SpopMessage}. Backs
 * off if there is a {@link SpopHandler}.
 *
 * @since 0.1.0
 */
@AutoConfiguration
@ConditionalOnBooleanProperty(name = "spop.enabled", matchIfMissing = true)
@ConditionalOnMissingBean(SpopHandler.class)
public final class SpopHandlerAutoConfiguration {

	private static final String THREAD_NAME_PREFIX = "spop-handler-";

	/**
	 * Nothing waits for a thread, since HAProxy does not wait either, so that there are
	 * as many as a burst of blocking handlers may take. They end when they are idle.
	 */
	static final int MAX_THREADS = Math.max(64, 8 * Runtime.getRuntime().availableProcessors());

	private static final int IDLE_SECONDS = 60;

	@Bean
	AnnotatedSpopHandler spopHandler(ConfigurableListableBeanFactory beanFactory, Environment environment) {
		ConversionService conversionService = beanFactory.getConversionService();
		return new AnnotatedSpopHandler(beanFactory,
				(conversionService != null) ? conversionService : ApplicationConversionService.getSharedInstance(),
				Threading.VIRTUAL.isActive(environment) ? new VirtualThreadTaskExecutor(THREAD_NAME_PREFIX)
						: threadPool());
	}

	private static Executor threadPool() {
		CustomizableThreadFactory threads = new CustomizableThreadFactory(THREAD_NAME_PREFIX);
		threads.setDaemon(true);
		return new ThreadPoolExecutor(0, MAX_THREADS, IDLE_SECONDS, TimeUnit.SECONDS, new SynchronousQueue<>(), threads,
				(task, pool) -> {
					throw new RejectedExecutionException("All " + MAX_THREADS + " threads for handlers are busy");
				});
	}

}
