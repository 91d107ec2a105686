package io.spop;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.Array;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.spop.agent.BoundSpopAgent;
import io.spop.agent.SpopAgent;
import io.spop.agent.SpopListener;
import io.spop.agent.TcpListener;
import io.spop.agent.UnixListener;
import io.spop.client.SpopClient;
import io.spop.codec.SpopCodec;
import io.spop.protocol.Action;
import io.spop.protocol.Actions;
import io.spop.protocol.Argument;
import io.spop.protocol.Arguments;
import io.spop.protocol.Capability;
import io.spop.protocol.Frame;
import io.spop.protocol.FrameType;
import io.spop.protocol.HeaderBlock;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopValue;
import io.spop.protocol.StatusCode;
import io.spop.protocol.VarScope;
import io.spop.recording.Recorder;
import io.spop.recording.RecordingEntry;
import io.spop.recording.RecordingFilter;
import io.spop.recording.RecordingWriter;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Each public constructor and method refuses {@code null} for a parameter that is not
 * {@link Nullable}, at once and with the name of the parameter.
 */
@Timeout(60)
class NullArgumentTests {

	private static final Duration LIMIT = Duration.ofSeconds(10);

	/** By type, objects to call methods of and to pass as the other arguments. */
	private final Map<Class<?>, List<Object>> samples = new LinkedHashMap<>();

	private final List<String> wrong = new ArrayList<>();

	private int calls;

	@TempDir
	private Path folder;

	@Test
	void whenArgumentIsNullThenItIsRefusedByItsName() throws Exception {
		SpopListener listener = SpopListener.inMemory("main");
		try (BoundSpopAgent agent = SpopAgent.create()
			.eventLoops(1)
			.listener(listener)
			.handler((exchange) -> Mono.just(Actions.none()))
			.bind();
				SpopClient client = SpopClient.connect(agent.address("main")).block(LIMIT);
				Recorder recorder = Recorder.builder(this.folder.resolve("recorder")).open();
				RecordingWriter writer = new RecordingWriter(this.folder.resolve("writer"))) {
			add(client, client.agentHello(), SpopClient.builder(agent.address("main")), listener,
					SpopListener.tcp("tcp", new InetSocketAddress(0)), SpopListener.unix("unix", Path.of("/x")));
			addValues();
			Instant time = Instant.EPOCH;
			add(recorder, recorder.connection("main", ""), Recorder.builder(this.folder.resolve("builder")), writer,
					RecordingFilter.everything(), time, new RecordingEntry.Closed(time, 1), RecordingEntry.Sender.AGENT,
					(Consumer<?>) (failure) -> {
					}, new ByteArrayInputStream(new byte[0]));
			for (String name : List.of("io.spop.protocol", "io.spop.codec", "io.spop.client", "io.spop.recording")) {
				for (JavaClass type : new ClassFileImporter().withImportOption(new ImportOption.DoNotIncludeTests())
					.importPackages(name)) {
					check(type.reflect());
				}
			}
			for (Class<?> type : List.of(SpopListener.class, TcpListener.class, UnixListener.class)) {
				check(type);
			}
		}
		assertThat(this.wrong).isEmpty();
		assertThat(this.calls).isGreaterThan(100);
	}

	private void addValues() throws Exception {
		Argument argument = new Argument("a", SpopValue.of("text"));
		NotifyMessage message = NotifyMessage.of("message", argument);
		Frame.Notify notify = new Frame.Notify(1, 1, message);
		ByteBuf out = Unpooled.buffer();
		SpopCodec codec = new SpopCodec(16380);
		codec.encode(notify, out);
		Frame.Notify read = (Frame.Notify) codec.decode(out);
		Actions actions = Actions.set(VarScope.SESSION, "a", "text").andUnset(VarScope.SESSION, "b");
		add("text", new byte[] { 1, 2, 3, 4 }, InetAddress.getLoopbackAddress(), new InetSocketAddress(0),
				Path.of("/x"), LIMIT, StandardCharsets.UTF_8, out, codec, argument, message.arguments(),
				read.messages().get(0).arguments(), message, notify, actions, actions.get(0), actions.get(1),
				VarScope.SESSION, StatusCode.NORMAL, FrameType.NOTIFY, Capability.PIPELINING, SpopValue.ofNull(),
				SpopValue.of(true), SpopValue.of(1), SpopValue.of("text"), SpopValue.of(new byte[] { 1 }),
				new SpopValue.Int32(1), new SpopValue.Uint32(1), new SpopValue.Uint64(1), new SpopValue.Ipv4(1),
				new SpopValue.Ipv6(1, 2), HeaderBlock.of(SpopValue.of("a: b\r\n\r\n")),
				new HeaderBlock.Header("a", "b"), List.of("192.0.2.1"), Set.of(PosixFilePermission.OWNER_READ),
				(Supplier<?>) () -> null, SslContextBuilder.forClient().build(), new Frame.Ack(1, 1, actions),
				new Frame.HaproxyDisconnect(1, "x"), new Frame.HaproxyHello(List.of(), 256, Set.of(), null, false),
				new Frame.AgentDisconnect(1, "x"));
	}

