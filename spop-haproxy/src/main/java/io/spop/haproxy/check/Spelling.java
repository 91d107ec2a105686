package io.spop.haproxy.check;

import java.util.Collection;
import java.util.Locale;

/**
 * Finds the known words that are nearest to a word with a typing error.
 */
final class Spelling {

	private static final int LONGEST = 64;

	private Spelling() {
	}

	/**
	 * Return a sentence that begins with a blank, such as {@code Did you mean 'args'?},
	 * or an empty text if no word is near enough.
	 */
	static String didYouMean(String word, Collection<String> words) {
		String nearest = null;
		int least = (word.length() < 4) ? 1 : 2 + word.length() / 12;
		for (String other : words) {
			int distance = distance(word.toLowerCase(Locale.ROOT), other.toLowerCase(Locale.ROOT), least);
			if (distance <= least && !other.equals(word) && (nearest == null || distance < least)) {
				nearest = other;
				least = distance;
			}
		}
		return (nearest != null) ? " Did you mean '" + nearest + "'?" : "";
	}

	/**
	 * Count insertions, deletions, replacements and swaps of neighbours.
	 */
	private static int distance(String left, String right, int limit) {
		if (Math.abs(left.length() - right.length()) > limit || left.length() > LONGEST) {
			return Integer.MAX_VALUE;
		}
		int[][] cost = new int[left.length() + 1][right.length() + 1];
		for (int i = 0; i <= left.length(); i++) {
			for (int j = 0; j <= right.length(); j++) {
				if (i == 0 || j == 0) {
					cost[i][j] = i + j;
					continue;
				}
				boolean same = left.charAt(i - 1) == right.charAt(j - 1);
				cost[i][j] = Math.min(cost[i - 1][j - 1] + (same ? 0 : 1),
						Math.min(cost[i - 1][j], cost[i][j - 1]) + 1);
				if (i > 1 && j > 1 && left.charAt(i - 1) == right.charAt(j - 2)
						&& left.charAt(i - 2) == right.charAt(j - 1)) {
					cost[i][j] = Math.min(cost[i][j], cost[i - 2][j - 2] + 1);
				}
			}
		}
		return cost[left.length()][right.length()];
	}

}
