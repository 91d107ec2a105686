"""Clients of benchmarks/soak, which open connections to an agent and close them in all ways, until SIGTERM.

soak_clients.py TCP-PORT TLS-PORT SOCKET SECONDS

They end after SECONDS. The last line has the counts. The status is 1 if an ACK was missing on a connection that was closed in order.
"""
import collections
import os
import random
import socket
import ssl
import struct
import sys
import threading
import time

HELLO, DISCONNECT, NOTIFY = 1, 2, 3
AGENT_HELLO, AGENT_DISCONNECT, ACK = 101, 102, 103
THREADS = 6
MESSAGES = ["all-types", "inspect", "waits", "later", "stage", "fails", "late", "interrupted", "big", "nobody-knows-this"]

counts = collections.Counter()
lock = threading.Lock()


def count(name, number=1):
	with lock:
		counts[name] += number


def varint(number):
	"""Encode a number.

	>>> varint(239).hex(), varint(240).hex(), varint(2288).hex()
	('ef', 'f000', 'f08000')
	"""
	if number < 240:
		return bytes([number])
	encoded = [number & 255 | 240]
	number = (number - 240) >> 4
	while number >= 128:
		encoded.append(number & 127 | 128)
		number = (number - 128) >> 7
	return bytes(encoded + [number])


def text(value):
	value = value.encode()
	return varint(len(value)) + value


def frame(kind, stream, number, payload):
	body = struct.pack(">BI", kind, 1) + varint(stream) + varint(number) + payload
	return struct.pack(">I", len(body)) + body


def hello(check=False):
	payload = text("supported-versions") + b"\x08" + text("2.0") + text("max-frame-size") + b"\x03" + varint(16380)
	payload += text("capabilities") + b"\x08" + text("pipelining")
	if check:
		payload += text("healthcheck") + b"\x11"
	return frame(HELLO, 0, 0, payload)


def disconnect():
	return frame(DISCONNECT, 0, 0, text("status-code") + b"\x03" + varint(0) + text("message") + b"\x08" + text("bye"))


def arguments(name):
	"""Return the arguments of a message, each a name and an encoded value."""
	if name == "all-types":
		return [("", b"\x00"), ("yes", b"\x11"), ("int", b"\x02" + varint(42)), ("uint", b"\x03" + varint(4242)),
				("long", b"\x04" + varint(1 << 40)), ("ulong", b"\x05" + varint(1 << 62)), ("ipv4", b"\x06" + bytes([127, 0, 0, 1])),
				("ipv6", b"\x07" + bytes(15) + b"\x01"), ("text", b"\x08" + text("x" * 300)), ("bytes", b"\x09" + text("y" * 20))]
	if name == "inspect":
		body = b"z" * random.randrange(8192)
		return [("headers", b"\x09" + text("\x04host\x01a\x00\x00")), ("body", b"\x09" + varint(len(body)) + body)]
	if name == "fails":
		return [("path", b"\x08" + text("/path"))]
	return [("millis", b"\x02" + varint(random.randrange(5)))]


def notify(stream, name):
	values = arguments(name)
	payload = text(name) + bytes([len(values)]) + b"".join(text(key) + value for key, value in values)
	return frame(NOTIFY, stream, 1, payload)


class Peer:
	"""A connection to one of the listeners."""

	def __init__(self, tcp, tls, path, context):
		kind = random.choice(["tcp", "tls", "unix"])
		count(kind)
		if kind == "unix":
			self.socket = socket.socket(socket.AF_UNIX)
		else:
			self.socket = socket.socket()
		self.socket.settimeout(30)
		self.socket.connect(path if kind == "unix" else ("127.0.0.1", tls if kind == "tls" else tcp))
		self.raw = self.socket
		if kind == "tls":
			self.socket = context.wrap_socket(self.socket)
		self.buffer = b""

	def send(self, data):
		self.socket.sendall(data)

	def frame(self):
		"""Return the type of the next frame, or None at the end of the connection."""
		while len(self.buffer) < 4 or len(self.buffer) < 4 + int.from_bytes(self.buffer[:4], "big"):
			data = self.socket.recv(65536)
			if not data:
				return None
			self.buffer += data
		size = 4 + int.from_bytes(self.buffer[:4], "big")
		kind, self.buffer = self.buffer[4], self.buffer[size:]
		return kind

	def end(self):
		while self.frame() is not None:
			pass

	def reset(self):
		self.raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
		self.socket.close()

	def close(self):
		self.socket.close()


def whole(peer):
	peer.send(hello())
	if peer.frame() != AGENT_HELLO:
		raise ValueError("no AGENT-HELLO")
	names = [random.choice(MESSAGES) for _ in range(10)]
	peer.send(b"".join(notify(stream + 1, name) for stream, name in enumerate(names)))
	acks = 0
	while acks < len(names) and peer.frame() == ACK:
		acks += 1
	peer.send(disconnect())
	peer.end()
	count("NOTIFYs", len(names))
	count("ACKs", acks)


def check(peer):
	peer.send(hello(True))
	if peer.frame() != AGENT_HELLO:
		raise ValueError("no AGENT-HELLO")
	peer.end()


def reset(peer):
	peer.send(hello())
	peer.frame()
	peer.send(b"".join(notify(stream, random.choice(MESSAGES)) for stream in range(1, 4)))
	if random.random() < 0.5:
		peer.frame()
	peer.reset()


def leave(peer):
	peer.send(hello() + notify(1, "later") + notify(2, "interrupted"))
	peer.close()


def half(peer):
	data = hello() + notify(1, "inspect")
	peer.send(data[: random.randrange(1, len(data))])
	peer.reset()


def garbage(peer):
	peer.send(os.urandom(200))
	peer.end()


def silent(peer):
	pass


KINDS = [whole, whole, whole, check, reset, leave, half, garbage, silent]


def run(addresses, context, end):
	while time.monotonic() < end:
		kind = random.choice(KINDS)
		peer = None
		try:
			peer = Peer(*addresses, context)
			kind(peer)
		except (OSError, ValueError) as ex:
			# The agent resets a connection whose bytes it does not read
			count(f"{kind.__name__}: {type(ex).__name__}")
		finally:
			if peer:
				peer.close()
		count(kind.__name__)
		time.sleep(random.random() / 50)


def main():
	tcp, tls, path, seconds = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], float(sys.argv[4])
	context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
	context.check_hostname = False
	context.verify_mode = ssl.CERT_NONE
	end = time.monotonic() + seconds
	threads = [threading.Thread(target=run, args=((tcp, tls, path), context, end)) for _ in range(THREADS)]
	for thread in threads:
		thread.start()
	for thread in threads:
		thread.join()
	print(", ".join(f"{number} {name}" for name, number in sorted(counts.items())))
	sys.exit(counts["ACKs"] == 0 or counts["ACKs"] != counts["NOTIFYs"] or any(name.startswith("whole: ") for name in counts))


if __name__ == "__main__":
	main()
