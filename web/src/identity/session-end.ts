import type { SessionView } from '#contracts/management.ts';
import { isUnauthenticated } from '../api/problem-error.ts';

/**
 * A refusal may be of a token that was replaced while the question was on its way: the session goes on, and its new
 * cookie is a moment behind. So it is asked for once more, a little later each time.
 */
const ASKED_AFTER_MS = [0, 400, 1_200];

/** The session that goes on after all, or that it has ended; undefined where nobody knows, because the server is away. */
export async function findSession(
  ask: () => Promise<SessionView>,
  sleep: (ms: number) => Promise<unknown>,
): Promise<SessionView | 'ended' | undefined> {
  for (const afterMs of ASKED_AFTER_MS) {
    await sleep(afterMs);
    try {
      return await ask();
    } catch (error) {
      if (!isUnauthenticated(error)) return undefined;
    }
  }
  return 'ended';
}
