package io.spop.agent;

import java.util.HexFormat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.spop.fuzzing.Input;

/**
 * Feeds a connection with any bytes in any pieces.
 */
class ConnectionFuzz {

	/** What HAProxy sends first: version 2.0, frames of 16380 bytes, pipelining. */
	static final byte[] HELLO = HexFormat.of()
		.parseHex("0000004b" + "01" + "00000001" + "0000" //
				+ "12737570706f727465642d76657273696f6e73" + "0803322e30" //
				+ "0e6d61782d6672616d652d73697a65" + "03fcf006" //
				+ "0c6361706162696c6974696573" + "080a706970656c696e696e67");

	@FuzzTest
	void connection(byte[] bytes) {
		Input input = new Input(bytes);
		int choice = input.next();
		int[] pieces = new int[choice >> 2 & 3];
		for (int i = 0; i < pieces.length; i++) {
			pieces[i] = input.next();
		}
		byte[] rest = input.rest();
		boolean greeted = (choice & 1) == 0;
		byte[] sent = new byte[(greeted ? HELLO.length : 0) + rest.length];
		if (greeted) {
			System.arraycopy(HELLO, 0, sent, 0, HELLO.length);
		}
		System.arraycopy(rest, 0, sent, sent.length - rest.length, rest.length);
		new Conversation((choice & 2) != 0).feed(sent, pieces);
	}

}
