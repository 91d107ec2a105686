package io.spop.cli;

import java.util.ArrayList;
import java.util.List;

import io.spop.protocol.Argument;
import io.spop.protocol.NotifyMessage;

/**
 * Reads the messages of a NOTIFY as the user writes them: {@code MESSAGE name=value}, and
 * further ones behind {@code -m}.
 */
final class MessageText {

	private MessageText() {
	}

	/**
	 * Read messages.
	 * @param message the name of the first message
	 * @param arguments the arguments of the first message
	 * @param further the names of further messages, each followed by its arguments
	 * @return the messages
	 * @throws CommandException if an argument is wrong
	 */
	static List<NotifyMessage> read(String message, List<String> arguments, List<String> further) {
		List<NotifyMessage> messages = new ArrayList<>();
		messages.add(message(message, arguments));
		int start = 0;
		for (int i = 1; i <= further.size(); i++) {
			if (i == further.size() || further.get(i).indexOf('=') < 0) {
				messages.add(message(further.get(start), further.subList(start + 1, i)));
				start = i;
			}
		}
		return messages;
	}

	private static NotifyMessage message(String name, List<String> arguments) {
		return NotifyMessage.of(name, arguments.stream().map(ArgumentText::read).toArray(Argument[]::new));
	}

}
