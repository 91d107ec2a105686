package io.spop.haproxy.check;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.spop.haproxy.HaproxyVersion;
import io.spop.haproxy.config.HaproxyConfiguration;
import io.spop.test.haproxy.HaproxyBinary;
import io.spop.test.haproxy.HaproxyProcess;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Compares what the check calls refused with what {@code haproxy -c} refuses.
 */
class HaproxyAgreementIT {

	private static final List<HaproxyBinary> BINARIES = HaproxyProcess.all();

	private static final Set<String> NOT_REFUSED = ConfigurationCheck.rules()
		.stream()
		.filter((rule) -> !rule.refused())
		.map(RuleDescription::id)
		.collect(Collectors.toSet());

	@TempDir
	private Path folder;

	@ParameterizedTest
	@MethodSource({ "files", "agents", "messages", "arguments", "groups", "mains", "backends" })
	void whenHaproxyRefusesThenCheckSaysSo(Example example) throws Exception {
		example.writeTo(this.folder);
		// The programs, a process each, are most of the time
		Map<HaproxyBinary, String> outputs = BINARIES.parallelStream()
			.collect(Collectors.toMap(Function.identity(), this::refused));
		for (HaproxyBinary binary : BINARIES) {
			String output = Objects.requireNonNull(outputs.get(binary));
			HaproxyConfiguration configuration = HaproxyConfiguration.reader()
				.version(HaproxyVersion.of(binary.version()))
				.read(this.folder.resolve("haproxy.cfg"));
			List<Finding> refused = ConfigurationCheck.check(configuration)
				.stream()
				.filter((finding) -> finding.severity() == Severity.ERROR && !NOT_REFUSED.contains(finding.rule()))
				.toList();
			assertThat(!refused.isEmpty()).as("%s, %s: %s%n%s", example, binary, refused, output)
				.isEqualTo(!output.isEmpty());
		}
	}

