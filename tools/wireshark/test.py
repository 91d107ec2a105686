#!/usr/bin/env python3
"""test.py [--update] TSHARK: tests spop.lua with this tshark.

 - What it makes of each recording is compared with the file .txt beside it, which --update writes anew. These recordings have
   no malformed frame.
 - Each filter of docs/wireshark.md finds something in them.
 - Frames that break the protocol, or that come in unusual segments, are shown as the cases below say.
 - Recordings with thousands of mutated frames cause no error, and the frame after a mutated one is still found.
"""
import collections
import difflib
import os
import pathlib
import random
import re
import socket
import struct
import subprocess
import sys
import tempfile

import record
from record import ACK, AGENT_HELLO, HAPROXY_HELLO, NOTIFY, UNSET, frame, number, set_var, string, varint

HERE = pathlib.Path(__file__).resolve().parent
SCRIPT = HERE / "spop.lua"
PAGE = HERE.parent.parent / "docs" / "wireshark.md"
RECORDINGS = sorted(path for path in record.FOLDER.iterdir() if path.suffix in (".pcap", ".pcapng"))
EXPERTS = re.findall(r'^expert_info\("(\w+)"', SCRIPT.read_text(), re.M)
MUTATIONS = 3000

failures = []


def expect(condition, text):
	if not condition:
		failures.append(text)
		print(f"FAILED: {text}", file=sys.stderr)


class Tshark:
	def __init__(self, program, home):
		self.program = program
		# Without the user's settings and plugins
		self.environment = {**os.environ, "HOME": home, "XDG_CONFIG_HOME": home, "LC_ALL": "C.UTF-8", "TZ": "UTC"}

	def __call__(self, *arguments):
		result = subprocess.run([self.program, "-X", f"lua_script:{SCRIPT}", "-n", *map(str, arguments)], text=True,
			capture_output=True, env=self.environment)
		errors = [line for line in result.stderr.splitlines() if "This could be dangerous" not in line]
		if result.returncode or errors:
			raise SystemExit(f"tshark {' '.join(map(str, arguments))} ended with {result.returncode}:\n" + "\n".join(errors))
		return result.stdout

	def fields(self, recording, names, *options):
		arguments = [argument for name in names for argument in ("-e", name)]
		output = self("-r", recording, "-T", "fields", "-E", "separator=/t", "-E", "aggregator=;", *arguments, *options)
		# Wireshark 4.4 escapes backslashes, and writes True instead of 1
		return [["1" if value == "True" else value.replace("\\\\", "\\") for value in line.split("\t")]
			for line in output.splitlines()]

	def counts(self, recording, filters):
		"""How many packets each filter finds."""
		output = self("-q", "-2", "-r", recording, "-z", "io,stat,0," + ",".join(filters))
		row = re.search(r"(?m)^\| *[\d.]+ +<> +[\w.]+ +(\|.*)$", output)[1]
		return [int(cell) for cell in re.findall(r"\| +(\d+) \| +\d+ ", row)]


# --- Recordings


def described(tshark, recording):
	names = ["frame.number", "_ws.col.Info", "spop.request_in", "spop.response_in", "spop.time", "spop.request.message",
		"spop.unanswered", "spop.reassembled_in", "spop.fragment"]
	lines = []
	for row in tshark.fields(recording, names, "-2", "-Y", "spop"):
		lines.append(f"{row[0]} {row[1]}")
		lines += [f"    {name}: {value}" for name, value in zip(names[2:], row[2:]) if value]
	if not lines:
		raise SystemExit("tshark shows no SPOP. Wireshark 4.4 may load no scripts for root: run this as another user")
	return "".join(line + "\n" for line in lines)


def check_recordings(tshark, update):
	for recording in RECORDINGS:
		expected = recording.with_suffix(".txt")
		seen = described(tshark, recording)
		if update:
			expected.write_text(seen)
		difference = difflib.unified_diff(expected.read_text().splitlines(), seen.splitlines(), expected.name, "seen",
			lineterm="")
		text = "\n".join(difference)
		expect(not text, f"{recording.name} is shown in another way:\n{text}")


