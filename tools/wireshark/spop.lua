-- Dissects SPOP 2.0, the protocol between HAProxy and its agents (SPOE), in Wireshark and tshark 4.0 and later. For how to
-- install and use it see docs/wireshark.md. Wireshark up to 4.2 runs it on Lua 5.2, later versions on Lua 5.4: that is why
-- there are neither integer divisions nor bit operators here.

local spop = Proto("spop", "Stream Processing Offload Protocol")

-- Names of the protocol

local HAPROXY_HELLO, HAPROXY_DISCONNECT, NOTIFY = 1, 2, 3
local AGENT_HELLO, AGENT_DISCONNECT, ACK = 101, 102, 103
local UNSET = 0

local frame_types = {
	[UNSET] = "UNSET",
	[HAPROXY_HELLO] = "HAPROXY-HELLO",
	[HAPROXY_DISCONNECT] = "HAPROXY-DISCONNECT",
	[NOTIFY] = "NOTIFY",
	[AGENT_HELLO] = "AGENT-HELLO",
	[AGENT_DISCONNECT] = "AGENT-DISCONNECT",
	[ACK] = "ACK",
}

local NULL, BOOL, INT32, UINT32, INT64, UINT64, IPV4, IPV6, STRING, BINARY = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9

local value_types = {
	[NULL] = "null",
	[BOOL] = "bool",
	[INT32] = "int32",
	[UINT32] = "uint32",
	[INT64] = "int64",
	[UINT64] = "uint64",
	[IPV4] = "ipv4",
	[IPV6] = "ipv6",
	[STRING] = "string",
	[BINARY] = "binary",
}

local SET_VAR, UNSET_VAR = 1, 2
local action_types = { [SET_VAR] = "set-var", [UNSET_VAR] = "unset-var" }
local action_arguments = { [SET_VAR] = 3, [UNSET_VAR] = 2 }
local scopes = { [0] = "proc", [1] = "sess", [2] = "txn", [3] = "req", [4] = "res" }

local status_codes = {
	[0] = "normal",
	[1] = "I/O error",
	[2] = "a timeout occurred",
	[3] = "frame is too big",
	[4] = "invalid frame received",
	[5] = "version value not found",
	[6] = "max-frame-size value not found",
	[7] = "capabilities value not found",
	[8] = "unsupported version",
	[9] = "max-frame-size too big or too small",
	[10] = "fragmentation not supported",
	[11] = "invalid interlaced frames",
	[12] = "frame-id not found",
	[13] = "resource allocation error",
	[99] = "an unknown error occurred",
}

local FIN, ABORT = 1, 2

-- Fields

local fields = {}
spop.fields = {}

local function field(name, kind, title, ...)
	local made = ProtoField[kind]("spop." .. name, title, ...)
	fields[name] = made
	spop.fields[name] = made
end

field("frame.length", "uint32", "Length")
field("frame.type", "uint8", "Type", base.DEC, frame_types)
field("frame.flags", "uint32", "Flags", base.HEX)
field("frame.flags.fin", "bool", "FIN", 32, nil, FIN)
field("frame.flags.abort", "bool", "ABORT", 32, nil, ABORT)
field("stream_id", "uint64", "Stream ID")
field("frame_id", "uint64", "Frame ID")
field("payload", "bytes", "Payload")

field("kv", "string", "Item")
field("supported_versions", "string", "Supported versions")
field("version", "string", "Version")
field("max_frame_size", "uint64", "Maximum frame size")
field("capabilities", "string", "Capabilities")
field("engine_id", "string", "Engine ID")
field("healthcheck", "bool", "Health check")
field("status_code", "uint64", "Status code")
field("status_message", "string", "Status message")

field("notify.message", "string", "Message")
field("notify.arguments", "uint8", "Number of arguments")
field("arg", "string", "Argument")
field("action", "string", "Action")
field("action.type", "uint8", "Action type", base.DEC, action_types)
field("action.arguments", "uint8", "Number of arguments")
field("action.scope", "uint8", "Scope", base.DEC, scopes)

for _, owner in ipairs({ "kv", "arg", "action" }) do
	field(owner .. ".name", "string", "Name")
	field(owner .. ".value", "string", "Value")
	field(owner .. ".value_type", "uint8", "Value type", base.DEC, value_types, 0x0f)
	field(owner .. ".bool", "bool", "Boolean")
	field(owner .. ".int", "int64", "Signed integer")
	field(owner .. ".uint", "uint64", "Unsigned integer")
	field(owner .. ".ipv4", "ipv4", "IPv4 address")
	field(owner .. ".ipv6", "ipv6", "IPv6 address")
	field(owner .. ".bytes", "bytes", "Bytes")
end

field("request_in", "framenum", "NOTIFY in", base.NONE, frametype.REQUEST)
field("response_in", "framenum", "ACK in", base.NONE, frametype.RESPONSE)
field("time", "relative_time", "Time from the NOTIFY to the ACK")
field("request.message", "string", "Message of the NOTIFY")
field("unanswered", "bool", "Without an ACK in this recording")
field("fragment", "framenum", "Fragment in")
field("reassembled_in", "framenum", "Reassembled in")

local experts = {}
spop.experts = {}

local function expert_info(name, text, group, severity)
	local made = ProtoExpert.new("spop." .. name, text, group, severity)
	experts[name] = made
	spop.experts[name] = made