	private void add(Object... objects) {
		for (Object object : objects) {
			for (Class<?> type : List.of(object.getClass(), String.class, Action.class, Arguments.class, Frame.class,
					SpopValue.class, Charset.class, SocketAddress.class, InetSocketAddress.class, InetAddress.class,
					Path.class, ByteBuf.class, List.class, Set.class, Collection.class, Supplier.class, Consumer.class,
					InputStream.class, RecordingEntry.class, SslContext.class)) {
				if (type.isInstance(object)) {
					List<Object> known = this.samples.computeIfAbsent(type, (key) -> new ArrayList<>());
					if (!known.contains(object)) {
						known.add(object);
					}
				}
			}
		}
	}

	private void check(Class<?> type) throws Exception {
		if (!isPublic(type)) {
			return;
		}
		for (Constructor<?> constructor : type.getConstructors()) {
			checkParameters(constructor, null);
		}
		for (Method method : type.getDeclaredMethods()) {
			if (!Modifier.isPublic(method.getModifiers()) || method.isSynthetic() || method.getName().equals("equals")
					|| method.getName().equals("valueOf")) {
				continue;
			}
			if (Modifier.isStatic(method.getModifiers())) {
				checkParameters(method, null);
			}
			else if (hasReferences(method)) {
				List<Object> targets = this.samples.get(type);
				assertThat(targets).as("a sample of %s", type).isNotEmpty();
				for (Object target : targets) {
					checkParameters(method, target);
				}
			}
		}
	}

	private static boolean isPublic(Class<?> type) {
		return Modifier.isPublic(type.getModifiers())
				&& (type.getDeclaringClass() == null || isPublic(type.getDeclaringClass()));
	}

	private static boolean hasReferences(Method method) {
		return Arrays.stream(method.getParameterTypes()).anyMatch((type) -> !type.isPrimitive());
	}

	private void checkParameters(Executable executable, @Nullable Object target) throws Exception {
		Parameter[] parameters = executable.getParameters();
		AnnotatedType[] types = executable.getAnnotatedParameterTypes();
		for (int i = 0; i < parameters.length; i++) {
			Class<?> type = parameters[i].getType();
			if (type.isPrimitive() || types[i].isAnnotationPresent(Nullable.class)) {
				continue;
			}
			checkCall(executable, target, i, null);
			if (type.isArray() && !type.getComponentType().isPrimitive()) {
				checkCall(executable, target, i, Array.newInstance(type.getComponentType(), 1));
			}
			else if (type == List.class || type == Collection.class) {
				checkCall(executable, target, i, Collections.singletonList(null));
			}
			else if (type == Set.class) {
				checkCall(executable, target, i, Collections.singleton(null));
			}
		}
	}

	private void checkCall(Executable executable, @Nullable Object target, int index, @Nullable Object argument)
			throws Exception {
		Parameter[] parameters = executable.getParameters();
		Object[] arguments = new Object[parameters.length];
		for (int i = 0; i < arguments.length; i++) {
			arguments[i] = (i != index) ? sample(executable, parameters[i].getType()) : argument;
		}
		this.calls++;
		String call = executable + " with null for " + parameters[index].getName();
		try {
			if (executable instanceof Constructor<?> constructor) {
				constructor.newInstance(arguments);
			}
			else {
				((Method) executable).invoke(target, arguments);
			}
			this.wrong.add(call + " returns");
		}
		catch (InvocationTargetException ex) {
			Throwable cause = ex.getCause();
			boolean isNamed = cause instanceof NullPointerException && String.valueOf(cause.getMessage())
				.toLowerCase(Locale.ROOT)
				.contains(parameters[index].getName().toLowerCase(Locale.ROOT));
			// Helpful messages of the JVM name parameters too, but only with debug
			// symbols
			if (!isNamed || String.valueOf(cause.getMessage()).startsWith("Cannot ")) {
				this.wrong.add(call + " throws " + cause);
			}
		}
	}

	private Object sample(Executable executable, Class<?> type) {
		if (type.isPrimitive()) {
			Object array = Array.newInstance(type, 1);
			return Array.get(array, 0);
		}
		if (type.isArray() && !type.getComponentType().isPrimitive()) {
			return Array.newInstance(type.getComponentType(), 0);
		}
		List<Object> known = this.samples.get(type);
		assertThat(known).as("a sample of %s for %s", type, executable).isNotEmpty();
		return (type == List.class) ? List.of() : (type == Set.class) ? Set.of() : known.get(0);
	}

}
