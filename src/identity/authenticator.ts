import type { Queryable } from '#database/database.ts';
import type { WorkerCaller } from '#http/route.ts';
import type { Authenticator } from '#http/run-route.ts';
import { callerOf, findSessionOfRequest } from './session-cookie.ts';
import { touchSession } from './store.ts';

/** People by their session cookie, workers by their token; nobody by both. */
export function createAuthenticator(
  db: Queryable,
  findWorker: (token: string) => Promise<Omit<WorkerCaller, 'kind'> | undefined>,
): Authenticator {
  return {
    async user(request) {
      const session = await findSessionOfRequest(db, request.headers);
      if (!session) return undefined;
      if (session.isNoteDue) await touchSession(db, session.id);
      return callerOf(session);
    },
    async worker(request) {
      const token = workerTokenOf(request.headers.authorization);
      const worker = token === undefined ? undefined : await findWorker(token);
      return worker && { kind: 'worker', ...worker };
    },
  };
}

export function workerTokenOf(authorization: string | undefined): string | undefined {
  return /^Bearer ([\w.-]{1,200})$/.exec(authorization ?? '')?.[1];
}
