package io.spop.handler;

import java.io.File;
import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Compiles classes whose names must not be on the class path of other tests.
 */
final class Sources {

	private Sources() {
	}

	static URLClassLoader compile(Path folder, String... sources) throws IOException {
		List<Source> units = Stream.of(sources).map(Source::of).toList();
		StringWriter messages = new StringWriter();
		boolean compiled = ToolProvider.getSystemJavaCompiler()
			.getTask(messages, null, null,
					List.of("-proc:none", "-parameters", "-d", folder.toString(), "-classpath",
							System.getProperty("java.class.path") + File.pathSeparator
									+ System.getProperty("surefire.test.class.path", "")),
					null, units)
			.call();
		assertThat(compiled).as(messages.toString()).isTrue();
		return new URLClassLoader(new URL[] { folder.toUri().toURL() }, Sources.class.getClassLoader());
	}

	private static final class Source extends SimpleJavaFileObject {

		private final String text;

		private Source(String name, String text) {
			super(URI.create("string:///" + name + ".java"), JavaFileObject.Kind.SOURCE);
			this.text = text;
		}

		static Source of(String text) {
			return new Source(text.replaceFirst("(?s).*?(?:class|interface) (\\w+).*", "$1"), text);
		}

		@Override
		public CharSequence getCharContent(boolean ignoreEncodingErrors) {
			return this.text;
		}

	}

}
