import {
  heartbeatRequestSchema,
  heartbeatResponseSchema,
  registerRequestSchema,
  registerResponseSchema,
} from '#contracts/worker.ts';
import { type Route, route } from '#http/route.ts';
import { type HeartbeatDeps, recordHeartbeat } from './commands/record-heartbeat.ts';
import { type RegistrationDeps, registerWorker } from './commands/register-worker.ts';

const BODY_BYTES_MAX = 65_536;

/** What agents ask of the control plane. */
export function workerRoutes(deps: RegistrationDeps & HeartbeatDeps): Route[] {
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
      handler: ({ body }) => registerWorker(deps, body),
    }),
    route({
      method: 'POST',
      path: '/internal/worker/heartbeat',
      name: 'worker.heartbeat',
      summary: 'Tell what the worker is; the answer tells what it should be',
      policy: { allow: 'worker' },
      body: heartbeatRequestSchema,
      bodyBytesMax: BODY_BYTES_MAX,
      success: { status: 200, body: heartbeatResponseSchema },
      handler: ({ caller, body }) => recordHeartbeat(deps, caller, body),
    }),
  ];
}
