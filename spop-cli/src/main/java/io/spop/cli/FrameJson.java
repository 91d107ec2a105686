package io.spop.cli;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Set;

import io.spop.protocol.Action;
import io.spop.protocol.Frame;
import io.spop.protocol.FrameType;
import io.spop.protocol.SpopValue;
import io.spop.protocol.VarScope;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/**
 * Writes frames and values as JSON. Binary values and strings that are not UTF-8 are
 * hexadecimal. A number that JavaScript would round is a string.
 */
final class FrameJson {

	/** The largest integer up to which a double has all integers. */
	private static final long MAX_SAFE = (1L << 53) - 1;

	private final String prefix;

	/**
	 * Create an instance.
	 * @param prefix the var-prefix of HAProxy's configuration, or an empty text to name
	 * variables without it
	 */
	FrameJson(String prefix) {
		this.prefix = prefix;
	}

	/** As {@link #write(WireFrame, JsonGenerator)}. */
	void write(Frame frame, JsonGenerator json) {
		write(WireFrame.of(frame), json);
	}

	/**
	 * Write the properties of a frame into the object that is open.
	 */
	void write(WireFrame frame, JsonGenerator json) {
		FrameType type = frame.type();
		if (type != null) {
			json.writeStringProperty("type", FrameText.typeName(frame.typeCode()));
		}
		if (frame.typeCode() >= 0) {
			json.writeNumberProperty("typeCode", frame.typeCode());
			unsigned("flags", Integer.toUnsignedLong(frame.flags()), json);
			unsigned("stream", frame.streamId(), json);
			unsigned("frame", frame.frameId(), json);
		}
		if (type == FrameType.NOTIFY && !frame.isFragment()) {
			messages(frame, json);
		}
		else if (type == FrameType.ACK) {
			json.writeArrayPropertyStart("actions");
			for (WireFrame.Part part : frame.parts()) {
				WireFrame.Action action = (WireFrame.Action) part;
				action(action.scope(), action.name(), action.value(), json);
			}
			json.writeEndArray();
		}
		else if (type == null || frame.isFragment()) {
			json.writeStringProperty("payload", HexFormat.of().formatHex(frame.payload()));
		}
		else {
			items(frame, json);
		}
		Set<String> notes = frame.notes();
		if (!notes.isEmpty()) {
			json.writeArrayPropertyStart("notes");
			notes.forEach(json::writeString);
			json.writeEndArray();
		}
		WireFrame.Problem problem = frame.problem();
		if (problem != null) {
			json.writeObjectPropertyStart("problem");
			json.writeNumberProperty("offset", problem.offset());
			json.writeStringProperty("reason", problem.reason());
			json.writeEndObject();
			json.writeStringProperty("bytes", HexFormat.of().formatHex(frame.bytes()));
		}
	}

	private static void messages(WireFrame frame, JsonGenerator json) {
		json.writeArrayPropertyStart("messages");
		for (WireFrame.Message message : frame.messages()) {
			json.writeStartObject();
			name(message.name(), json);
			json.writeArrayPropertyStart("arguments");
			for (WireFrame.Item argument : message.arguments()) {
				json.writeStartObject();
				name(argument.key(), json);
				value(argument.value(), json);
				json.writeEndObject();
			}
			json.writeEndArray();
			json.writeEndObject();
		}
		json.writeEndArray();
	}

	private static void items(WireFrame frame, JsonGenerator json) {
		json.writeArrayPropertyStart("items");
		for (WireFrame.Part part : frame.parts()) {
			WireFrame.Item item = (WireFrame.Item) part;
			json.writeStartObject();
			name(item.key(), json);
			value(item.value(), json);
			json.writeEndObject();
		}
		json.writeEndArray();
		Long status = frame.statusCode();
		if (status != null) {
			json.writeStringProperty("meaning", FrameText.meaning(Long.toUnsignedString(status)));
		}
	}

	/**
	 * Write an action as an object.
	 */
	void action(Action action, JsonGenerator json) {
		action(action.scope(), new SpopValue.Text(action.name()),
				(action instanceof Action.SetVar set) ? set.value() : null, json);
	}

	private void action(VarScope scope, SpopValue.Text name, @Nullable SpopValue value, JsonGenerator json) {
		json.writeStartObject();
		json.writeStringProperty("action", (value != null) ? "set" : "unset");
		json.writeStringProperty("variable", FrameText.variable(scope, this.prefix, text(name)));
		json.writeStringProperty("scope", scope.prefix());
		name(name, json);
		if (value != null) {
			value(value, json);
		}
		json.writeEndObject();
	}

	private static void name(SpopValue.Text name, JsonGenerator json) {
		json.writeStringProperty("name", text(name));
	}

	/** Read as UTF-8, or as ISO-8859-1, which all bytes are. */
	private static String text(SpopValue.Text text) {
		String utf8 = utf8(text.bytes());
		return (utf8 != null) ? utf8 : text.toString(StandardCharsets.ISO_8859_1);
	}

	/**
	 * Write the type of a value, and the value as {@code value} or {@code hex}, into the
	 * object that is open.
	 */
	static void value(SpopValue value, JsonGenerator json) {
		json.writeStringProperty("type", FrameText.typeName(value));
		if (value instanceof SpopValue.Text text) {
			String utf8 = utf8(text.bytes());
			if (utf8 != null) {
				json.writeStringProperty("value", utf8);
			}
			else {
				json.writeStringProperty("hex", HexFormat.of().formatHex(text.toByteArray()));
			}
		}
		else if (value instanceof SpopValue.Binary) {
			json.writeStringProperty("hex", value.toString());
		}
		else if (value instanceof SpopValue.Null) {
			json.writeNullProperty("value");
		}
		else if (value instanceof SpopValue.Bool bool) {
			json.writeBooleanProperty("value", bool.value());
		}
		else if (value instanceof SpopValue.Uint64 number) {
			unsigned("value", number.value(), json);
		}
		else if (value instanceof SpopValue.Ipv4 || value instanceof SpopValue.Ipv6) {
			json.writeStringProperty("value", value.toString());
		}
		else {
			signed("value", Long.parseLong(value.toString()), json);
		}
	}

	private static void signed(String name, long number, JsonGenerator json) {
		if (number >= -MAX_SAFE && number <= MAX_SAFE) {
			json.writeNumberProperty(name, number);
		}
		else {
			json.writeStringProperty(name, Long.toString(number));
		}
	}

	/**
	 * Write an unsigned number, as a string if JavaScript would round it.
	 */
	static void unsigned(String name, long number, JsonGenerator json) {
		if (number >= 0) {
			signed(name, number, json);
		}
		else {
			json.writeStringProperty(name, Long.toUnsignedString(number));
		}
	}

	private static @Nullable String utf8(ByteBuffer bytes) {
		try {
			return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
		}
		catch (CharacterCodingException ex) {
			return null;
		}
	}

}
