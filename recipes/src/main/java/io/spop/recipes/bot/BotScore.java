package io.spop.recipes.bot;

import java.util.regex.Pattern;

import io.spop.annotation.NonBlocking;
import io.spop.annotation.SpopArg;
import io.spop.annotation.SpopMessage;
import io.spop.protocol.Actions;
import io.spop.protocol.VarScope;
import org.jspecify.annotations.Nullable;

import org.springframework.stereotype.Component;

/**
 * Scores a request: 0 for one of a browser, more for one that a bot may have sent.
 * HAProxy adds up the scores of a client.
 */
@Component
class BotScore {

	private static final Pattern TOOLS = Pattern.compile("curl|wget|python|java|go-http", Pattern.CASE_INSENSITIVE);

	private static final Pattern PROBES = Pattern.compile("^/(wp-|\\.env|\\.git)|\\.php$");

	@SpopMessage("bot")
	@NonBlocking
	Actions score(@SpopArg String path, @SpopArg @Nullable String userAgent, @SpopArg @Nullable String language) {
		int score = 0;
		if (userAgent == null || TOOLS.matcher(userAgent).find()) {
			score += 20;
		}
		if (language == null) {
			score += 10;
		}
		if (PROBES.matcher(path).find()) {
			score += 50;
		}
		return Actions.set(VarScope.TRANSACTION, "score", score);
	}

}
