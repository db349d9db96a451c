/** Heartbeats without the framework: the same route, answered the same way, at a fraction of its price. */
import { heartbeatRequestSchema } from '#contracts/worker.ts';
import { parseStrictJson } from '#http/json-body.ts';
import { parseBody } from '#http/request-parts.ts';
import type { Shortcut } from '#http/shortcut.ts';
import { workerTokenOf } from '#identity/authenticator.ts';
import { AppError } from '#kernel/errors.ts';
import type { HeartbeatDesk } from './heartbeat-desk.ts';
import { readBeat } from './read-beat.ts';

export const HEARTBEAT_PATH = '/internal/worker/heartbeat';
export const HEARTBEAT_NAME = 'worker.heartbeat';
export const HEARTBEAT_BYTES_MAX = 65_536;

export function heartbeatShortcut(desk: Pick<HeartbeatDesk, 'identify' | 'record'>): Shortcut {
  return {
    name: HEARTBEAT_NAME,
    path: HEARTBEAT_PATH,
    bodyBytesMax: HEARTBEAT_BYTES_MAX,
    async answer(authorization, body, remoteAddress) {
      const quick = readBeat(body);
      // In the order in which the route refuses: what is no JSON, who is nobody, what has not the form.
      const value = quick ?? parseStrictJson(body);
      const token = workerTokenOf(authorization);
      const worker = token === undefined ? undefined : await desk.identify(token);
      if (!worker) throw new AppError('worker.bad_token');
      const beat = quick ?? parseBody(heartbeatRequestSchema, value);
      const answer = await desk.record(worker, beat, remoteAddress);
      const { desired, heartbeat_interval_ms, dead_man_ms, next_token, tunnels } = answer;
      return JSON.stringify({ desired, heartbeat_interval_ms, dead_man_ms, next_token, tunnels });
    },
  };
}
