import * as z from 'zod';
import type { Secret } from '#kernel/secret.ts';
import { answerChallenge, CHALLENGE_FORM, REACH_PATH } from './public-address.ts';
import { type Route, route } from './route.ts';

export function reachRoutes(key: Secret): Route[] {
  return [
    route({
      method: 'GET',
      path: REACH_PATH,
      name: 'system.reach',
      summary: 'Proves that this installation is what answers at an address, to itself',
      policy: { allow: 'anyone', because: 'it tells nothing but that it has its own key' },
      query: z.object({ challenge: z.string().regex(CHALLENGE_FORM) }),
      success: { status: 200, body: z.object({ answer: z.string() }) },
      handler: async ({ query }) => ({ answer: answerChallenge(key, query.challenge) }),
    }),
  ];
}
