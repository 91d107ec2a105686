#!/usr/bin/env python3
"""record.py [--sample JAR] HAPROXY...: makes the recordings anew, for each of these HAProxys: recordings/haproxy-VERSION.pcap,
and for the last one recordings/tls.pcapng, in which Wireshark finds the keys. With --sample, it makes
recordings/sample-haproxy-VERSION.pcap instead, of HAProxy with haproxy/haproxy.cfg and the sample application.

Without --sample, each HAProxy talks to agents in this process. Their answers are chosen by the name of the message. Some are wrong on
purpose: an agent that follows the protocol never makes Wireshark complain. dumpcap records the loopback interface, so this
needs the package tshark, root or the permission to record, and openssl, which makes the certificate.
"""
import contextlib
import os
import pathlib
import re
import signal
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

FOLDER = pathlib.Path(__file__).resolve().parent / "recordings"
ROOT = FOLDER.parent.parent.parent
NOTIFY, HAPROXY_HELLO, HAPROXY_DISCONNECT, AGENT_HELLO, AGENT_DISCONNECT, ACK, UNSET = 3, 1, 2, 101, 102, 103, 0

HAPROXY_CFG = """
defaults
    timeout connect 1s
    timeout client 10s
    timeout server 10s

frontend web
    mode http
    bind 127.0.0.1:{http}
    filter spoe engine lab config {folder}/spoe.conf
    filter spoe engine slow config {folder}/spoe.conf
    filter spoe engine large config {folder}/spoe.conf
    filter spoe engine tls config {folder}/spoe.conf
    http-request send-spoe-group lab {{group}} if {{ path /{{group}} }}
    http-request send-spoe-group slow silent if { path /silent }
    http-request send-spoe-group large large if { path /large }
    http-request send-spoe-group tls encrypted if { path /encrypted }
    http-request return status 200 content-type text/plain string "%[var(sess.lab.ip_score)]"

backend agent
    mode tcp
    option spop-check
    server agent 127.0.0.1:{agent} check inter 1h

backend slow-agent
    mode tcp
    timeout server 500ms
    server agent 127.0.0.1:{agent}

backend large-agent
    mode tcp
    server agent [::1]:{large}

backend tls-agent
    mode tcp
    server agent 127.0.0.1:{tls} ssl verify none
"""

SPOE_CONF = """
[lab]
spoe-agent lab
    groups check-client-ip types several empty split twice late bye
    option var-prefix lab
    option continue-on-error
    option pipelining
    timeout hello 1s
    timeout idle 1s
    timeout processing 300ms
    use-backend agent

spoe-group check-client-ip
    messages check-client-ip
spoe-message check-client-ip
    args ip=src

spoe-group types
    messages types
spoe-message types
    args nothing=var(txn.nothing) yes=bool(true) no=bool(false) number=int(80) minus=int(-1) ipv4=ipv4(192.0.2.1)
    args ipv6=ipv6(2001:db8::1) text=str(text) empty=str() binary=bin(00ff10) headers=req.hdrs method str(unnamed)

spoe-group several
    messages first second third
spoe-message first
    args path=path
spoe-message second
    args query=query
spoe-message third

spoe-group empty
    messages empty
spoe-message empty
    args path=path

spoe-group split
    messages split
spoe-message split
    args path=path

spoe-group twice
    messages twice
spoe-message twice
    args path=path

spoe-group late
    messages late
spoe-message late
    args path=path

spoe-group bye
    messages bye
spoe-message bye
    args path=path

[slow]
spoe-agent slow
    groups silent
    option var-prefix slow
    timeout hello 1s
    timeout idle 1s
    timeout processing 3s
    use-backend slow-agent

spoe-group silent
    messages silent
spoe-message silent
    args path=path

[large]
spoe-agent large
    groups large
    option var-prefix large
    max-frame-size {size}
    timeout hello 1s
    timeout idle 1s
    timeout processing 1s
    use-backend large-agent

spoe-group large
    messages large
spoe-message large
    args name=req.hdr(x-name) value=req.hdr(x-value)

[tls]
spoe-agent tls
    groups encrypted
    option var-prefix tls
    timeout hello 1s
    timeout idle 1s
    timeout processing 1s
    use-backend tls-agent

spoe-group encrypted
    messages encrypted
spoe-message encrypted
    args path=path
"""


