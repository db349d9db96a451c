/**
 * How the orchestrator speaks to an agent: over HTTP on the agent's port, each call with one limit. Addresses come
 * from the provider only, never from what a worker says of itself. Nothing is repeated here.
 */

import { Agent, request } from 'undici';
import * as z from 'zod';
import type { WorkerStatus } from '#contracts/worker.ts';
import { agentInfoSchema, workerStatusSchema } from '#contracts/worker.ts';
import type { Env } from '#kernel/env.ts';
import { messageOf } from '#kernel/errors.ts';
import type { Secret } from '#kernel/secret.ts';

export interface AgentCall {
  readonly address: string;
  readonly controlToken: Secret;
  readonly correlationId: string;
  readonly signal: AbortSignal;
  /** The limit of this one call, as it is in force for the provider. */
  readonly timeoutMs: number;
}

export type HealthAnswer =
  | { readonly verdict: 'confirmed'; readonly info: AgentFacts | undefined }
  | {
      readonly verdict: 'contradicted';
      readonly status: WorkerStatus | 'unknown';
      /** What the agent found wanting, such as `engine`; undefined when it is the agent itself. */
      readonly check?: string | undefined;
    }
  | { readonly verdict: 'unreachable'; readonly error: string };

export interface AgentFacts {
  readonly version: string;
  readonly sha256: string;
}

export type DrainOutcome = { readonly inFlight: number } | { readonly error: string };

/** Where the agent is to be had, and what it must be. */
export interface AgentFiles {
  readonly workerUrl: string;
  readonly workerSha256: string;
}

export interface ReinstallOrder extends AgentFiles {
  /** Names the order: asked again, it tells how far it is. */
  readonly id: string;
  /** With which the agent registers afterwards. */
  readonly bootstrapToken: Secret;
}

/** `failed`: the agent took the order and could not do it. `refused`: it does not take it. */
export type ReinstallOutcome =
  | { readonly outcome: 'accepted' }
  | { readonly outcome: 'failed' | 'refused' | 'unreachable'; readonly error: string };

export interface WorkerLink {
  checkHealth(call: AgentCall): Promise<HealthAnswer>;
  /** The agent takes no new requests from now on; tells how many are open. */
  orderDrain(call: AgentCall): Promise<DrainOutcome>;
  /** The agent fetches itself anew, verifies it, and starts again with a fresh token. */
  orderReinstall(call: AgentCall, order: ReinstallOrder): Promise<ReinstallOutcome>;
  close(): Promise<void>;
}

const AGENT_PORT = 8080;
const BODY_BYTES_MAX = 65_536;

const readinessSchema = z.object({ status: workerStatusSchema, failed_check: z.string().max(64).optional() });
const reinstallSchema = z.object({
  state: z.enum(['accepted', 'failed']),
  error: z.string().max(500).optional(),
});
const drainSchema = z.object({ in_flight: z.int().nonnegative() });
const infoSchema = agentInfoSchema.pick({ version: true, sha256: true });

export class HttpWorkerLink implements WorkerLink {
  readonly #env: Env;
  /** One for each limit that was ever in force: connecting has the same limit as the whole call. */
  readonly #dispatchers = new Map<number, Agent>();

  constructor(env: Env) {
    this.#env = env;
  }

  async checkHealth(call: AgentCall): Promise<HealthAnswer> {
    try {
      const [readiness, info] = await Promise.all([
        this.#send(call, 'GET', '/readyz'),
        this.#send(call, 'GET', '/info').catch(() => undefined),
      ]);
      const told = readinessSchema.safeParse(readiness.body).data;
      if (readiness.status !== 200) {
        return { verdict: 'contradicted', status: told?.status ?? 'unknown', check: told?.failed_check };
      }
      return { verdict: 'confirmed', info: infoSchema.safeParse(info?.body).data };
    } catch (error) {
      return { verdict: 'unreachable', error: messageOf(error) };
    }
  }

  async orderDrain(call: AgentCall): Promise<DrainOutcome> {
    try {
      const answer = await this.#send(call, 'POST', '/drain');
      const parsed = drainSchema.safeParse(answer.body);
      if (answer.status !== 200 || !parsed.success) return { error: `the agent answered ${answer.status}` };
      return { inFlight: parsed.data.in_flight };
    } catch (error) {
      return { error: messageOf(error) };
    }
  }

  async orderReinstall(call: AgentCall, order: ReinstallOrder): Promise<ReinstallOutcome> {
    try {
      const answer = await this.#send(call, 'POST', '/reinstall', {
        id: order.id,
        worker_url: order.workerUrl,
        worker_sha256: order.workerSha256,
        bootstrap_token: order.bootstrapToken.reveal(),
      });
      const told = reinstallSchema.safeParse(answer.body).data;
      if (answer.status !== 202 || !told) {
        return { outcome: 'refused', error: `the agent answered ${answer.status}` };
      }
      if (told.state === 'accepted') return { outcome: 'accepted' };
      return { outcome: 'failed', error: told.error ?? 'the agent does not say why' };
    } catch (error) {
      return { outcome: 'unreachable', error: messageOf(error) };
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#dispatchers.values()].map((dispatcher) => dispatcher.close()));
  }

  #dispatcherFor(timeoutMs: number): Agent {
    const known = this.#dispatchers.get(timeoutMs);
    if (known) return known;
    const made = new Agent({ connect: { timeout: timeoutMs }, keepAliveTimeout: 1_000 });
    this.#dispatchers.set(timeoutMs, made);
    return made;
  }

  async #send(call: AgentCall, method: 'GET' | 'POST', path: string, body?: unknown) {
    const limit = new AbortController();
    const done = new AbortController();
    const timer = this.#env
      .sleep(call.timeoutMs, done.signal)
      .then(() => limit.abort(new Error(`no answer within ${call.timeoutMs} ms`)))
      .catch(() => undefined);
    try {
      const response = await request(`http://${hostOf(call.address)}:${AGENT_PORT}${path}`, {
        method,
        dispatcher: this.#dispatcherFor(call.timeoutMs),
        signal: AbortSignal.any([call.signal, limit.signal]),
        headers: {
          authorization: `Bearer ${call.controlToken.reveal()}`,
          'x-correlation-id': call.correlationId,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { status: response.statusCode, body: await readJson(response.body) };
    } finally {
      done.abort();
      await timer;
    }
  }
}

function hostOf(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}

/** What an agent says is not trusted to be short, nor to be JSON. */
async function readJson(body: AsyncIterable<Buffer>): Promise<unknown> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of body) {
    size += part.length;
    if (size > BODY_BYTES_MAX) throw new Error('the agent answered more than is read');
    parts.push(part);
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8'));
  } catch {
    return undefined;
  }
}
