import * as z from 'zod';
import { workersQuerySchema } from '#contracts/instance-lists.ts';
import { workerSchema } from '#contracts/instances.ts';
import { listOf } from '#contracts/management.ts';
import {
  heartbeatRequestSchema,
  heartbeatResponseSchema,
  registerRequestSchema,
  registerResponseSchema,
} from '#contracts/worker.ts';
import type { Database } from '#database/database.ts';
import { readListWish, toListPage } from '#http/listing.ts';
import { type Route, route } from '#http/route.ts';
import { AppError } from '#kernel/errors.ts';
import { isId } from '#kernel/ids.ts';
import { type RegistrationDeps, registerWorker } from './commands/register-worker.ts';
import { shutOutWorker } from './commands/revoke-worker.ts';
import type { HeartbeatDesk } from './heartbeats/heartbeat-desk.ts';
import { HEARTBEAT_BYTES_MAX, HEARTBEAT_NAME, HEARTBEAT_PATH } from './heartbeats/heartbeat-shortcut.ts';
import { listWorkers, WORKER_LIST } from './queries.ts';

export interface WorkerRoutesDeps extends RegistrationDeps {
  readonly desk: Pick<HeartbeatDesk, 'record'>;
}

/** What the build of this control plane would run; nulls when there is none. */
export type ExpectedWorker = () => {
  readonly worker_version: string | null;
  readonly worker_sha256: string | null;
};

export interface WorkerListDeps {
  readonly env: RegistrationDeps['env'];
  readonly db: Database;
  readonly readVersion: ExpectedWorker;
}

const BODY_BYTES_MAX = 65_536;

/** What agents ask of the control plane. */
export function workerRoutes(deps: WorkerRoutesDeps): Route[] {
  return [
    route({
      method: 'POST',
      path: '/internal/worker/register',
      name: 'worker.register',
      summary: 'Use up a bootstrap token and get a worker token; the same nonce gets the same answer again',
      policy: { allow: 'anyone', because: 'the single-use bootstrap token in the body is the credential' },
      body: registerRequestSchema,
      bodyBytesMax: BODY_BYTES_MAX,
      success: { status: 200, body: registerResponseSchema },
      handler: ({ body, remoteAddress }) => registerWorker(deps, body, remoteAddress),
    }),
    route({
      method: 'POST',
      path: HEARTBEAT_PATH,
      name: HEARTBEAT_NAME,
      summary: 'Tell what the worker is; the answer tells what it should be',
      policy: { allow: 'worker' },
      body: heartbeatRequestSchema,
      bodyBytesMax: HEARTBEAT_BYTES_MAX,
      success: { status: 200, body: heartbeatResponseSchema },
      handler: ({ caller, body, remoteAddress }) => deps.desk.record(caller, body, remoteAddress),
    }),
  ];
}

/** What people ask about agents. */
export function workerListRoutes(deps: WorkerListDeps): Route[] {
  const { db, env } = deps;
  return [
    route({
      method: 'GET',
      path: '/api/v1/workers',
      name: 'workers.list',
      summary: 'Agents on the machines: version against the expected one, last word, age of their token',
      policy: { allow: 'member', action: 'instances.read' },
      query: workersQuerySchema,
      success: { status: 200, body: listOf(workerSchema) },
      handler: async ({ caller, query }) => {
        const wish = readListWish(WORKER_LIST, query);
        const wanted = { search: query.q, outdated: query.outdated };
        const found = await listWorkers(db, caller, wanted, wish, deps.readVersion());
        return toListPage(found, query, (row) => row);
      },
    }),
    route({
      method: 'POST',
      path: '/api/v1/workers/:id/revoke',
      name: 'workers.revoke',
      summary: 'Shut the worker of an instance out at once; reinstall the instance to let a new one in',
      policy: { allow: 'member', action: 'instances.write' },
      params: z.object({ id: z.string().max(100) }),
      success: { status: 204 },
      handler: async ({ caller, params, correlationId }) => {
        const { id } = params;
        if (!isId('instance', id)) throw new AppError('instance.not_found');
        const by = { actor: `user:${caller.userId}`, correlationId };
        await db.transaction((tx) => shutOutWorker(env, tx, caller, id, by));
      },
    }),
  ];
}