def varint(number):
	if number < 240:
		return bytes([number])
	encoded = [0xF0 | number & 0x0F]
	number = (number - 240) >> 4
	while number >= 128:
		encoded.append(0x80 | number & 0x7F)
		number = (number - 128) >> 7
	return bytes(encoded + [number])


def string(text):
	content = text.encode() if isinstance(text, str) else text
	return varint(len(content)) + content


def frame(kind, stream, number, payload, flags=1):
	content = struct.pack(">BI", kind, flags) + varint(stream) + varint(number) + payload
	return struct.pack(">I", len(content)) + content


def set_var(scope, name, value):
	return bytes([1, 3, scope]) + string(name) + value


def unset_var(scope, name):
	return bytes([2, 2, scope]) + string(name)


def number(value):
	return b"\x04" + varint(value % 2**64)


def read_varint(content, at):
	first = value = content[at]
	at += 1
	if first >= 240:
		shift = 4
		while True:
			byte = content[at]
			at += 1
			value += byte << shift
			shift += 7
			if byte < 128:
				break
	return value, at


ALL_TYPES = b"".join([
	set_var(0, "process", number(1)),
	set_var(1, "nothing", b"\x00"),
	set_var(2, "yes", b"\x11"),
	set_var(2, "no", b"\x01"),
	set_var(2, "int32", b"\x02" + varint(2**64 - 1)),
	set_var(2, "uint32", b"\x03" + varint(2**32 - 1)),
	set_var(2, "int64", number(-2**63)),
	set_var(2, "uint64", b"\x05" + varint(2**64 - 1)),
	set_var(3, "ipv4", b"\x06" + socket.inet_aton("198.51.100.7")),
	set_var(3, "ipv6", b"\x07" + socket.inet_pton(socket.AF_INET6, "2001:db8::7")),
	set_var(3, "text", b"\x08" + string("two words, ü")),
	set_var(3, "binary", b"\x09" + string(b"\x00\xff\x10")),
	unset_var(2, "old"),
	set_var(2, "not-a-name", number(2)),
])


class Agent(threading.Thread):
	"""Answers one connection after the other has been accepted, each in a thread of its own."""

	def __init__(self, family, address, capabilities, tls=None):
		super().__init__(daemon=True)
		self.listener = socket.create_server((address, 0), family=family)
		self.tls = tls
		self.port = self.listener.getsockname()[1]
		self.capabilities = capabilities

	def run(self):
		with contextlib.suppress(OSError):
			while True:
				connection, _ = self.listener.accept()
				connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
				threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

	def serve(self, connection):
		with contextlib.suppress(OSError, EOFError), connection:
			if self.tls:
				connection = self.tls.wrap_socket(connection, server_side=True)
			with connection, connection.makefile("rb") as stream:
				while self.answer(connection, self.read(stream)):
					pass
				connection.shutdown(socket.SHUT_WR)
				stream.read()

	def read(self, stream):
		prefix = stream.read(4)
		if len(prefix) < 4:
			raise EOFError
		content = stream.read(struct.unpack(">I", prefix)[0])
		ids, at = [], 5
		for _ in range(2):
			value, at = read_varint(content, at)
			ids.append(value)
		return content[0], struct.unpack(">I", content[1:5])[0], ids, content[at:]

	def answer(self, connection, received):
		kind, flags, ids, payload = received
		if kind == HAPROXY_HELLO:
			size = re.search(rb"max-frame-size\x03", payload)
			size, _ = read_varint(payload, size.end())
			connection.sendall(frame(AGENT_HELLO, 0, 0, string("version") + b"\x08" + string("2.0") +
				string("max-frame-size") + b"\x03" + varint(size) +
				string("capabilities") + b"\x08" + string(self.capabilities)))
			return b"healthcheck" not in payload
		if kind == HAPROXY_DISCONNECT:
			connection.sendall(self.disconnect(0, "normal"))
			return False
		if not flags & 1:
			return True  # more fragments follow
		name = "" if kind == UNSET else payload[1:1 + payload[0]].decode()
		return getattr(self, name.replace("-", "_"), self.empty)(connection, ids)

	def disconnect(self, status, text):
		return frame(AGENT_DISCONNECT, 0, 0, string("status-code") + b"\x03" + varint(status) +
			string("message") + b"\x08" + string(text))

	def empty(self, connection, ids):
		connection.sendall(frame(ACK, *ids, b""))
		return True

	def check_client_ip(self, connection, ids):
		connection.sendall(frame(ACK, *ids, set_var(1, "ip_score", number(80))))
		return True

	def types(self, connection, ids):
		connection.sendall(frame(ACK, *ids, ALL_TYPES))
		return True

	def split(self, connection, ids):
		content = frame(ACK, *ids, set_var(2, "path", b"\x08" + string("/split")))
		for part in (content[:2], content[2:15], content[15:]):
			connection.sendall(part)
			time.sleep(0.05)
		return True

	def twice(self, connection, ids):
		connection.sendall(2 * frame(ACK, *ids, unset_var(2, "old")))
		return True

	def late(self, connection, ids):
		time.sleep(0.4)
		return self.empty(connection, ids)

	def silent(self, connection, ids):
		return True

	def bye(self, connection, ids):
		connection.sendall(frame(ACK, *ids, b"") + self.disconnect(100, "the agent restarts"))
		return False


