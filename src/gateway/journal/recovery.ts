/**
 * Settles what a former process left open. Its connections died with it, so the engines have stopped; each agent is
 * asked for its count, which is exact. Where no agent answers in time, or none knows the request any more, the last
 * progress mark is billed and the record says `lost`. Run again after a crash, it does the same for what is left.
 */
import type { UsageRecord } from '#contracts/usage.ts';
import type { RequestTally } from '#contracts/worker.ts';
import type { Env } from '#kernel/env.ts';
import type { AgentClient } from '../agent-client.ts';
import type { UpstreamTarget } from '../upstream.ts';
import type { Journal, Orphan } from './journal.ts';
import type { JournalWorker } from './records.ts';

export interface RecoveryContext {
  readonly env: Env;
  readonly journal: Journal;
  readonly agents: AgentClient;
  /** Where the worker is now, and the token it expects. */
  readonly targetOf: (worker: JournalWorker) => UpstreamTarget;
  /** The record is written: the agent may forget its count. */
  readonly onSettled: (target: UpstreamTarget, requestId: string) => void;
  readonly signal: AbortSignal;
  readonly patienceMs?: number;
}

const PARALLEL = 16;
const PATIENCE_MS = 20_000;
/** What a process sent just before it died may still be on its way through the agent's sockets, or its tunnel. */
const ABSENT_MS = 10_000;

export async function settleOrphans(context: RecoveryContext, orphans: readonly Orphan[]): Promise<void> {
  if (orphans.length === 0) return;
  context.env.log.warn({ requests: orphans.length }, 'requests of a former process are being settled');
  const left = [...orphans];
  const settleOneAfterOther = async () => {
    for (let orphan = left.shift(); orphan; orphan = left.shift()) {
      if (context.signal.aborted) return;
      await settleOrphan(context, orphan);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, settleOneAfterOther));
}

async function settleOrphan(context: RecoveryContext, orphan: Orphan): Promise<void> {
  const { env, journal, agents, signal } = context;
  const { open } = orphan;
  const totalMs = context.patienceMs ?? PATIENCE_MS;
  const patience = { totalMs, absentMs: Math.min(totalMs, ABSENT_MS), signal };
  const target = context.targetOf(open.worker);
  const answer = await agents.readTally(target, open.request_id, patience);
  // A stop of this process is no reason to give up on a count: the next one asks again.
  if (signal.aborted && answer.kind !== 'settled') return;
  const usage = answer.kind === 'settled' ? fromTally(orphan, answer.tally) : fromMark(orphan);
  journal.closeRequest(usage);
  context.onSettled(target, open.request_id);
  env.log.info(
    { request_id: open.request_id, outcome: usage.outcome },
    'a request of a former process is settled',
  );
}

function fromTally(orphan: Orphan, tally: RequestTally): UsageRecord {
  const outcome = {
    done: 'completed',
    failed: 'upstream_failed',
    aborted: 'client_closed',
    open: 'lost',
  } as const;
  return {
    ...recordOf(orphan),
    outcome: outcome[tally.state],
    prompt_tokens: tally.prompt_tokens,
    completion_tokens: tally.completion_tokens,
    cached_tokens: tally.cached_tokens,
  };
}

function fromMark(orphan: Orphan): UsageRecord {
  return {
    ...recordOf(orphan),
    outcome: 'lost',
    prompt_tokens: orphan.mark?.prompt_tokens ?? 0,
    completion_tokens: orphan.mark?.completion_tokens ?? 0,
    cached_tokens: orphan.mark?.cached_tokens ?? 0,
  };
}

function recordOf({
  open,
  mark,
}: Orphan): Omit<UsageRecord, 'outcome' | 'prompt_tokens' | 'completion_tokens' | 'cached_tokens'> {
  const { worker, ...rest } = open;
  return {
    ...rest,
    instance_id: worker.instance_id,
    http_status: null,
    error_code: null,
    // The last moment it is known to have lived; the downtime of the gateway is not part of it.
    ended_at_ms: mark?.at_ms ?? open.started_at_ms,
    ttft_ms: null,
  };
}
