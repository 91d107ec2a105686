package io.spop.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Stack;

import io.spop.protocol.Argument;
import io.spop.protocol.Arguments;
import io.spop.protocol.NotifyMessage;
import picocli.CommandLine.IParameterConsumer;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;

/**
 * Reads the messages of a NOTIFY as the user writes them: {@code MESSAGE NAME=VALUE}, and
 * further ones behind {@code -m}.
 */
final class MessageText {

	/** What no word of a command line can have begins the name of a further message. */
	private static final String FURTHER = "\0";

	private MessageText() {
	}

	/**
	 * Read messages.
	 * @param message the name of the first message
	 * @param words its arguments, and further messages with theirs
	 * @return the messages
	 * @throws CommandException if a name or an argument is wrong
	 */
	static List<NotifyMessage> read(String message, List<String> words) {
		if (message.startsWith(FURTHER)) {
			throw new CommandException(ExitStatus.USAGE, "'-m " + message.substring(FURTHER.length())
					+ "' names a further message: ADDRESS and the first MESSAGE come before it.");
		}
		List<NotifyMessage> messages = new ArrayList<>();
		String name = message;
		List<Argument> arguments = new ArrayList<>();
		for (String word : words) {
			if (word.startsWith(FURTHER)) {
				messages.add(message(name, arguments));
				name = word.substring(FURTHER.length());
				arguments = new ArrayList<>();
			}
			else {
				arguments.add(ArgumentText.read(word));
			}
		}
		messages.add(message(name, arguments));
		return messages;
	}

	private static NotifyMessage message(String name, List<Argument> arguments) {
		if (name.isEmpty() || name.indexOf('=') >= 0) {
			throw new CommandException(ExitStatus.USAGE,
					"'" + name + "' is not the name of a message: the name comes before its arguments NAME=VALUE.");
		}
		if (arguments.size() > Arguments.MAX_SIZE) {
			throw new CommandException(ExitStatus.USAGE,
					"A message has at most " + Arguments.MAX_SIZE + " arguments, not " + arguments.size() + ".");
		}
		return NotifyMessage.of(name, arguments.toArray(Argument[]::new));
	}

	/**
	 * Puts the name of a further message among the words, so that its arguments follow it
	 * in their order.
	 */
	static final class Further implements IParameterConsumer {

		@Override
		@SuppressWarnings("JdkObsolete") // picocli's type
		public void consumeParameters(Stack<String> words, ArgSpec option, CommandSpec command) {
			words.push(FURTHER + (words.isEmpty() ? "" : words.pop()));
		}

	}

}