def free_port():
	with socket.create_server(("127.0.0.1", 0)) as server:
		return server.getsockname()[1]


def request(port, path, headers=None):
	with contextlib.suppress(urllib.error.URLError):
		opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
		asked = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=headers or {})
		opener.open(asked, timeout=10).read()


def wait_until(process, condition):
	for _ in range(600):
		if condition():
			return
		if process.poll() is not None:
			break
		time.sleep(0.1)
	raise SystemExit(f"{process.args[0]} did not start")


def listens(port):
	with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
		return True
	return False


def end(process, signal_number):
	process.send_signal(signal_number)
	try:
		process.wait(10)
	except subprocess.TimeoutExpired:
		process.kill()
		process.wait()


def tls_context(folder):
	certificate, key = folder / "certificate.pem", folder / "key.pem"
	subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
		"-subj", "/CN=localhost", "-out", certificate, "-keyout", key], check=True, capture_output=True)
	context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
	context.load_cert_chain(certificate, key)
	context.keylog_filename = str(folder / "keys.log")
	return context


def write_configuration(folder, http, agent, large, tls, multiplexed):
	groups = re.search(r"groups (.*)", SPOE_CONF)[1].split()
	# Up to 3.0 the agent takes fragments
	spoe = SPOE_CONF.replace("{size}", "16380" if multiplexed else "256")
	haproxy = re.sub(r"(?m)^.*\{group\}.*\n", lambda line: "".join(
		line[0].replace("{{", "{").replace("}}", "}").replace("{group}", group) for group in groups), HAPROXY_CFG)
	for key, value in {"http": http, "folder": folder, "agent": agent, "large": large, "tls": tls}.items():
		haproxy = haproxy.replace("{" + key + "}", str(value))
	(folder / "spoe.conf").write_text(spoe)
	(folder / "haproxy.cfg").write_text(haproxy)


def send_requests(port):
	for path in ("/check-client-ip", "/types", "/several?a=b", "/empty", "/split", "/twice", "/late"):
		request(port, path)
	time.sleep(0.5)  # for the late ACK
	request(port, "/large", {"X-Name": "n" * 300, "X-Value": "v" * 300})
	request(port, "/encrypted")
	request(port, "/bye")
	request(port, "/silent")
	request(port, "/check-client-ip")


@contextlib.contextmanager
def recorded(target, ports):
	ports = " or ".join(f"tcp port {port}" for port in ports)
	dumpcap = subprocess.Popen(["dumpcap", "-q", "-P", "-i", "lo", "-w", target, "-f", ports], stderr=subprocess.DEVNULL)
	try:
		wait_until(dumpcap, lambda: target.exists() and target.stat().st_size > 0)
		yield
		time.sleep(0.5)  # dumpcap gets packets in batches
	finally:
		end(dumpcap, signal.SIGINT)