end

expert_info("malformed", "Malformed", expert.group.MALFORMED, expert.severity.ERROR)
expert_info("framing_lost", "Not SPOP, or bytes are missing before", expert.group.MALFORMED, expert.severity.ERROR)
expert_info("cut", "The recording has only the beginning of the frame", expert.group.UNDECODED, expert.severity.WARN)
expert_info("unknown_type", "Unknown frame type", expert.group.UNDECODED, expert.severity.WARN)
expert_info("violation", "Against the protocol", expert.group.PROTOCOL, expert.severity.WARN)
expert_info("too_long", "Longer than the negotiated frame size", expert.group.PROTOCOL, expert.severity.WARN)
expert_info("action_ignored", "HAProxy ignores this action", expert.group.PROTOCOL, expert.severity.WARN)
expert_info("disconnect", "The connection ends because of an error", expert.group.SEQUENCE, expert.severity.NOTE)
expert_info("no_request", "No NOTIFY with these ids on this connection", expert.group.SEQUENCE, expert.severity.WARN)
expert_info("duplicate", "The NOTIFY already has an ACK", expert.group.SEQUENCE, expert.severity.WARN)
expert_info("late", "The ACK is late", expert.group.SEQUENCE, expert.severity.WARN)
expert_info("reused_ids", "An earlier NOTIFY with these ids has no ACK", expert.group.SEQUENCE, expert.severity.WARN)
expert_info("no_response", "No ACK in this recording", expert.group.SEQUENCE, expert.severity.NOTE)
expert_info("fragments_missing", "Earlier fragments are missing", expert.group.REASSEMBLE, expert.severity.WARN)

-- Preferences

spop.prefs.ports = Pref.range("TCP ports", "12345",
	"Ports of agents. On other ports a connection is recognised by its HELLO or by a complete frame.", 65535)
spop.prefs.longest = Pref.uint("Longest frame", 1048576,
	"A frame that claims to have more bytes is not waited for: the rest of the segment is shown as bytes.")
spop.prefs.processing = Pref.uint("Processing timeout (ms)", 0,
	"The `timeout processing` of HAProxy. An ACK that takes longer is marked as late. 0 marks none.")

-- State: one table for each connection, and one entry for each frame, made when the packet is seen for the first time. All
-- later passes read the entries only

local connections, entries

function spop.init()
	connections = {}
	entries = {}
end

-- Numbers. A varint has up to 64 bits, more than a number of Lua 5.2 holds: it becomes two halves of 32 bits

local two32 = 4294967296

-- Returns the halves and the position behind the varint, or nil and the reason
local function read_varint(bytes, at, stop)
	if at >= stop then
		return nil, "a varint is missing"
	end
	local byte = bytes:byte(at + 1)
	local low, high = byte, 0
	at = at + 1
	if byte < 240 then
		return low, high, at
	end
	local shift = 4
	repeat
		if at >= stop then
			return nil, "a varint is cut"
		end
		if shift > 60 then
			return nil, "a varint has more than 10 bytes"
		end
		byte = bytes:byte(at + 1)
		at = at + 1
		if shift < 32 then
			local shifted = byte * 2 ^ shift
			low = low + shifted % two32
			high = high + math.floor(shifted / two32)
		else
			high = high + byte * 2 ^ (shift - 32)
		end
		if low >= two32 then
			low = low - two32
			high = high + 1
		end
		shift = shift + 7
	until byte < 128
	if high >= two32 then
		return nil, "a varint has more than 64 bits"
	end
	return math.floor(low), math.floor(high), at
end

-- Text