	/**
	 * Return what HAProxy says, empty if it takes the files.
	 */
	private String refused(HaproxyBinary binary) {
		try {
			return run(binary);
		}
		catch (IOException | InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private String run(HaproxyBinary binary) throws IOException, InterruptedException {
		Process process = new ProcessBuilder(binary.path().toString(), "-c", "-f", "haproxy.cfg")
			.directory(this.folder.toFile())
			.redirectErrorStream(true)
			.start();
		process.getOutputStream().close();
		String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
		return (process.waitFor() != 0) ? "refused: " + output : "";
	}

	static Stream<Example> files() {
		return Stream.of(Example.of("as it is"),
				Example.of("last line without line feed")
					.more("    acl x src 127.0.0.1")
					.message("acl y src 127.0.0.1"),
				Example.of("last line cut")
					.spoe("    event on-frontend-http-request\n", "    event on-frontend-http-request"),
				Example.of("carriage returns").spoe("    messages check-request\n", "    messages check-request\r\n"),
				Example.of("indented sections").spoe("spoe-message", "   spoe-message").spoe("[guard]", "  [guard]"),
				Example.of("backslash at the end").spoe("args ip=src path=path", "args ip=src \\\n         path=path"),
				Example.of("backslash and words")
					.spoe("args ip=src path=path", "args ip=src \\\n    event on-frontend-http-request"),
				Example.of("comment behind arguments").spoe("path=path", "path=path # and no more"),
				Example.of("65 words").message("args" + " src".repeat(65)),
				Example.of("64 words").message("args" + " src".repeat(63)),
				Example.of("70 arguments on two lines")
					.message("args" + " src".repeat(35) + "\n    args" + " src".repeat(35)),
				Example.of("scope with a blank").spoe("[guard]", "[gu ard]"),
				Example.of("scope with a comment").spoe("[guard]", "[guard] # engine"),
				Example.of("scope not closed").spoe("[guard]", "[guard"),
				Example.of("text before the scope").spoe("[guard]", "guards\n[guard]"),
				Example.of("comment before the scope").spoe("[guard]", "# guards\n\n[guard]"),
				Example.of("backend behind the scope")
					.spoe("spoe-agent guard", "backend x\n    server s 127.0.0.1:1\nspoe-agent guard"),
				Example.of("backend behind the message").more("backend x\n    server s 127.0.0.1:1\n"),
				Example.of("mistakes in another scope")
					.more("[other]\nspoe-agent other\n    nonsense\n    use-backend nowhere\n"),
				Example.of("65 words in another scope")
					.more("[other]\nspoe-agent other\n    messages" + " m".repeat(65) + "\n"),
				Example.of("quotes in another scope").more("[other]\nspoe-agent other\n    messages 'm\n"),
				Example.of("condition in the SPOE file")
					.spoe("    log global\n", "    .if version_atleast(2.4)\n    log global\n    .endif\n"),
				Example.of("condition before the scope")
					.spoe("[guard]", ".if defined(NEVER)\nnonsense\n.endif\n[guard]"),
				Example.of("condition without end")
					.spoe("    log global\n", ".if version_atleast(2.4)\n    log global\n"),
				Example.of("notice").spoe("[guard]", ".notice \"the guard\"\n[guard]"),
				Example.of("alert").spoe("[guard]", ".alert \"no guard\"\n[guard]"),
				Example.of("variable with default").spoe("processing 100ms", "processing \"${NEVER_SET-100ms}\""),
				Example.of("variable not quoted").spoe("processing 100ms", "processing ${HOME}"),
				Example.of("quote not closed").spoe("path=path", "path='path"),
				Example.of("escape").spoe("ip=src", "i\\x70=src"),
				Example.of("braces of another program in quotes")
					.frontend(
							"http-request return status 200 content-type text/plain lf-string \"{{x}} %[src]\" if TRUE"),
				Example.of("template in a comment").frontend("option httplog # {{ not template }} {% if x %}"),
				Example.of("template").main("127.0.0.1:8080", "{{ ip }}:8080"),
				Example.of("bad escape").spoe("ip=src", "i\\xzz=src"));
	}

	static Stream<Example> agents() {
		return Stream.concat(agentLines().map((line) -> Example.of("agent: " + line).agent(line)),
				Stream.of(Example.of("unknown section").spoe("spoe-message", "spoe-massage"),
						Example.of("agent without name").spoe("spoe-agent guard", "spoe-agent"),
						Example.of("agent with two names").spoe("spoe-agent guard", "spoe-agent guard dog"),
						Example.of("agent with a slash").spoe("spoe-agent guard", "spoe-agent gu/ard"),
						Example.of("agent with a hyphen").spoe("spoe-agent guard", "spoe-agent the-guard"),
						Example.of("agent with a hyphen and a prefix")
							.spoe("spoe-agent guard", "spoe-agent the-guard")
							.agent("option var-prefix guard"),
						Example.of("two agents").more("spoe-agent other\n    use-backend agents\n"),
						Example.of("no backend").spoe("    use-backend agents\n", ""),
						Example.of("unknown backend").spoe("use-backend agents", "use-backend agent"),
						Example.of("unknown message").spoe("messages check-request", "messages check-requests"),
						Example.of("no messages").spoe("    messages check-request\n", ""),
						Example.of("no processing timeout").spoe("    timeout processing 100ms\n", ""),
						Example.of("no handshake timeouts").spoe("    timeout hello 2s\n    timeout idle 20s\n", ""),
						Example.of("frame of a large buffer")
							.main("global\n", "global\n    tune.bufsize 65536\n")
							.agent("max-frame-size 65532"),
						Example.of("frame of a small buffer")
							.main("global\n", "global\n    tune.bufsize 8192\n")
							.agent("max-frame-size 16380")));
	}

	private static Stream<String> agentLines() {
		return Stream.of("nonsense", "mesages check-request", "event on-client-session", "use-backend",
				"use-backend agents agents", "messages", "messages check-request", "groups", "groups requests",
				"timeout", "timeout ack 1s", "timeout processing", "timeout processing 1x", "timeout processing 0",
				"timeout processing 10 ms", "timeout processing 1s500ms", "timeout processing 99999999999",
				"timeout processing 25d", "timeout processing 100us", "timeout processing -1", "timeout hello",
				"timeout hello x", "timeout hello 1s 2s", "timeout idle 0", "option", "option nonsense", "option async",
				"no option async", "option async now", "option pipelining", "no option pipelining",
				"no option pipelining x", "option send-frag-payload", "option dontlog-normal",
				"no option dontlog-normal", "option continue-on-error", "no option continue-on-error",
				"option continue-on-error x", "option force-set-var", "no option force-set-var", "option var-prefix",
				"option var-prefix a-b", "option var-prefix a.b_c", "option var-prefix a b", "no option var-prefix",
				"no option nonsense", "no option", "option set-on-error", "option set-on-error a-b",
				"option set-on-error banned 0", "no option set-on-error", "option set-process-time t",
				"option set-process-time", "option set-process-time a/b", "option set-total-time t",
				"option set-total-time t u", "option set-on-error " + "e".repeat(80), "maxconnrate", "maxconnrate 10",
				"maxconnrate 10 20", "maxerrrate 10", "maxerrrate 10 20", "maxerrrate", "max-frame-size",
				"max-frame-size 200", "max-frame-size 256", "max-frame-size 16380", "max-frame-size 16381",
				"max-frame-size x", "max-frame-size 300 400", "max-waiting-frames", "max-waiting-frames 5",
				"max-waiting-frames 0", "max-waiting-frames 1 2", "register-var-names", "register-var-names a b.c",
				"register-var-names a-b", "register-var-names a/b", "log", "log global", "log 127.0.0.1",
				"log 127.0.0.1 local0", "log 127.0.0.1 nowhere", "log global local0", "log 127.0.0.1:514 local0 notice",
				"log 127.0.0.1:514 len 1024 local0", "no log", "no log global", "no messages check-request",
				"no timeout processing", "no nonsense", "acl x src 127.0.0.1");
	}

	static Stream<Example> messages() {
		return Stream.concat(messageLines().map((line) -> Example.of("message: " + line).message(line)),
				Stream.of(Example.of("message without name").spoe("spoe-message check-request", "spoe-message"),
						Example.of("message with two names")
							.spoe("spoe-message check-request", "spoe-message check-request x"),
						Example.of("message with a slash").more("spoe-message a/b\n    args src\n"),
						Example.of("message twice").more("spoe-message check-request\n    args src\n"),
						Example.of("message without event").spoe("    event on-frontend-http-request\n", ""),
						Example.of("misspelt event").spoe("    event on", "    evnet on"),
						Example.of("second message unused")
							.more("spoe-message other\n    args src\n    event on-client-session\n"),
						condition("if { path_beg /admin }"), condition("unless { path_beg /admin }"),
						condition("if {path_beg /admin}"), condition("if { path_beg /admin"),
						condition("if { path_beg /admin } || { path_beg /shop }"),
						condition("if { path_beg /admin } or !{ path_beg /shop }"),
						condition("if ! { path_beg /admin }"), condition("if nowhere"), condition("if TRUE"),
						condition("if true"), condition("if METH_POST !HTTP_1.0"), condition("if LOCALHOST or FALSE"),
						condition("path_beg /admin"), condition("if"), condition("if inside"), condition("if later"),
						condition("if !inside"), condition("if ! inside"), condition("if !! inside"),
						condition("if inside or"), condition("if || inside")));
	}

	private static Example condition(String condition) {
		return Example.of("condition: " + condition)
			.spoe("    event on-frontend-http-request\n",
					"    acl inside src 10.0.0.0/8\n    event on-frontend-http-request " + condition
							+ "\n    acl later src 10.0.0.0/8\n");
	}

	private static Stream<String> messageLines() {
		return Stream.of("agrs id=src", "nonsense", "log global", "option async", "no args id=src", "no option async",
				"no nonsense", "event", "event on-frontend-request", "event on-client-session",
				"event ON-CLIENT-SESSION", "event on-frontend-http-request", "event on-frontend-tcp-request",
				"event on-backend-tcp-request", "event on-backend-http-request", "acl x src 127.0.0.1", "acl", "acl x",
				"acl or src 127.0.0.1", "acl a/b src 127.0.0.1", "acl OR src 127.0.0.1");
	}

	static Stream<Example> arguments() {
		Stream<Example> lines = Stream
			.of("args", "args x=src", "args src dst", "args =src", "args x=", "args \"x y=src\"", "args x=nosuch",
					"args x=scr", "args x=req.hdr(host)", "args x=req.hdr(host", "args x=req.hdr(host))",
					"args x=req.hdr(host),lower", "args x=req.hdr(host),nosuch", "args x=src,lower",
					"args x=path,field(1,/)", "args x=path,field(a)", "args x=path,field", "args x=src,",
					"args x=src,,lower", "args x=hdr", "args x=urlp", "args x=int(42)", "args x=int", "args x=int(a)",
					"args x=str(a=b)", "args x=str(\"a b\")", "args 'x=str(a b)'", "args x=var(txn.a)", "args x=var(a)",
					"args x=var(foo.a)", "args x=res.hdr(server)", "args x=status", "args x=res.body",
					"args x=req.body", "args x=req.body_len", "args x=unique-id", "args x=uuid", "args x=ssl_fc_sni",
					"args x=srv_id", "args x=be_name", "args x=fe_name", "args x=rand(10)", "args x=src,ipmask(24)",
					"args x=env(HOME)", "args x=nbsrv(app)", "args x=lat", "args x=pathq", "args x=base32+src",
					"args x=path,base64", "args x=path,regsub(a,b)", "args x=req.cook(session)",
					"args x=method y=path z=query", "args x=bs.debug_str", "args x=fc_rtt", "args x=date,ltime(%Y)",
					"args x=capture.req.hdr(0)", "args x=always_true", "args x=bool(true)", "args x=bin(00ff)",
					"args x=ipv4(127.0.0.1)", "args x=payload(0,10)", "args x=req.payload(0,10)", "args x=req.hdrs_bin",
					"args x=req.hdrs", "args x=req.ver", "args x=req.rdp_cookie", "args x=txn.timer.total",
					"args x=bytes_in", "args x=req.fhdr(a,-1)", "args x=sc0_conn_cur", "args x=req.hdr(a),bool",
					"args x=req.cook(a),bool", "args x=src,bytes(1)", "args x=path,bytes()", "args x=str",
					"args x=str()", "args x=env", "args x=env()", "args x=src(1)", "args x=src()", "args x=path(a)",
					"args x=method(1)", "args x=req.body(1)", "args x=unique-id(1)", "args x=path,hex(1)",
					"args x=path,base64(1)", "args x=path,lower(1)", "args x=path,lower()", "args x=path,field(1)",
					"args x=path,word(2)", "args x=payload", "args x=req.payload", "args x=capture.req.hdr",
					"args x=sc_conn_cur", "args x=sc_conn_cur(0)", "args x=var", "args x=bool", "args x=bin",
					"args x=path,length(1)", "args x=ssl_fc(1)", "args x=date", "args x=int()", "args x=path,word()",
					"args x=path,regsub", "args x=src,ipmask")
			.map((line) -> Example.of("arguments: " + line).message(line));
		Stream<Example> events = Stream
			.of("on-client-session", "on-frontend-tcp-request", "on-backend-tcp-request", "on-backend-http-request",
					"on-server-session", "on-tcp-response", "on-http-response")
			.flatMap((event) -> Stream
				.of("src", "path", "method", "req.hdr(host)", "req.body", "res.hdr(server)", "status", "res.body",
						"ssl_fc", "srv_id", "be_name", "var(txn.a)", "unique-id", "req.len", "res.len", "dst",
						"bytes_out", "lat", "fc_rtt", "bc_src")
				.map((fetch) -> Example.of(fetch + " at " + event)
					.spoe("ip=src path=path", "x=" + fetch)
					.spoe("on-frontend-http-request", event)));
		return Stream
			.of(lines, events,
					Stream.of(Example.of("300 arguments")
						.message("args" + " src".repeat(60) + ("\n    args" + " src".repeat(60)).repeat(4))))
			.flatMap((examples) -> examples);
	}

	static Stream<Example> groups() {
		return Stream.of(Example.of("group").grouped(),
				Example.of("group not sent").grouped().main("    http-request send-spoe-group guard requests\n", ""),
				Example.of("unknown group").grouped().main("guard requests", "guard request"),
				Example.of("unknown engine").grouped().main("guard requests", "guards requests"),
				Example.of("group alone").grouped().main("guard requests", "guard"),
				Example.of("words behind the group").grouped().main("guard requests", "guard requests now"),
				Example.of("condition behind the group")
					.grouped()
					.main("guard requests", "guard requests if { path_beg /a }"),
				Example.of("group after the response").grouped().main("http-request send", "http-after-response send"),
				Example.of("group in the session").grouped().main("http-request send", "tcp-request session send"),
				Example.of("group in the connection")
					.grouped()
					.main("http-request send", "tcp-request connection send"),
				Example.of("group in the content").grouped().main("http-request send", "tcp-request content send"),
				Example.of("group in the response")
					.grouped()
					.main("http-request send", "http-response send")
					.spoe(" path=path", ""),
				Example.of("request's path in the response")
					.grouped()
					.main("http-request send", "http-response send")
					.spoe("path=path", "m=req.hdr(host)"),
				Example.of("group in the response of TCP")
					.grouped()
					.main("http-request send", "tcp-response content send")
					.spoe(" path=path", ""),
				Example.of("response's status in the request").grouped().spoe("path=path", "status=status"),
				Example.of("unlisted group with unknown message").more("spoe-group g\n    messages nowhere\n"),
				Example.of("listed group with unknown message")
					.grouped()
					.spoe("messages check-request\n", "messages nowhere\n"),
				Example.of("keyword in a group").grouped().more("    message check-request\n"),
				Example.of("no in a group").grouped().more("    no messages check-request\n"),
				Example.of("message twice in a group").grouped().more("    messages check-request\n"),
				Example.of("words behind the group twice")
					.grouped()
					.main("guard requests", "guard requests if TRUE now"),
				sent("if isbad"), sent("unless isbad"), sent("if !isbad"), sent("if later"), sent("if TRUE"),
				sent("if METH_GET || HTTP_2.0"), sent("if HTTP_3.0"), sent("if true"), sent("if TRUE && FALSE"),
				sent("if {path /a}"), sent("if { path /a"), sent("if"), sent("if before"),
				sent("if ! before or { path /a }"),
				Example.of("group twice").grouped().more("spoe-group requests\n    messages check-request\n"),
				Example.of("group without name").more("spoe-group\n    messages check-request\n"),
				Example.of("message in two groups")
					.grouped()
					.agent("groups others")
					.more("spoe-group others\n    messages check-request\n"),
				Example.of("message in a second group that is not listed")
					.grouped()
					.more("spoe-group others\n    messages check-request\n"),
				Example.of("group listed twice").grouped().agent("groups requests"),
				Example.of("event and group").grouped().agent("messages check-request"));
	}

	private static Example sent(String condition) {
		return Example.of("group: " + condition)
			.grouped()
			.main("    http-request send-spoe-group guard requests\n",
					"    acl before path /b\n    http-request send-spoe-group guard requests " + condition
							+ "\n    acl later path /c\n");
	}

	static Stream<Example> mains() {
		return Stream.of(Example.of("no engine").main(" engine guard", ""),
				Example.of("no engine, no scope").main(" engine guard", "").spoe("[guard]\n", ""),
				Example.of("engine without scope").spoe("[guard]\n", ""),
				Example.of("other engine").main("engine guard", "engine guards"),
				Example.of("no file").main(" config agent.conf", ""),
				Example.of("file not there").main("agent.conf", "agents.conf"),
				Example.of("word behind the file").main("agent.conf", "agent.conf fast"),
				Example.of("engine without name").main(" engine guard config agent.conf", " config agent.conf engine"),
				Example.of("filter twice").frontend("filter spoe engine guard config agent.conf"),
				Example.of("filter in two proxies")
					.main("\nbackend app\n", "\nbackend app\n    filter spoe engine guard config agent.conf\n"),
				Example.of("filter in the backend")
					.main("    filter spoe engine guard config agent.conf\n", "")
					.main("\nbackend app\n", "\nbackend app\n    filter spoe engine guard config agent.conf\n"),
				Example.of("filter in defaults")
					.main("defaults\n", "defaults\n    filter spoe engine guard config agent.conf\n"),
				Example.of("filter spo engine x config agent.conf").frontend("filter spo engine x config agent.conf"),
				Example.of("filters spoe engine x config agent.conf")
					.frontend("filters spoe engine x config agent.conf"),
				Example.of("Filter spoe engine x config agent.conf").frontend("Filter spoe engine x config agent.conf"),
				Example.of("no filter spoe engine guard config agent.conf")
					.frontend("no filter spoe engine guard config agent.conf"),
				Example.of("no filter").frontend("no filter"),
				Example.of("default filter spoe").frontend("default filter spoe"),
				Example.of("filter").frontend("filter"), Example.of("filter trace").frontend("filter trace"),
				Example.of("filter compression").frontend("filter compression"),

				Example.of("filter comp-req").frontend("filter comp-req"),
				Example.of("filter comp-res").frontend("filter comp-res"),
				Example.of("filter bwlim-in b default-limit 1m default-period 1s")
					.frontend("filter bwlim-in b default-limit 1m default-period 1s"),
				Example.of("compression").frontend("compression algo gzip"),
				Example.of("compression with filter").frontend("compression algo gzip\n    filter compression"),
				Example.of("compression in defaults")
					.main("defaults\n", "defaults\n    mode http\n    compression algo gzip\n"),
				Example.of("compression in the backend")
					.main("\nbackend app\n", "\nbackend app\n    compression algo gzip\n"),
				Example.of("compression type").frontend("compression type text/html"),
				Example.of("cache")
					.frontend("http-request cache-use c")
					.backend("\ncache c\n    total-max-size 4\n    max-age 10"),
				Example.of("cache with filter")
					.frontend("http-request cache-use c\n    filter cache c")
					.backend("\ncache c\n    total-max-size 4\n    max-age 10"),
				Example.of("group of the frontend in the backend")
					.grouped()
					.main("    http-request send-spoe-group guard requests\n", "")
					.main("\nbackend app\n", "\nbackend app\n    http-request send-spoe-group guard requests\n"),
				Example.of("frontend in TCP")
					.main("    mode http\n    bind", "    mode tcp\n    bind")
					.main("    http-request deny deny_status 503 if { var(txn.guard.error) -m found }\n    http-request deny if { var(txn.guard.verdict) -m str deny }\n",
							"")
					.main("\nbackend app\n    mode http", "\nbackend app\n    mode tcp"));
	}

	static Stream<Example> backends() {
		return Stream.of(
				Example.of("mode http")
					.main("    mode tcp\n    option spop-check", "    mode http\n    option spop-check"),
				Example.of("mode of defaults")
					.main("    mode tcp\n", "")
					.main("defaults\n", "defaults\n    mode http\n"),
				Example.of("mode tcp of defaults")
					.main("    mode tcp\n", "")
					.main("defaults\n", "defaults\n    mode tcp\n"),
				Example.of("mode tcp by default").main("    mode tcp\n", ""),
				Example.of("mode spop").main("    mode tcp", "    mode spop"),
				Example.of("mode spop in the frontend").backend("\nfrontend x\n    mode spop\n    bind 127.0.0.1:8082"),
				Example.of("no server").main("    server agent 127.0.0.1:12345 check\n", ""),
				Example.of("no check").main(" check\n", "\n"),
				Example.of("proto spop").main(" check\n", " proto spop\n"),
				Example.of("proto spop by default")
					.main("    option spop-check\n", "    option spop-check\n    default-server proto spop\n"),
				Example.of("no reuse").main("    option spop-check\n", "    option spop-check\n    http-reuse never\n"),
				Example.of("no pool").main(" check\n", " check pool-max-conn 0\n"),
				Example.of("healthcheck").backend("\nhealthcheck h\n    type spop-check"),
				Example.of("clients to the agent").frontend("use_backend agents if { path_beg /x }"),
				Example.of("clients to the agent in mode spop")
					.main("    mode tcp", "    mode spop")
					.frontend("use_backend agents if { path_beg /x }"),
				Example.of("clients of TCP to the agent")
					.backend("\nfrontend x\n    mode tcp\n    bind 127.0.0.1:8082\n    default_backend agents"),
				Example.of("clients of a listen section to the agent")
					.backend("\nlisten x\n    mode tcp\n    bind 127.0.0.1:8082\n    use_backend agents if TRUE"),
				server("127.0.0.1 check"), server("127.0.0.1"), server("127.0.0.1: check"), server("127.0.0.1:0 check"),
				server("127.0.0.1:+1 check"), server("[::1] check"), server("localhost check"),
				server("127.0.0.1 check port 12345"), server("127.0.0.1 check addr 127.0.0.1:1"),
				server("127.0.0.1 check disabled"), server("127.0.0.1:12345 ssl"),
				server("127.0.0.1:12345 ssl verify none"), server("127.0.0.1:12345 check ssl verify required"),
				server("127.0.0.1:12345 check check-ssl"), server("127.0.0.1:12345 ssl no-ssl"),
				server("127.0.0.1:12345 check send-proxy"), server("/tmp/agent.sock check"),
				Example.of("port of the check by a rule")
					.main(":12345 check\n", " check\n")
					.backend("option tcp-check\n    tcp-check connect port 12345"),
				Example.of("template without port").backend("server-template x 2 127.0.0.1 check"),
				Example.of("TLS by default")
					.main("    option spop-check\n", "    option spop-check\n    default-server ssl\n"),
				Example.of("TLS without verification by default")
					.main("    option spop-check\n", "    option spop-check\n    default-server ssl verify none\n"),
				Example.of("TLS without verification of all servers")
					.main("global\n", "global\n    ssl-server-verify none\n")
					.main(":12345 check\n", ":12345 check ssl\n"),
				Example.of("backend twice").backend("\nbackend agents\n    mode tcp"),
				Example.of("other backend twice").backend("\nbackend app\n    mode http"),
				Example.of("frontend twice").backend("\nfrontend web\n    bind 127.0.0.1:8083"),
				Example.of("backend of the frontend's name").backend("\nbackend web\n    mode http"),
				Example.of("listen section of the frontend's name").backend("\nlisten web\n    bind 127.0.0.1:8083"),
				Example.of("backend is a frontend").spoe("use-backend agents", "use-backend web"),
				Example.of("backend is a listen section")
					.spoe("use-backend agents", "use-backend x")
					.backend("\nlisten x\n    mode tcp\n    bind 127.0.0.1:8082\n    server s 127.0.0.1:1"),
				Example.of("short timeout").backend("timeout server 50ms"), Example.of("disabled").backend("disabled"));
	}

	private static Example server(String server) {
		return Example.of("server: " + server).main("127.0.0.1:12345 check\n", server + "\n");
	}

}