def branch(haproxy):
	return re.search(r"version (\d+\.\d+)", subprocess.run([haproxy, "-v"], capture_output=True, text=True).stdout)[1]


def record_sample(haproxy, jar, folder):
	target, socket_path = FOLDER / f"sample-haproxy-{branch(haproxy)}.pcap", folder / "agent.sock"
	http, tcp, args, actuator = (free_port() for _ in range(4))
	environment = {**os.environ, "SPOE_BIND": f"127.0.0.1:{http}", "SPOP_TCP": f"127.0.0.1:{tcp}",
		"SPOP_ARGS": f"127.0.0.1:{args}", "SPOP_SOCKET": str(socket_path), "SPOP_LISTENERS_TCP_PORT": str(tcp),
		"SPOP_LISTENERS_ARGS_PORT": str(args), "SPOP_LISTENERS_UNIX_PATH": str(socket_path), "SERVER_PORT": str(actuator)}
	quiet = {"cwd": ROOT, "env": environment, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
	agent = subprocess.Popen(["java", "-jar", jar], **quiet)
	try:
		wait_until(agent, lambda: listens(actuator) and listens(tcp) and listens(args))
		for warm in (True, False):  # the first requests of a JVM take longer than HAProxy waits
			with contextlib.nullcontext() if warm else recorded(folder / "sample.pcap", [tcp, args]):
				process = subprocess.Popen([haproxy, "-f", "haproxy/haproxy.cfg"], **quiet)
				try:
					wait_until(process, lambda: listens(http))
					for _ in range(50 if warm else 5):
						request(http, "/", {"CF-IPCountry": "xx", "User-Agent": "record"})
				finally:
					end(process, signal.SIGUSR1)
	finally:
		end(agent, signal.SIGTERM)
	target.write_bytes((folder / "sample.pcap").read_bytes())
	print(f"recordings/{target.name}: {target.stat().st_size} bytes")


def record(haproxy, folder):
	version = branch(haproxy)
	multiplexed = tuple(map(int, version.split("."))) >= (3, 1)
	agent = Agent(socket.AF_INET, "127.0.0.1", "pipelining")
	large = Agent(socket.AF_INET6, "::1", "pipelining" if multiplexed else "pipelining,fragmentation")
	encrypted = Agent(socket.AF_INET, "127.0.0.1", "pipelining", tls_context(folder))
	http = free_port()
	write_configuration(folder, http, agent.port, large.port, encrypted.port, multiplexed)
	plain, tls = FOLDER / f"haproxy-{version}.pcap", FOLDER / "tls.pcapng"
	with recorded(folder / "plain.pcap", [agent.port, large.port]), recorded(folder / "tls.pcap", [encrypted.port]):
		for listening in (agent, large, encrypted):
			listening.start()
		process = subprocess.Popen([haproxy, "-f", folder / "haproxy.cfg"], stdout=subprocess.DEVNULL,
			stderr=subprocess.DEVNULL)
		try:
			wait_until(process, lambda: listens(http))
			send_requests(http)
		finally:
			end(process, signal.SIGUSR1)
			for listening in (agent, large, encrypted):
				listening.listener.close()
	plain.write_bytes((folder / "plain.pcap").read_bytes())
	subprocess.run(["editcap", "--inject-secrets", f"tls,{folder / 'keys.log'}", folder / "tls.pcap", tls], check=True,
		stderr=subprocess.DEVNULL)
	for target in (plain, tls):
		print(f"recordings/{target.name}: {target.stat().st_size} bytes")


def main():
	haproxys = sys.argv[1:]
	jar = pathlib.Path(haproxys[1]).resolve() if haproxys[:1] == ["--sample"] and len(haproxys) > 1 else None
	haproxys = haproxys[2:] if jar else haproxys
	if not haproxys or haproxys[0].startswith("-"):
		raise SystemExit(__doc__)
	FOLDER.mkdir(exist_ok=True)
	for haproxy in haproxys:
		with tempfile.TemporaryDirectory() as folder:
			if jar:
				record_sample(haproxy, jar, pathlib.Path(folder))
			else:
				record(haproxy, pathlib.Path(folder))


if __name__ == "__main__":
	main()
