package io.spop.recipes.session;

import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import io.spop.annotation.SpopArg;
import io.spop.annotation.SpopMessage;
import io.spop.protocol.Actions;
import io.spop.protocol.VarScope;
import org.jspecify.annotations.Nullable;

import org.springframework.stereotype.Component;

/**
 * Looks up the session that the cookie of a request names, and tells HAProxy whose it is.
 */
@Component
class SessionCheck {

	private final SessionStore sessions;

	SessionCheck(SessionStore sessions) {
		this.sessions = sessions;
	}

	@SpopMessage("session")
	Actions check(@SpopArg @Nullable String cookie) {
		String user = (cookie != null) ? this.sessions.findUser(cookie) : null;
		Actions actions = Actions.set(VarScope.TRANSACTION, "known", user != null);
		return (user != null) ? actions.andSet(VarScope.TRANSACTION, "user", user) : actions;
	}

	/**
	 * Where the sessions are.
	 */
	interface SessionStore {

		/**
		 * Return the user of a session.
		 * @param id the value of the cookie
		 * @return the user, or {@code null} if there is no session, or it has expired
		 */
		@Nullable String findUser(String id);

	}

	/**
	 * Sessions in memory. A store that the application shares with the agents takes its
	 * place.
	 */
	@Component
	static class InMemorySessionStore implements SessionStore {

		private final Map<String, Login> sessions = new ConcurrentHashMap<>();

		void add(String id, String user, Instant expiry) {
			this.sessions.put(id, new Login(user, expiry));
		}

		@Override
		public @Nullable String findUser(String id) {
			Login login = this.sessions.get(id);
			if (login == null) {
				return null;
			}
			if (login.expiry().isBefore(Instant.now())) {
				this.sessions.remove(id, login);
				return null;
			}
			return login.user();
		}

		private record Login(String user, Instant expiry) {
		}

	}

}