local escapes = { ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t", ["\\"] = "\\\\", ['"'] = '\\"' }

local function escaped(byte)
	return escapes[byte] or ("\\x%02x"):format(byte:byte())
end

local function hex(bytes)
	return (bytes:gsub(".", function(byte)
		return ("%02x"):format(byte:byte())
	end))
end

-- The length of the UTF-8 character at this position, or nil
local function utf8_length(bytes, at)
	local first, second = bytes:byte(at, at + 1)
	if first < 0x80 then
		return first ~= 0 and 1 or nil
	end
	local length, lowest, highest = nil, 0x80, 0xbf
	if first >= 0xc2 and first <= 0xdf then
		length = 2
	elseif first >= 0xe0 and first <= 0xef then
		length = 3
		if first == 0xe0 then
			lowest = 0xa0
		elseif first == 0xed then
			highest = 0x9f
		end
	elseif first >= 0xf0 and first <= 0xf4 then
		length = 4
		if first == 0xf0 then
			lowest = 0x90
		elseif first == 0xf4 then
			highest = 0x8f
		end
	end
	if not length or not second or second < lowest or second > highest then
		return nil
	end
	for i = at + 2, at + length - 1 do
		local byte = bytes:byte(i)
		if not byte or byte < 0x80 or byte > 0xbf then
			return nil
		end
	end
	return length
end

-- The value of a field that is a string: the bytes themselves, except for NUL and bytes that are not UTF-8
local function to_text(bytes)
	if not bytes:find("[%z\128-\255]") then
		return bytes
	end
	local parts, at, from = {}, 1, 1
	while at <= #bytes do
		local length = utf8_length(bytes, at)
		if length then
			at = at + length
		else
			parts[#parts + 1] = bytes:sub(from, at - 1)
			parts[#parts + 1] = ("\\x%02x"):format(bytes:byte(at))
			at = at + 1
			from = at
		end
	end
	parts[#parts + 1] = bytes:sub(from)
	return table.concat(parts)
end

local shown = 64 -- bytes of a value in the column Info and in labels

-- For the column Info: in one line, short, in quotes if it is more than a word
local function to_word(bytes)
	local rest = #bytes - shown
	local text = rest > 0 and bytes:sub(1, shown) or bytes
	if text:find("^[%w_.:/+*@%%-]+$") and rest <= 0 then
		return text
	end
	text = '"' .. text:gsub('[%c"\\\127-\255]', escaped) .. '"'
	return rest > 0 and ("%s...(%d bytes)"):format(text, #bytes) or text
end

local function ipv4_text(bytes)
	return ("%d.%d.%d.%d"):format(bytes:byte(1, 4))
end

local function ipv6_text(bytes)
	local groups, best, best_length, run = {}, nil, 1, 0
	for i = 1, 8 do
		local high, low = bytes:byte(2 * i - 1, 2 * i)
		groups[i] = high * 256 + low
		run = groups[i] == 0 and run + 1 or 0
		if run > best_length then
			best, best_length = i - run + 1, run
		end
	end
	if bytes:sub(1, 12) == ("\0"):rep(10) .. "\255\255" then
		return "::ffff:" .. ipv4_text(bytes:sub(13))
	end
	local function joined(from, to)
		local parts = {}
		for i = from, to do
			parts[#parts + 1] = ("%x"):format(groups[i])
		end
		return table.concat(parts, ":")
	end
	if not best then
		return joined(1, 8)
	end
	return joined(1, best - 1) .. "::" .. joined(best + best_length, 8)
end

-- Parsing. These functions read a Lua string, positions start at 0, and return nil and the reason if it cannot be read. The
-- tree is built afterwards from what they return

local function read_bytes(bytes, at, stop, what)
	local length, high, from = read_varint(bytes, at, stop)
	if not length then
		return nil, ("the length of %s: %s"):format(what, high)
	end
	if high > 0 or length > stop - from then
		local claimed = tostring(UInt64.new(length, high))
		return nil, ("%s has %s bytes, but only %d are left"):format(what, claimed, stop - from)
	end
	return { at = from, size = length, bytes = bytes:sub(from + 1, from + length), stop = from + length }
end

local function read_value(bytes, at, stop)
	if at >= stop then
		return nil, "the value is missing"
	end
	local first = bytes:byte(at + 1)
	local value = { at = at, type = first % 16, flags = math.floor(first / 16), stop = at + 1 }
	local kind = value.type
	local name = value_types[kind]
	if not name then
		return nil, ("the value has the reserved type %d"):format(kind)
	elseif kind == NULL then
		value.text = "null"
	elseif kind == BOOL then
		value.bool = value.flags == 1
		value.text = tostring(value.bool)
	elseif kind >= INT32 and kind <= UINT64 then
		local low, high, after = read_varint(bytes, at + 1, stop)
		if not low then
			return nil, ("the value of type %s: %s"):format(name, high)
		end
		if kind == INT32 or kind == INT64 then
			value.int = Int64.new(low, high)
		else
			value.uint = UInt64.new(low, high)
		end
		value.text = tostring(value.int or value.uint)
		value.low, value.high, value.stop = low, high, after
	elseif kind == IPV4 or kind == IPV6 then
		local length = kind == IPV4 and 4 or 16
		if stop - at - 1 < length then
			return nil, ("the value of type %s has only %d bytes"):format(name, stop - at - 1)
		end
		value.bytes = bytes:sub(at + 2, at + 1 + length)
		value.stop = at + 1 + length
		value.text = kind == IPV4 and ipv4_text(value.bytes) or ipv6_text(value.bytes)
	else
		local content, reason = read_bytes(bytes, at + 1, stop, "the value of type " .. name)
		if not content then
			return nil, reason
		end
		value.content, value.bytes, value.stop = content, content.bytes, content.stop
		if kind == STRING then
			value.text = to_text(content.bytes)
			value.word = to_word(content.bytes)
		else
			value.text = hex(content.bytes)
			value.word = "0x" .. hex(content.bytes:sub(1, shown / 4))
			if content.size > shown / 4 then
				value.word = ("%s...(%d bytes)"):format(value.word, content.size)
			end
		end
	end
	value.word = value.word or value.text
	return value
end

local function read_named_value(bytes, at, stop, what)
	local name, reason = read_bytes(bytes, at, stop, "the name of " .. what)
	if not name then
		return nil, reason, at
	end
	local value
	value, reason = read_value(bytes, name.stop, stop)
	if not value then
		return nil, ("%s %s: %s"):format(what, to_word(name.bytes), reason), name.stop
	end
	return { at = at, name = name, value = value, stop = value.stop }
end

-- Each of these returns a list, and, if the rest cannot be read, the reason and its position

local function read_items(bytes, stop)
	local items, at = {}, 0
	while at < stop do
		local item, reason, where = read_named_value(bytes, at, stop, "the item")
		if not item then
			return items, reason, where
		end
		if item.name.size == 0 then
			return items, "an item has an empty name", at
		end
		items[#items + 1] = item
		at = item.stop
	end
	return items
end

local function read_messages(bytes, stop)
	local messages, at = {}, 0
	while at < stop do
		local name, reason = read_bytes(bytes, at, stop, "the name of a message")
		if not name then
			return messages, reason, at
		end
		if name.size == 0 then
			return messages, "a message has an empty name", at
		end
		if name.stop >= stop then
			return messages, ("the message %s has no number of arguments"):format(to_word(name.bytes)), name.stop
		end
		local message = { at = at, name = name, count = bytes:byte(name.stop + 1), arguments = {}, stop = name.stop + 1 }
		messages[#messages + 1] = message
		for i = 1, message.count do
			local argument, why, where = read_named_value(bytes, message.stop, stop,
				("argument %d of %d of the message %s"):format(i, message.count, to_word(name.bytes)))
			if not argument then
				return messages, why, where
			end
			message.arguments[i] = argument
			message.stop = argument.stop
		end
		at = message.stop
	end
	return messages
end

local function read_action(bytes, at, stop)
	local kind, count, scope = bytes:byte(at + 1, math.min(at + 3, stop))
	local name = action_types[kind]
	if not name then
		return nil, ("%d is not the type of an action"):format(kind), at
	end
	if not count then
		return nil, ("the action %s has no number of arguments"):format(name), at + 1
	end
	if count ~= action_arguments[kind] then
		return nil, ("the action %s has %d arguments instead of %d"):format(name, count, action_arguments[kind]), at + 1
	end
	if not scope then
		return nil, ("the action %s has no scope"):format(name), at + 2
	end
	if not scopes[scope] then
		return nil, ("the action %s has the unknown scope %d"):format(name, scope), at + 2
	end
	local action = { at = at, type = kind, count = count, scope = scope }
	local reason, where
	if kind == SET_VAR then
		local rest
		rest, reason, where = read_named_value(bytes, at + 3, stop, "the variable")
		if not rest then
			return nil, reason, where
		end
		action.name, action.value, action.stop = rest.name, rest.value, rest.stop
	else
		action.name, reason = read_bytes(bytes, at + 3, stop, "the name of the variable")
		if not action.name then
			return nil, reason, at + 3
		end
		action.stop = action.name.stop
	end
	action.variable = scopes[scope] .. "." .. to_text(action.name.bytes)
	return action
end

local function read_actions(bytes, stop)
	local actions, at = {}, 0
	while at < stop do
		local action, reason, where = read_action(bytes, at, stop)
		if not action then
			return actions, reason, where
		end
		actions[#actions + 1] = action
		at = action.stop
	end
	return actions
end

local readers = {
	[HAPROXY_HELLO] = read_items,
	[HAPROXY_DISCONNECT] = read_items,
	[AGENT_HELLO] = read_items,
	[AGENT_DISCONNECT] = read_items,
	[NOTIFY] = read_messages,
	[ACK] = read_actions,
}

local function read_length(bytes, at)
	local first, second, third, fourth = bytes:byte(at + 1, at + 4)
	return ((first * 256 + second) * 256 + third) * 256 + fourth
end

-- Reads type, flags and ids. The position is that behind the length
local function read_header(bytes, at, stop)
	local kind, flags1, flags2, flags3, flags4 = bytes:byte(at + 1, at + 5)
	local frame = {
		type = kind,
		flags = ((flags1 * 256 + flags2) * 256 + flags3) * 256 + flags4,
		fin = flags4 % 2 == 1,
		abort = math.floor(flags4 / 2) % 2 == 1,
	}
	local position = at + 5
	for _, name in ipairs({ "stream", "frame" }) do
		local low, high, after = read_varint(bytes, position, stop)
		if not low then
			return frame, ("the %s-id: %s"):format(name, high), position
		end
		frame[name] = { at = position, stop = after, number = UInt64.new(low, high), zero = low == 0 and high == 0 }
		frame[name].text = tostring(frame[name].number)
		position = after
	end
	frame.payload = position
	return frame
end

-- Whether the segment begins with SPOP, without doubt: with a HELLO, or with a complete and valid frame of another type. A
-- HELLO may go on in the next segment
local function begins_with_spop(tvb)
	if tvb:len() < 11 then
		return false
	end
	local bytes = tvb:raw(0, tvb:len())
	local length, kind = read_length(bytes, 0), bytes:byte(5)
	if not readers[kind] or length < 7 or length > spop.prefs.longest or bytes:sub(6, 9) ~= "\0\0\0\1" then
		return false
	end
	if kind == HAPROXY_HELLO or kind == AGENT_HELLO then
		return bytes:find("^\0\0[\1-\64]%l[%l-]", 10) ~= nil -- both ids, and an item's name
	end
	if length + 4 > #bytes then
		return false
	end
	local frame, reason = read_header(bytes, 4, length + 4)
	if reason then
		return false
	end
	local payload = bytes:sub(frame.payload + 1, length + 4)
	local _, why = readers[kind](payload, #payload)
	return not why
end

-- Whether the segment may be SPOP, on a port where it is expected
local function may_be_spop(tvb)
	if tvb:len() < 5 then
		return true
	end
	local length, kind = read_length(tvb:raw(0, 5), 0), tvb:raw(4, 1):byte()
	return frame_types[kind] ~= nil and length >= 7 and length <= spop.prefs.longest
end

-- Connections

local function connection_key(pinfo)
	local one = tostring(pinfo.src) .. " " .. pinfo.src_port
	local other = tostring(pinfo.dst) .. " " .. pinfo.dst_port
	return one < other and one .. " " .. other or other .. " " .. one
end

local function connection_of(pinfo, frame)
	local key = connection_key(pinfo)
	local connection = connections[key]
	if not connection or frame.type == HAPROXY_HELLO then -- the ports of an ended connection may be used again
		connection = { waiting = {}, answered = {}, fragments = {}, complete = frame.type == HAPROXY_HELLO }
		connections[key] = connection
	end
	return connection
end

local function item_value(frame, name)
	for _, item in ipairs(frame.list or {}) do
		if item.name.bytes == name then
			return item.value
		end
	end
end

local function remember_size(connection, frame)
	local value = item_value(frame, "max-frame-size")
	if value and value.low and value.high == 0 then
		connection.size = math.min(connection.size or value.low, value.low)
	end
end

local function remember_notify(connection, frame, entry, ids)
	entry.reused = connection.waiting[ids] and connection.waiting[ids].number
	entry.names = {}
	for i, message in ipairs(frame.list or {}) do
		entry.names[i] = to_text(message.name.bytes)
	end
	connection.waiting[ids] = entry
end

local function remember_ack(connection, frame, entry, ids)
	if frame.abort and connection.fragments[ids] then -- the agent wants no more of the fragments
		connection.fragments[ids] = nil
		return
	end
	local request = connection.waiting[ids]
	if request then
		connection.waiting[ids] = nil
		connection.answered[ids] = request
		request.response = entry
		entry.request = request
	else
		entry.duplicate_of = connection.answered[ids]
		entry.no_request = not entry.duplicate_of
		entry.began_later = not connection.complete
	end
end

-- HAProxy up to 3.0 sends a NOTIFY in fragments if the agent announced that it can take them
local function remember_fragment(connection, frame, entry, ids, bytes)
	local fragments = connection.fragments[ids]
	if frame.type == NOTIFY then
		fragments = { size = 0 }
		connection.fragments[ids] = fragments
	elseif not fragments then
		entry.fragments_missing = true
		return
	end
	entry.whole = fragments
	fragments[#fragments + 1] = entry
	fragments.size = fragments.size + #bytes
	if fragments.size > spop.prefs.longest then
		connection.fragments[ids] = nil
		return
	end
	entry.part = bytes
	if frame.fin then
		connection.fragments[ids] = nil
		if frame.abort then
			entry.aborted = true
			return
		end
		local parts = {}
		for i, part in ipairs(fragments) do
			parts[i] = part.part
			part.part = nil
		end
		entry.payload = table.concat(parts)
		fragments.last = entry.number
	end
end

-- Returns the frame's entry. The first time it makes it
local function entry_of(pinfo, tvb, at, frame, bytes)
	local key = ("%d %d %d %s"):format(pinfo.number, tvb:offset() + at, #bytes, hex(bytes:sub(1, 16)))
	local entry = entries[key]
	if entry or pinfo.visited then
		return entry or {}
	end
	entry = { number = pinfo.number, at = pinfo.rel_ts }
	entries[key] = entry
	local connection = connection_of(pinfo, frame)
	entry.size = connection.size
	if not frame.payload then
		return entry
	end
	local ids = frame.stream.text .. " " .. frame.frame.text
	if frame.type == UNSET or frame.type == NOTIFY and not frame.fin then
		remember_fragment(connection, frame, entry, ids, bytes:sub(frame.payload + 1))
		if entry.payload then
			frame.list = read_messages(entry.payload, #entry.payload)
			remember_notify(connection, frame, entry, ids)
		end
	elseif frame.type == NOTIFY then
		remember_notify(connection, frame, entry, ids)
	elseif frame.type == ACK then
		remember_ack(connection, frame, entry, ids)
	elseif frame.type == HAPROXY_HELLO or frame.type == AGENT_HELLO then
		remember_size(connection, frame)
	end
	return entry
end

-- The tree. Each function returns what the column Info says

local function add_value(tree, owner, tvb, value)
	local range = tvb(value.at, value.stop - value.at)
	tree:add(fields[owner .. ".value_type"], tvb(value.at, 1))
	tree:add(fields[owner .. ".value"], range, value.text)
	if value.type == BOOL then
		tree:add(fields[owner .. ".bool"], tvb(value.at, 1), value.bool)
	elseif value.int then
		tree:add(fields[owner .. ".int"], range, value.int)
	elseif value.uint then
		tree:add(fields[owner .. ".uint"], range, value.uint)
	elseif value.type == IPV4 then
		tree:add(fields[owner .. ".ipv4"], tvb(value.at + 1, 4))
	elseif value.type == IPV6 then
		tree:add(fields[owner .. ".ipv6"], tvb(value.at + 1, 16))
	elseif value.type == BINARY and value.content.size > 0 then
		tree:add(fields[owner .. ".bytes"], tvb(value.content.at, value.content.size))
	end
	if value.type == STRING and value.flags ~= 0 then
		tree:add_proto_expert_info(experts.violation, "Flags are set in the type: HAProxy takes the string for binary")
	elseif value.flags > (value.type == BOOL and 1 or 0) then
		tree:add_proto_expert_info(experts.violation, "Reserved flags are set in the type of the value")
	end
end

-- Items with a field of their own: its name, and the kinds of values that it can show
local item_fields = {
	["supported-versions"] = { "supported_versions", "text" },
	["version"] = { "version", "text" },
	["max-frame-size"] = { "max_frame_size", "number" },
	["capabilities"] = { "capabilities", "text" },
	["engine-id"] = { "engine_id", "text" },
	["healthcheck"] = { "healthcheck", "bool" },
	["status-code"] = { "status_code", "number" },
	["message"] = { "status_message", "text" },
}

local function add_item_field(tree, tvb, item)
	local known = item_fields[item.name.bytes]
	if not known then
		return
	end
	local value, range = item.value, tvb(item.value.at, item.value.stop - item.value.at)
	local name, kind = known[1], known[2]
	if kind == "number" and value.low then
		local added = tree:add(fields[name], range, UInt64.new(value.low, value.high))
		local meaning = name == "status_code" and value.high == 0 and status_codes[value.low]
		if meaning then
			added:append_text((" (%s)"):format(meaning))
		end
	elseif kind == "text" and value.type == STRING then
		tree:add(fields[name], range, value.text)
	elseif kind == "bool" and value.type == BOOL then
		tree:add(fields[name], range, value.bool)
	else
		tree:add_proto_expert_info(experts.violation,
			("The item %s has the type %s"):format(item.name.bytes, value_types[value.type]))
	end
end

local function add_items(tree, tvb, frame)
	local words = {}
	for i, item in ipairs(frame.list) do
		local name = to_text(item.name.bytes)
		local node = tree:add(fields.kv, tvb(item.at, item.stop - item.at), name .. "=" .. item.value.text)
		node:add(fields["kv.name"], tvb(item.name.at, item.name.size), name)
		add_value(node, "kv", tvb, item.value)
		add_item_field(node, tvb, item)
		words[i] = to_word(item.name.bytes) .. "=" .. item.value.word
	end
	if frame.type == HAPROXY_DISCONNECT or frame.type == AGENT_DISCONNECT then
		local status = item_value(frame, "status-code")
		-- 2 is how HAProxy up to 3.0 ends an idle connection
		if status and status.low and (status.high > 0 or status.low ~= 0 and status.low ~= 2) then
			tree:add_proto_expert_info(experts.disconnect)
		end
	end
	return table.concat(words, " ")
end

local function add_messages(tree, tvb, frame)
	local words = {}
	for i, message in ipairs(frame.list) do
		local name = to_text(message.name.bytes)
		local node = tree:add(fields["notify.message"], tvb(message.at, message.stop - message.at), name)
		node:add(fields["notify.arguments"], tvb(message.name.stop, 1))
		local arguments = {}
		for k, argument in ipairs(message.arguments) do
			local value, range = argument.value, tvb(argument.at, argument.stop - argument.at)
			local prefix = argument.name.size > 0 and to_text(argument.name.bytes) .. "=" or ""
			local child = node:add(fields.arg, range, prefix .. value.text)
			child:add(fields["arg.name"], tvb(argument.at, argument.name.stop - argument.at), to_text(argument.name.bytes))
			add_value(child, "arg", tvb, value)
			arguments[k] = (argument.name.size > 0 and to_word(argument.name.bytes) .. "=" or "") .. value.word
		end
		local list = ("(%s)"):format(table.concat(arguments, ", "))
		node:append_text(list)
		words[i] = to_word(message.name.bytes) .. list
	end
	return table.concat(words, " ")
end

local function add_actions(tree, tvb, frame)
	local words = {}
	for i, action in ipairs(frame.list) do
		local text = action.value and action.variable .. "=" .. action.value.text or "unset " .. action.variable
		local node = tree:add(fields.action, tvb(action.at, action.stop - action.at), text)
		node:add(fields["action.type"], tvb(action.at, 1))
		node:add(fields["action.arguments"], tvb(action.at + 1, 1))
		node:add(fields["action.scope"], tvb(action.at + 2, 1))
		node:add(fields["action.name"], tvb(action.at + 3, action.name.stop - action.at - 3), to_text(action.name.bytes))
		if action.value then
			add_value(node, "action", tvb, action.value)
		end
		if not action.name.bytes:find("^[%w_.]+$") then
			node:add_proto_expert_info(experts.action_ignored,
				"HAProxy ignores this action: the name of a variable has letters, digits, `_` and `.` only")
		end
		local variable = scopes[action.scope] .. "." .. to_word(action.name.bytes)
		words[i] = action.value and variable .. "=" .. action.value.word or "unset " .. variable
	end
	return table.concat(words, " ")
end

local adders = {
	[HAPROXY_HELLO] = add_items,
	[HAPROXY_DISCONNECT] = add_items,
	[AGENT_HELLO] = add_items,
	[AGENT_DISCONNECT] = add_items,
	[NOTIFY] = add_messages,
	[ACK] = add_actions,
}

-- The position may be the end: then the last byte is marked
local function add_malformed(tree, tvb, at, offset, reason)
	at = math.min(at, tvb:len() - 1)
	local range = tvb(at, tvb:len() - at)
	tree:add(fields.payload, range):add_proto_expert_info(experts.malformed, ("Malformed at offset %d: %s"):format(offset, reason))
end

-- The payload has its own tvb, whose offsets start with it
local function add_payload(tree, tvb, frame)
	local info = adders[frame.type](tree, tvb, frame)
	if frame.reason then
		add_malformed(tree, tvb, frame.where, frame.payload + frame.where, frame.reason)
		info = info .. " [malformed: " .. frame.reason .. "]"
	end
	return info
end

local function add_generated(tree, ...)
	local item = tree:add(...)
	item:set_generated()
	return item
end

local function add_notify_links(tree, pinfo, entry)
	if entry.reused then
		tree:add_proto_expert_info(experts.reused_ids,
			("The NOTIFY in frame %d has the same ids and no ACK: HAProxy may take its ACK for this one's"):format(entry.reused))
	end
	if entry.response then
		add_generated(tree, fields.response_in, entry.response.number)
	elseif pinfo.visited and entry.names then -- only then all of the recording has been seen
		add_generated(tree, fields.unanswered, true):add_proto_expert_info(experts.no_response)
	end
end

local function add_ack_links(tree, entry)
	local request = entry.request
	if request then
		add_generated(tree, fields.request_in, request.number)
		local time = math.max(entry.at - request.at, 0)
		local seconds = math.floor(time)
		local nanoseconds = math.min(math.floor((time - seconds) * 1e9 + 0.5), 999999999)
		local item = add_generated(tree, fields.time, NSTime.new(seconds, nanoseconds))
		local limit = spop.prefs.processing
		if limit > 0 and time * 1000 > limit then
			item:add_proto_expert_info(experts.late, ("The ACK comes after the processing timeout of %d ms"):format(limit))
		end
		for _, name in ipairs(request.names) do
			add_generated(tree, fields["request.message"], name)
		end
	elseif entry.duplicate_of then
		add_generated(tree, fields.request_in, entry.duplicate_of.number)
		tree:add_proto_expert_info(experts.duplicate,
			("The NOTIFY in frame %d already has an ACK in frame %d: HAProxy ignores this one"):format(
				entry.duplicate_of.number, entry.duplicate_of.response.number))
	elseif entry.no_request then
		tree:add_proto_expert_info(experts.no_request, "No NOTIFY with these ids came before on this connection" ..
			(entry.began_later and ", or it came before the recording began" or ""))
	end
end

-- Shows a fragment and, with the last one, the whole. Returns what the column Info says
local function add_fragment(tree, pinfo, frame, entry, range)
	if range then
		tree:add(fields.payload, range)
	end
	if entry.fragments_missing then
		tree:add_proto_expert_info(experts.fragments_missing)
	end
	if not entry.payload then
		if entry.whole and entry.whole.last then
			add_generated(tree, fields.reassembled_in, entry.whole.last)
		end
		return entry.aborted and "[fragments aborted]" or "[fragment]"
	end
	for _, part in ipairs(entry.whole) do
		add_generated(tree, fields.fragment, part.number)
	end
	if #entry.payload == 0 then
		return ""
	end
	local tvb = ByteArray.new(entry.payload, true):tvb("Payload of the NOTIFY")
	local whole = { type = NOTIFY, payload = 0 }
	whole.list, whole.reason, whole.where = read_messages(entry.payload, #entry.payload)
	local info = add_payload(tree, tvb, whole)
	add_notify_links(tree, pinfo, entry)
	return ("[NOTIFY of %d fragments] %s"):format(#entry.whole, info)
end

local function add_ids(tree, tvb, at, frame)
	for _, name in ipairs({ "stream", "frame" }) do
		local id = frame[name]
		tree:add(fields[name .. "_id"], tvb(at + id.at, id.stop - id.at), id.number)
	end
end

local control = { [HAPROXY_HELLO] = true, [HAPROXY_DISCONNECT] = true, [AGENT_HELLO] = true, [AGENT_DISCONNECT] = true }

local function add_violations(tree, frame, entry, length)
	if control[frame.type] and not (frame.stream.zero and frame.frame.zero) then
		tree:add_proto_expert_info(experts.violation, "Stream-id and frame-id have to be 0 in this frame")
	end
	if not frame.fin and frame.type ~= NOTIFY and frame.type ~= UNSET then
		tree:add_proto_expert_info(experts.violation, "FIN is not set, and this frame cannot be a fragment")
	end
	if frame.flags > FIN + ABORT then
		tree:add_proto_expert_info(experts.violation, "Reserved flags are set")
	end
	if entry.size and length > entry.size then
		tree:add_proto_expert_info(experts.too_long,
			("The frame has %d bytes, and the connection's max-frame-size is %d"):format(length, entry.size))
	end
end

-- Dissects one frame, which is complete. The range includes the length. Returns what the column Info says
local function add_frame(tvb, pinfo, tree, at, length)
	local range = tvb(at, length + 4)
	local bytes = tvb:raw(at, length + 4)
	local root = tree:add(spop, range)
	root:add(fields["frame.length"], tvb(at, 4))
	local frame, reason, where = read_header(bytes, 4, length + 4)
	local name = frame_types[frame.type] or ("type %d"):format(frame.type)
	local type_item = root:add(fields["frame.type"], tvb(at + 4, 1))
	local flags = root:add(fields["frame.flags"], tvb(at + 5, 4))
	flags:add(fields["frame.flags.fin"], tvb(at + 5, 4))
	flags:add(fields["frame.flags.abort"], tvb(at + 5, 4))
	if reason then
		root:append_text(", " .. name)
		add_malformed(root, range:tvb(), where, where, reason)
		return ("%s [malformed: %s]"):format(name, reason)
	end
	add_ids(root, tvb, at, frame)
	local size = length + 4 - frame.payload
	if readers[frame.type] then
		local payload = bytes:sub(frame.payload + 1)
		if frame.type ~= NOTIFY or frame.fin then
			frame.list, frame.reason, frame.where = readers[frame.type](payload, #payload)
		end
	end
	local entry = entry_of(pinfo, tvb, at, frame, bytes)
	local info = name
	if not control[frame.type] then
		info = ("%s stream=%s frame=%s"):format(name, frame.stream.text, frame.frame.text)
	end
	root:append_text(", " .. info)
	add_violations(root, frame, entry, length)
	local text
	if not frame_types[frame.type] then
		type_item:add_proto_expert_info(experts.unknown_type)
		if size > 0 then
			root:add(fields.payload, tvb(at + frame.payload, size))
		end
	elseif frame.type == UNSET or not frame.list then
		text = add_fragment(root, pinfo, frame, entry, size > 0 and range(frame.payload, size) or nil)
	elseif size > 0 then
		text = add_payload(root, range(frame.payload, size):tvb(), frame)
	end
	if frame.type == NOTIFY and frame.fin then
		add_notify_links(root, pinfo, entry)
	elseif frame.type == ACK then
		add_ack_links(root, entry)
		if frame.abort then
			text = (text or "") .. "[agent aborts]"
		end
	end
	return text and text ~= "" and info .. " " .. text or info
end

local function add_undecoded(tvb, tree, at, size, info, ...)
	local root = tree:add(spop, tvb(at, size))
	root:append_text(", " .. info)
	root:add(fields.payload, tvb(at, size)):add_proto_expert_info(...)
	return "[" .. info .. "]"
end

-- Dissects what the segment has. Returns the texts for the column Info, and, if a frame goes on in the next segment, its
-- position and the number of bytes that are missing
local function add_frames(tvb, pinfo, tree)
	local infos, at, stop, reported = {}, 0, tvb:len(), tvb:reported_len()
	local function add(info)
		infos[#infos + 1] = info
	end
	while at < stop do
		local left = stop - at
		local length = left >= 4 and read_length(tvb:raw(at, 4), 0) or nil
		if length and length > spop.prefs.longest then
			add(add_undecoded(tvb, tree, at, left, "not decoded", experts.framing_lost,
				("Malformed at offset 0: a frame of %.0f bytes. This is not SPOP, or bytes are missing before"):format(length)))
			return infos
		elseif length and length + 4 <= left then
			if length < 7 then
				add(add_undecoded(tvb, tree, at, length + 4, "malformed", experts.malformed,
					("Malformed at offset 0: a frame of %d bytes, where 7 are the least"):format(length)))
			else
				add(add_frame(tvb, pinfo, tree, at, length))
			end
			at = at + length + 4
		elseif stop == reported and pinfo.can_desegment > 0 then
			return infos, at, length and length + 4 - left or DESEGMENT_ONE_MORE_SEGMENT
		else
			add(add_undecoded(tvb, tree, at, left, "cut", experts.cut,
				"The rest is missing: the recording has cut packets, or Wireshark does not reassemble TCP segments"))
			return infos
		end
	end
	return infos
end

local function dissect(tvb, pinfo, tree)
	local infos, desegment_at, missing = add_frames(tvb, pinfo, tree)
	if desegment_at then
		pinfo.desegment_offset = desegment_at
		pinfo.desegment_len = missing
	end
	if #infos > 0 then
		pinfo.cols.protocol = "SPOP"
		-- A packet can bring the rest of a frame, and after it other frames in a second call
		local column = pinfo.cols.info
		if pinfo.private["spop"] then
			column:append(" | ")
		else
			column:clear()
		end
		pinfo.private["spop"] = "yes"
		column:append(table.concat(infos, " | "))
		column:fence()
	end
	return tvb:len()
end

function spop.dissector(tvb, pinfo, tree)
	if not connections[connection_key(pinfo)] and not may_be_spop(tvb) then
		return 0 -- another protocol uses the port
	end
	return dissect(tvb, pinfo, tree)
end

spop:register_heuristic("tcp", function(tvb, pinfo, tree)
	if not begins_with_spop(tvb) then
		return false
	end
	pinfo.conversation = spop
	dissect(tvb, pinfo, tree)
	return true
end)

-- Decrypted records. The conversation stays that of TLS
spop:register_heuristic("tls", function(tvb, pinfo, tree)
	if not connections[connection_key(pinfo)] and not begins_with_spop(tvb) then
		return false
	end
	dissect(tvb, pinfo, tree)
	return true
end)

local tcp_ports, used_ports = DissectorTable.get("tcp.port"), ""
tcp_ports:add_for_decode_as(spop)

local function use_ports()
	if used_ports ~= spop.prefs.ports then
		if used_ports ~= "" then
			tcp_ports:remove(used_ports, spop)
		end
		used_ports = spop.prefs.ports
		if used_ports ~= "" then
			tcp_ports:add(used_ports, spop)
		end
	end
end

spop.prefs_changed = use_ports
use_ports()
