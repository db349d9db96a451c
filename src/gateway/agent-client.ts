/**
 * What the gateway asks of an agent besides inference: how many tokens the engine produced for a request, and leave to
 * forget it. The agent's count is the truth after a disconnect: it includes tokens that nobody received.
 */
import { Agent, type Dispatcher, request } from 'undici';
import { type RequestTally, requestTallySchema } from '#contracts/worker.ts';
import type { Env } from '#kernel/env.ts';
import { askThroughTunnel } from './tunnel/ask-through-tunnel.ts';
import type { TunnelHub } from './tunnel/tunnel-hub.ts';
import type { UpstreamTarget } from './upstream.ts';

/** `absent`: the agent answers but knows no such request. `unreachable`: it does not answer. */
export type TallyAnswer =
  | { readonly kind: 'settled'; readonly tally: RequestTally }
  | { readonly kind: 'open'; readonly tally: RequestTally }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreachable' };

export interface TallyPatience {
  /** A request that is still open is asked for again until then, and an agent that does not answer too. */
  readonly totalMs: number;
  /** An agent that does not answer is given up sooner. */
  readonly unreachableMs?: number;
  /**
   * A request that was just sent may still be on its way into the agent, on another connection than the question:
   * until then "no such request" is asked again. At once believed when absent.
   */
  readonly absentMs?: number;
  readonly signal?: AbortSignal;
}

export interface AgentClient {
  /** Asks until the request is closed at the engine, as long as the patience lasts. */
  readTally(target: UpstreamTarget, requestId: string, patience: TallyPatience): Promise<TallyAnswer>;
  /** True when the agent took note. */
  acknowledge(target: UpstreamTarget, requestIds: readonly string[]): Promise<boolean>;
  close(): Promise<void>;
}

const TIMEOUT_MS = 2_000;
// An agent holds an open count back this long, in case it closes; so the pauses need not be short.
const AGENT_WAIT_MS = 500;
const FIRST_PAUSE_MS = 10;
const PAUSE_MS_MAX = 250;

/** @param tunnels the way to agents behind NAT; without it these do not answer */
export function agentClient(env: Env, tunnels?: Pick<TunnelHub, 'dial'>): AgentClient {
  const agent = new Agent({
    connect: { timeout: 1_000 },
    headersTimeout: TIMEOUT_MS,
    bodyTimeout: TIMEOUT_MS,
  });
  const ways = { agent, tunnels };
  return {
    async readTally(target, requestId, patience) {
      const begunAt = env.clock.monotonic();
      for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, PAUSE_MS_MAX)) {
        const answer = await askTally(ways, target, requestId);
        if (answer.kind === 'settled') return answer;
        const isOver = env.clock.monotonic() + pauseMs > begunAt + limitFor(answer.kind, patience, target);
        if (isOver || patience.signal?.aborted) return answer;
        await env.sleep(pauseMs, patience.signal).catch(() => undefined);
      }
    },
    async acknowledge(target, requestIds) {
      const answer = await send(ways, target, {
        path: '/internal/usage/ack',
        method: 'POST',
        body: JSON.stringify({ request_ids: requestIds }),
      });
      return answer !== undefined && answer.status < 300;
    },
    close: () => agent.destroy(),
  };
}

function limitFor(
  kind: Exclude<TallyAnswer['kind'], 'settled'>,
  patience: TallyPatience,
  { tunnel }: UpstreamTarget,
): number {
  switch (kind) {
    case 'open':
      return patience.totalMs;
    case 'unreachable':
      // A tunnel that was cut is dialled again at once.
      return tunnel === undefined ? (patience.unreachableMs ?? patience.totalMs) : patience.totalMs;
    case 'absent':
      return patience.absentMs ?? 0;
  }
}

async function askTally(ways: Ways, target: UpstreamTarget, requestId: string): Promise<TallyAnswer> {
  const path = `/internal/usage/${requestId}?wait_ms=${AGENT_WAIT_MS}`;
  const answer = await send(ways, target, { path, method: 'GET' });
  if (!answer || answer.status >= 500) return { kind: 'unreachable' };
  if (answer.status !== 200) return { kind: 'absent' };
  const parsed = requestTallySchema.safeParse(parseOrUndefined(answer.text));
  if (!parsed.success || parsed.data.request_id !== requestId) return { kind: 'absent' };
  return { kind: parsed.data.state === 'open' ? 'open' : 'settled', tally: parsed.data };
}

interface Sent {
  readonly path: string;
  readonly method: 'GET' | 'POST';
  readonly body?: string;
}

interface Ways {
  readonly agent: Dispatcher;
  readonly tunnels: Pick<TunnelHub, 'dial'> | undefined;
}

/** Undefined when no answer came within the limit. */
async function send(
  { agent: dispatcher, tunnels }: Ways,
  target: UpstreamTarget,
  { path, method, body }: Sent,
): Promise<{ status: number; text: string } | undefined> {
  const headers = {
    authorization: `Bearer ${target.token.reveal()}`,
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  };
  try {
    const { tunnel } = target;
    if (tunnel !== undefined) {
      const order = { path, method, headers, body, timeoutMs: TIMEOUT_MS };
      return await askThroughTunnel(() => tunnels?.dial(tunnel), order);
    }
    const answer = await request(`${target.origin}${path}`, {
      dispatcher,
      method,
      headers,
      body: body ?? null,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return { status: answer.statusCode, text: await answer.body.text() };
  } catch {
    // Whatever the reason, the caller's answer is the same: the agent cannot be asked now.
    return undefined;
  }
}

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