def merge_recordings(target):
	"""All packets of the recordings of one format, so that one tshark reads them."""
	recordings = [path.read_bytes() for path in RECORDINGS if path.suffix == ".pcap"]
	header = 24
	target.write_bytes(recordings[0][:header] + b"".join(recording[header:] for recording in recordings))


def check_filters(tshark, recording):
	"""Each documented filter finds packets, and none of these recordings has a malformed frame."""
	section = PAGE.read_text().split("\n## Filters\n")[1].split("\n## ")[0]
	documented = [text.replace("\\|", "|") for text in re.findall(r"(?m)^\| `([^`]+)` \|", section)]
	expect(len(documented) > 10, "docs/wireshark.md has a table of filters")
	never = ["_ws.malformed", "_ws.lua.error", "spop.malformed", "spop.framing_lost", "spop.cut", "spop.unknown_type",
		"spop.violation", "spop.fragments_missing", "spop.no_request"]
	filters = documented + never
	found = dict(zip(filters, tshark.counts(recording, filters), strict=True))
	for text in documented:
		expect(found[text] > 0, f"the filter {text} finds something in the recordings")
	for text in never:
		expect(found[text] == 0, f"the filter {text} finds nothing in the recordings")


# --- Packets made here


class Pcap:
	"""Packets of TCP connections on loopback addresses, each in its own millisecond."""

	def __init__(self):
		self.packets = []
		self.sequences = {}

	def add(self, source, target, payload, captured=None):
		key, back = (source, target), (target, source)
		sequence = self.sequences.setdefault(key, 1)
		acknowledged = self.sequences.setdefault(back, 1)
		tcp = struct.pack(">HHIIBBHHH", source, target, sequence, acknowledged, 5 << 4, 0x18, 65535, 0, 0)
		self.sequences[key] = sequence + len(payload)
		address = socket.inet_aton("127.0.0.1")
		ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 40 + len(payload), 0, 0, 64, 6, 0, address, address)
		self.packets.append((bytes(12) + b"\x08\x00" + ip + tcp + payload, captured))

	def write(self, path):
		with path.open("wb") as file:
			file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
			for i, (packet, captured) in enumerate(self.packets):
				kept = packet if captured is None else packet[:54 + captured]
				file.write(struct.pack("<IIII", 1700000000 + i // 1000, i % 1000 * 1000, len(kept), len(packet)) + kept)


def item(name, value):
	return string(name) + value


def text(value):
	return b"\x08" + string(value)


HELLO = frame(HAPROXY_HELLO, 0, 0, item("supported-versions", text("2.0")) + item("max-frame-size", b"\x03" + varint(16380)) +
	item("capabilities", text("pipelining")))
ANSWER = frame(AGENT_HELLO, 0, 0, item("version", text("2.0")) + item("max-frame-size", b"\x03" + varint(16380)) +
	item("capabilities", text("pipelining")))
HAPROXY, AGENT = "haproxy", "agent"


def message(name, *arguments):
	return string(name) + bytes([len(arguments)]) + b"".join(string(key) + value for key, value in arguments)


NEXT = frame(NOTIFY, 4711, 1, message("next"))
NEXT_TEXT = "NOTIFY stream=4711 frame=1 next()"
IP = ("ip", b"\x06" + socket.inet_aton("192.0.2.1"))

# Name, side that sends, its segments after the HELLOs, texts that the column Info of the packets has to have in this order,
# and the expert information that has to appear, as its name and a part of its text. After each, the same side sends another
# frame in a segment of its own, which has to be shown.
Case = collections.namedtuple("Case", "name side segments infos experts", defaults=[()])


def malformed(name, side, content, reason):
	return Case(name, side, [content], ["[malformed: ", reason], [("malformed", reason)])


NOTIFY_IP = frame(NOTIFY, 5, 1, message("check-client-ip", IP))
NOTIFY_IP_TEXT = "NOTIFY stream=5 frame=1 check-client-ip(ip=192.0.2.1)"
LARGE = frame(NOTIFY, 5, 1, message("large", ("text", text("t" * 16000))))

CASES = [
	Case("one frame", HAPROXY, [NOTIFY_IP], [NOTIFY_IP_TEXT]),
	Case("several frames in a segment", HAPROXY, [NOTIFY_IP + NOTIFY_IP.replace(b"\x05\x01", b"\x06\x01", 1)],
		[NOTIFY_IP_TEXT + " | NOTIFY stream=6 frame=1"]),
	Case("a frame in segments of one byte", HAPROXY, [bytes([byte]) for byte in NOTIFY_IP], [NOTIFY_IP_TEXT]),
	Case("a frame, and half of the next one", HAPROXY, [NOTIFY_IP + NOTIFY_IP[:20], NOTIFY_IP[20:]],
		[NOTIFY_IP_TEXT, NOTIFY_IP_TEXT], [("reused_ids", "has the same ids and no ACK")]),
	Case("the rest of a frame, and another one", HAPROXY, [NOTIFY_IP[:3], NOTIFY_IP[3:] + NEXT],
		[NOTIFY_IP_TEXT + " | " + NEXT_TEXT], [("reused_ids", "")]),
	Case("a frame of 16,000 bytes in segments", HAPROXY, [LARGE[i:i + 1448] for i in range(0, len(LARGE), 1448)],
		["large(text=\"tttt", "...(16000 bytes))"]),
	Case("a frame above the negotiated size", HAPROXY, [frame(NOTIFY, 5, 1, message("m", ("t", text("t" * 16380))))],
		["NOTIFY stream=5 frame=1 m("], [("too_long", "max-frame-size is 16380")]),
	Case("ids of 64 bits", HAPROXY, [frame(NOTIFY, 2**64 - 1, 2**63, message("m"))],
		["NOTIFY stream=18446744073709551615 frame=9223372036854775808 m()"]),
	Case("a NOTIFY without messages", HAPROXY, [frame(NOTIFY, 0, 0, b"")], ["NOTIFY stream=0 frame=0"]),
	Case("255 arguments", HAPROXY, [frame(NOTIFY, 5, 1, message("m", *[("", number(i)) for i in range(255)]))],
		["m(0, 1, 2, 3"]),
	Case("bytes that are not UTF-8", HAPROXY, [frame(NOTIFY, 5, 1, message(b"m\0\xff", ("a", text(b"\xc3\xa4\xc3\0\r\n"))))],
		[r'"m\x00\xff"(a="\xc3\xa4\xc3\x00\r\n")']),
	Case("an empty binary value", HAPROXY, [frame(NOTIFY, 5, 1, message("m", ("a", b"\x09\x00")))], ["m(a=0x)"]),
	Case("IPv6 addresses", HAPROXY, [frame(NOTIFY, 5, 1, message("m", *[("", b"\x07" + socket.inet_pton(socket.AF_INET6, value))
		for value in ("::", "::1", "1::", "1:0:0:2:0:0:0:3", "1:2:3:4:5:6:7:8", "::ffff:192.0.2.1", "1:2:3:4:5:6:0:8")]))],
		["m(::, ::1, 1::, 1:0:0:2::3, 1:2:3:4:5:6:7:8, ::ffff:192.0.2.1, 1:2:3:4:5:6:0:8)"]),
	Case("fragments", HAPROXY, [frame(NOTIFY, 5, 1, message("m", IP)[:3], 0), frame(UNSET, 5, 1, message("m", IP)[3:5], 0) +
		frame(UNSET, 5, 1, message("m", IP)[5:])],
		["NOTIFY stream=5 frame=1 [fragment]", "[NOTIFY of 3 fragments] m(ip=192.0.2.1)"]),
	Case("aborted fragments", HAPROXY, [frame(NOTIFY, 5, 1, b"\x05ab", 0), frame(UNSET, 5, 1, b"", 3)],
		["[fragment]", "[fragments aborted]"]),
	Case("a fragment without a beginning", HAPROXY, [frame(UNSET, 5, 1, b"ab")], ["UNSET stream=5 frame=1 [fragment]"],
		[("fragments_missing", "missing")]),
	Case("malformed fragments", HAPROXY, [frame(NOTIFY, 5, 1, b"\x05ab", 0), frame(UNSET, 5, 1, b"c")],
		["[malformed: the name of a message has 5 bytes, but only 3 are left]"], [("malformed", "at offset 0")]),
	Case("an ACK without a NOTIFY", AGENT, [frame(ACK, 5, 1, b"")], ["ACK stream=5 frame=1"],
		[("no_request", "No NOTIFY with these ids came before on this connection")]),
	Case("an unknown type", AGENT, [frame(42, 5, 1, b"abc")], ["type 42 stream=5 frame=1"], [("unknown_type", "")]),
	Case("reserved flags, no FIN", AGENT, [frame(ACK, 5, 1, b"", 0x80000000)], ["ACK stream=5 frame=1"],
		[("violation", "Reserved flags are set"), ("violation", "FIN is not set")]),
	Case("ids in a HELLO", AGENT, [frame(AGENT_HELLO, 1, 0, item("version", text("2.0")))], ["AGENT-HELLO version=2.0"],
		[("violation", "have to be 0")]),
	Case("a size that is a string", AGENT, [frame(AGENT_HELLO, 0, 0, item("max-frame-size", text("1")))],
		["AGENT-HELLO max-frame-size=1"], [("violation", "The item max-frame-size has the type string")]),
	Case("flags of values", AGENT, [frame(ACK, 5, 1, set_var(1, "a", b"\x18\x01a") + set_var(1, "b", b"\x31"))],
		["sess.a=a sess.b=false"], [("violation", "HAProxy takes the string for binary"), ("violation", "Reserved flags")]),
	Case("an unknown status code", AGENT, [frame(102, 0, 0, item("status-code", b"\x03" + varint(2**40)))],
		["AGENT-DISCONNECT status-code=1099511627776"], [("disconnect", "")]),
	Case("a name that HAProxy drops", AGENT, [frame(ACK, 5, 1, set_var(1, "a-b", number(1)))], ["sess.a-b=1"],
		[("action_ignored", "letters, digits")]),
	malformed("a length of 0", HAPROXY, bytes(4), "a frame of 0 bytes, where 7 are the least")._replace(infos=["[malformed]"]),
	malformed("a length of 6", HAPROXY, b"\0\0\0\6\3\0\0\0\1\0", "a frame of 6 bytes")._replace(infos=["[malformed]"]),
	Case("a huge length", HAPROXY, [b"GET / HTTP/1.1\r\n\r\n"], ["[not decoded]"],
		[("framing_lost", "a frame of 1195725856 bytes")]),
	malformed("a cut frame-id", HAPROXY, b"\0\0\0\7\3\0\0\0\1\1\xf0", "the frame-id: a varint is cut"),
	malformed("a missing frame-id", HAPROXY, b"\0\0\0\7\3\0\0\0\1\xf0\0", "the frame-id: a varint is missing"),
	malformed("a varint of 11 bytes", HAPROXY, frame(NOTIFY, 5, 1, b"\xf0" + b"\x80" * 9 + b"\0"),
		"the length of the name of a message: a varint has more than 10 bytes"),
	malformed("a varint of 65 bits", AGENT, frame(ACK, 5, 1, b"\1\3\1\1a\4\xff" + b"\xff" * 8 + b"\x0f"),
		"the value of type int64: a varint has more than 64 bits"),
	malformed("a name past the end", HAPROXY, frame(NOTIFY, 5, 1, b"\x05ab"), "has 5 bytes, but only 2 are left"),
	malformed("an empty message name", HAPROXY, frame(NOTIFY, 5, 1, b"\0\0"), "a message has an empty name"),
	malformed("no number of arguments", HAPROXY, frame(NOTIFY, 5, 1, b"\1m"), "the message m has no number of arguments"),
	malformed("300 arguments, of which the frame counts 44", HAPROXY,
		frame(NOTIFY, 5, 1, b"\1m\x2c" + 300 * (b"\0" + number(7))), "the name of a message"
		)._replace(infos=["[malformed:"], experts=[("malformed", "a message has an empty name")]),
	malformed("a missing argument", HAPROXY, frame(NOTIFY, 5, 1, b"\1m\1"), "argument 1 of 1 of the message m"),
	malformed("a reserved value type", HAPROXY, frame(NOTIFY, 5, 1, message("m", ("a", b"\x0a"))), "the reserved type 10"),
	malformed("a cut address", HAPROXY, frame(NOTIFY, 5, 1, message("m", ("a", b"\x06abc"))), "of type ipv4 has only 3 bytes"),
	malformed("a string of 2^63 bytes", HAPROXY, frame(NOTIFY, 5, 1, message("m", ("a", b"\x08" + varint(2**63)))),
		"has 9223372036854775808 bytes, but only 0 are left"),
	malformed("an unknown action", AGENT, frame(ACK, 5, 1, set_var(1, "a", number(1)) + b"\7"), "7 is not the type of an action"),
	malformed("a wrong number of arguments", AGENT, frame(ACK, 5, 1, b"\1\2\1\1a"), "set-var has 2 arguments instead of 3"),
	malformed("an action that is cut", AGENT, frame(ACK, 5, 1, b"\2"), "unset-var has no number of arguments"),
	malformed("an action without a scope", AGENT, frame(ACK, 5, 1, b"\2\2"), "unset-var has no scope"),
	malformed("an unknown scope", AGENT, frame(ACK, 5, 1, b"\2\2\5\1a"), "the unknown scope 5"),
	malformed("an action without a name", AGENT, frame(ACK, 5, 1, b"\2\2\1"), "the name of the variable: a varint is missing"),
	malformed("an action without a value", AGENT, frame(ACK, 5, 1, b"\1\3\1\1a"), "the variable a: the value is missing"),
	malformed("an item with an empty name", AGENT, frame(AGENT_HELLO, 0, 0, b"\0\0"), "an item has an empty name"),
]


def check_cases(tshark, folder):
	pcap, agent = Pcap(), 9000
	expected = {}  # by the number of TCP connection
	for i, case in enumerate(CASES):
		haproxy = 20000 + i
		pcap.add(haproxy, agent, HELLO)
		pcap.add(agent, haproxy, ANSWER)
		for segment in case.segments:
			pcap.add(*((haproxy, agent) if case.side == HAPROXY else (agent, haproxy)), segment)
		pcap.add(haproxy, agent, NEXT)
		expected[haproxy] = case
	path = folder / "cases.pcap"
	pcap.write(path)
	names = [f"spop.{name}" for name in EXPERTS]
	infos, messages, kinds = collections.defaultdict(list), collections.defaultdict(str), collections.defaultdict(set)
	for ports, info, message, lua, *marks in tshark.fields(path,
			["tcp.port", "_ws.col.Info", "_ws.expert.message", "_ws.lua.error", *names],
			"-Y", "spop"):
		haproxy = max(map(int, ports.split(";")))
		expect("Lua Error" not in message and not lua, f"{expected[haproxy].name}: an error: {message}")
		infos[haproxy].append(info)
		messages[haproxy] += message + "\n"
		kinds[haproxy] |= {name for name, value in zip(EXPERTS, marks) if value}
	for haproxy, case in expected.items():
		seen = "\n".join(infos[haproxy])
		at = 0
		for info in case.infos:
			found = seen.find(info, at)
			expect(found >= 0, f"{case.name}: the column Info has {info!r} in\n{seen}")
			at = max(found, at)
		expect(NEXT_TEXT in infos[haproxy][-1], f"{case.name}: the next frame is shown in\n{seen}")
		allowed = {kind for kind, _ in case.experts} | ({"no_request"} if case.side == AGENT else set())
		for kind, part in case.experts:
			expect(kind in kinds[haproxy] and part in messages[haproxy],
				f"{case.name}: {kind} with {part!r} in {kinds[haproxy]}, {messages[haproxy]}")
		expect(kinds[haproxy] <= allowed, f"{case.name}: only {allowed} in {kinds[haproxy]}, {messages[haproxy]}")


def check_recognition(tshark, folder):
	"""Which connections are taken for SPOP without a HELLO, with cut packets, and with the settings."""
	pcap = Pcap()
	pcap.add(20000, 9000, NOTIFY_IP)  # recognised by a complete frame
	pcap.add(9000, 20000, frame(ACK, 5, 1, set_var(1, "ip_score", number(80))))
	pcap.add(9000, 20001, frame(ACK, 5, 1, b""))  # so is this, whose NOTIFY was not recorded
	pcap.add(20002, 9000, NOTIFY_IP[:20])  # half of a frame is not enough ...
	pcap.add(20003, 12345, NOTIFY_IP[:20])  # ... except on the port of the setting
	pcap.add(20003, 12345, NOTIFY_IP[20:])
	pcap.add(20004, 12345, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
	pcap.add(20005, 9000, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
	pcap.add(20006, 9000, HELLO)
	pcap.add(20006, 9000, NOTIFY_IP, captured=25)
	pcap.add(20006, 9000, NEXT)
	path = folder / "recognition.pcap"
	pcap.write(path)
	names = ["frame.number", "spop.frame.type", "spop.no_request", "spop.cut", "http.request.method", "spop.time"]
	rows = {row[0]: row[1:] for row in tshark.fields(path, names)}
	expect(rows["1"][0] == "3", "a complete NOTIFY is recognised")
	expect(rows["2"][0] == "103" and rows["2"][4] == "0.001000000", f"its ACK is, too, with the time: {rows['2']}")
	expect(rows["3"][0] == "103" and rows["3"][1] != "", "an ACK is recognised, and its NOTIFY is missing")
	expect(rows["4"][0] == "" and rows["5"][0] == "" and rows["6"][0] == "3", "half of a NOTIFY is recognised by the port only")
	expect(rows["7"] == ["", "", "", "GET", ""] or rows["7"][0] == "", "HTTP on the port of the setting is not taken for SPOP")
	expect(rows["8"][0] == "", "HTTP is not taken for SPOP")
	expect(rows["10"][2] != "" and rows["11"][0] == "3", "a cut packet says so, and the next one is shown")
	rows = tshark.fields(path, ["spop.cut"], "-Y", "tcp.port == 20002", "-d", "tcp.port==9000,spop", "-o",
		"tcp.desegment_tcp_streams:FALSE")
	expect(rows[0][0] != "", f"Decode As works: {rows}")
	rows = tshark.fields(path, ["spop.frame.type"], "-o", "spop.ports:9000", "-Y", "tcp.port == 20003 && spop")
	expect(rows == [], f"the setting of the ports counts: {rows}")
	rows = tshark.fields(path, ["frame.number"], "-o", "spop.processing:1", "-Y", "spop.late")
	expect(rows == [], "an ACK after 1 ms is not late")
	late = record.FOLDER / "haproxy-3.2.pcap"
	rows = tshark.fields(late, ["spop.request.message"], "-o", "spop.processing:300", "-Y", "spop.late")
	expect(rows == [["late"]], f"an ACK after 400 ms is late: {rows}")


# --- Mutations


def recorded_frames(tshark, recording):
	"""The bytes of the frames, and whether HAProxy sent them."""
	frames = set()
	for kind, payload in tshark.fields(recording, ["spop.frame.type", "tcp.payload"], "-Y", "spop"):
		content = bytes.fromhex(payload)
		if len(content) >= 11 and struct.unpack(">I", content[:4])[0] + 4 == len(content):
			frames.add((int(kind.split(";")[0]) < 100, content))
	return sorted(frames)


def mutated(content, chosen):
	"""Whether the length is right afterwards, and the bytes."""
	content = bytearray(content)
	for _ in range(chosen.choice((1, 1, 2, 5))):
		at = chosen.randrange(4, len(content))
		kind = chosen.randrange(6)
		if kind == 0:
			content[at] ^= 1 << chosen.randrange(8)
		elif kind == 1:
			content[at] = chosen.choice((0, 1, 0x7F, 0x80, 0xEF, 0xF0, 0xFF))
		elif kind == 2:
			content[at:at] = chosen.randbytes(chosen.randrange(1, 12))
		elif kind == 3 and len(content) > 20:
			del content[at:at + chosen.randrange(1, 12)]
		elif kind == 4:
			content[at:at] = content[4:at]
		else:
			content[at:at + 8] = b"\xff" * 8
		if len(content) < 12:
			content += chosen.randbytes(12)
	content[:4] = struct.pack(">I", len(content) - 4)
	if chosen.randrange(10) == 0:
		at = chosen.randrange(4)
		content[at] ^= 1 << chosen.randrange(8)
	return struct.unpack(">I", content[:4])[0] == len(content) - 4, bytes(content)


def check_mutations(tshark, recording, folder):
	chosen, pcap = random.Random(20), Pcap()
	frames = recorded_frames(tshark, recording)
	expect(len(frames) > 50, f"the recordings have many frames: {len(frames)}")
	whole = 0
	for i in range(MUTATIONS):
		by_haproxy, content = frames[i % len(frames)]
		right, content = mutated(content, chosen)
		haproxy, agent = 10000 + i, 9000
		if i % 10 == 0:  # now and then anything at all, on the port where SPOP is expected
			right, content, agent = True, chosen.randbytes(chosen.randrange(1, 200)), 12345
		else:
			pcap.add(haproxy, agent, HELLO)
		pcap.add(*((haproxy, agent) if by_haproxy else (agent, haproxy)), content)
		if right and i % 10:
			whole += 1
			pcap.add(haproxy, agent, NEXT)
	path = folder / "mutations.pcap"
	pcap.write(path)
	# All texts are made, as in Wireshark's window
	tree = tshark("-r", path, "-O", "spop", "-Y", "spop", "-o", "tcp.try_heuristic_first:TRUE")
	expect("Lua Error" not in tree and "[Malformed Packet" not in tree and "Dissector bug" not in tree,
		f"mutated frames cause no error: {re.findall('.*(?:Lua Error|Malformed Packet|Dissector bug).*', tree)[:3]}")
	following = len(re.findall(r"(?m)^Stream Processing Offload Protocol, NOTIFY stream=4711 frame=1$", tree))
	expect(following == whole, f"after {following} of {whole} mutated frames the next one is shown")
	print(f"{MUTATIONS} mutated frames: {tree.count('Malformed at offset')} lines about malformed ones")


def main():
	arguments = sys.argv[1:]
	update = arguments[:1] == ["--update"]
	if len(arguments) != 1 + update:
		raise SystemExit(__doc__)
	with tempfile.TemporaryDirectory() as home:
		folder = pathlib.Path(home)
		tshark = Tshark(arguments[-1], home)
		check_recordings(tshark, update)
		merged = folder / "merged.pcap"
		merge_recordings(merged)
		check_filters(tshark, merged)
		check_cases(tshark, folder)
		check_recognition(tshark, folder)
		check_mutations(tshark, merged, folder)
	if failures:
		raise SystemExit(f"{len(failures)} failures")
	version = tshark("-v").splitlines()[0]
	print(f"spop.lua passed {len(CASES)} cases and {len(RECORDINGS)} recordings with {version}")


if __name__ == "__main__":
	main()
