package io.spop.cli;

import java.io.PrintWriter;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.SerializableString;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.core.io.CharacterEscapes;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonWriteFeature;

/**
 * Writes JSON, one object for a line. The text is ASCII: it is the same for each locale,
 * and a terminal shows it as it is.
 */
final class JsonLines {

	private static final JsonFactory FACTORY = JsonFactory.builder()
		.enable(JsonWriteFeature.ESCAPE_NON_ASCII)
		.characterEscapes(new DeleteEscape())
		.disable(StreamWriteFeature.FLUSH_PASSED_TO_STREAM)
		.disable(StreamWriteFeature.AUTO_CLOSE_TARGET)
		.rootValueSeparator("")
		.build();

	private final PrintWriter out;

	private final JsonGenerator json;

	/**
	 * Create a writer.
	 * @param out the writer to print to, which the caller flushes
	 */
	JsonLines(PrintWriter out) {
		this.out = out;
		this.json = FACTORY.createGenerator(ObjectWriteContext.empty(), out);
	}

	/**
	 * Write a line.
	 * @param properties writes the properties of the object
	 */
	void write(Consumer<JsonGenerator> properties) {
		this.json.writeStartObject();
		properties.accept(this.json);
		this.json.writeEndObject();
		this.json.flush();
		this.out.print('\n');
	}

	/**
	 * Escapes DEL, too, which is ASCII but not a character that is shown.
	 */
	private static final class DeleteEscape extends CharacterEscapes {

		private static final long serialVersionUID = 1L;

		private final int[] escapes = standardAsciiEscapesForJSON();

		DeleteEscape() {
			this.escapes[0x7F] = ESCAPE_STANDARD;
		}

		@Override
		public int[] getEscapeCodesForAscii() {
			return this.escapes;
		}

		@Override
		public @Nullable SerializableString getEscapeSequence(int character) {
			return null;
		}

	}

}
