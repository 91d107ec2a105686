package io.spop.haproxy.write;

import java.lang.reflect.Method;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

import io.spop.haproxy.AgentDescription;
import io.spop.haproxy.HaproxyVersion;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Compares the page of the documentation with what is written for its example.
 */
class WrittenConfigurationPageTests {

	private static final Path PAGE = Path.of("../docs/haproxy-configuration-written.md");

	@Test
	void whenTheExampleIsWrittenThenThePageHasIt(@TempDir Path folder) throws Exception {
		String page = Files.readString(PAGE);
		WrittenConfiguration written = ConfigurationWriter.write(example(page, folder), HaproxyVersion.of("3.2"));
		for (Map.Entry<String, String> file : written.files().entrySet()) {
			if (!file.getKey().equals("haproxy.cfg")) {
				assertThat(page).contains("`" + file.getKey() + "`").contains("\n" + file.getValue() + "```\n");
			}
		}
	}

	private static AgentDescription example(String page, Path folder) throws Exception {
		Matcher matcher = Pattern.compile("^```java\n(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL).matcher(page);
		assertThat(matcher.find()).isTrue();
		String source = "package example;\nimport io.spop.haproxy.*;\nimport java.time.*;\nimport java.util.*;\n"
				+ "public class Example { public " + matcher.group(1) + "}";
		JavaFileObject file = new SimpleJavaFileObject(URI.create("string:///example/Example.java"),
				JavaFileObject.Kind.SOURCE) {

			@Override
			public CharSequence getCharContent(boolean ignoreEncodingErrors) {
				return source;
			}

		};
		JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
		List<String> options = List.of("-proc:none", "-d", folder.toString(), "-cp",
				System.getProperty("java.class.path"));
		assertThat(compiler.getTask(null, null, null, options, null, List.of(file)).call()).isTrue();
		try (URLClassLoader loader = new URLClassLoader(new URL[] { folder.toUri().toURL() },
				WrittenConfigurationPageTests.class.getClassLoader())) {
			Object example = loader.loadClass("example.Example").getConstructor().newInstance();
			Method method = example.getClass().getMethod("agent");
			return (AgentDescription) method.invoke(example);
		}
	}

}
