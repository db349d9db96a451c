import type { QueryClient } from '@tanstack/react-query';
import { answerOf, api } from '../api/client.ts';
import { sessionQuery } from './session.ts';
import { findSession } from './session-end.ts';

/** What is refused again so soon after is refused for another reason than an old token. */
const FETCHED_AGAIN_MS = 10_000;

/** To be called whenever something was refused for want of a session; however often, it is looked into once at a time. */
export function refusalNotice(client: QueryClient, leave: () => Promise<void>): () => void {
  let isLooking = false;
  let fetchedAtMs = Number.NEGATIVE_INFINITY;
  const look = async () => {
    const session = await findSession(() => answerOf(api.GET('/api/v1/session')), sleep);
    if (session === 'ended') return leave();
    if (session === undefined || performance.now() - fetchedAtMs < FETCHED_AGAIN_MS) return;
    fetchedAtMs = performance.now();
    client.setQueryData(sessionQuery.queryKey, session);
    await client.invalidateQueries();
  };
  return () => {
    if (isLooking) return;
    isLooking = true;
    void look().finally(() => {
      isLooking = false;
    });
  };
}

function sleep(ms: number): Promise<unknown> {
  return new Promise((resolve) => window.setTimeout(resolve, ms));
}
