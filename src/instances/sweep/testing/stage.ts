/** A database with rows of machines, a cloud in memory, and runs of the sweep between them. For tests only. */
import type { TestContext } from 'node:test';
import type { Settings } from '#config/settings.ts';
import type { JobHandler, JobOutcome, Lease } from '#jobs/jobs.ts';
import { type AttemptId, type InstanceId, newId, type VolumeId } from '#kernel/ids.ts';
import { fixedDirectory } from '#providers/directory.ts';
import type { ResourceKind } from '#providers/provider.ts';
import { sweepProviderHandler } from '../../jobs/sweep-provider.ts';
import { type Bench, leaseOf, openBench, order } from '../../testing/bench.ts';
import { newLifeKeeper } from '../life.ts';
import type { SweepDeps } from '../round.ts';
import { MemoryCloud } from './memory-cloud.ts';

export const INSTALLATION = 'ins_test';

export interface Stage {
  readonly bench: Bench;
  readonly cloud: MemoryCloud;
  readonly figures: Record<string, number>;
  readonly deps: SweepDeps;
  handler: JobHandler;
  sweep(lease?: Lease): Promise<JobOutcome>;
}

export const FIGURES = {
  SWEEP_INTERVAL_MS: 1_000,
  SWEEP_GRACE_MS: 5_000,
  SWEEP_BREAKER_MIN: 3,
  SWEEP_BREAKER_PERCENT: 20,
  PROVIDER_TIMEOUT_MS: 10_000,
  PROVIDER_POLL_MS: 1,
  ABSENCE_WINDOW_MS: 0,
  ALARM_AFTER_MS: 3_600_000,
  EXPIRY_HOURS: 72,
};

export async function openStage(t: TestContext): Promise<Stage> {
  const bench = await openBench(t);
  const cloud = new MemoryCloud(() => bench.env.clock.now());
  const figures: Record<string, number> = { ...FIGURES };
  const deps: SweepDeps = {
    env: bench.env,
    db: bench.db,
    providers: fixedDirectory([cloud]),
    installationId: INSTALLATION,
    settings: { get: (name: string) => figures[name] } as unknown as Settings,
  };
  const stage: Stage = {
    bench,
    cloud,
    figures,
    deps,
    handler: sweepProviderHandler(deps, newLifeKeeper()),
    sweep: (lease = sweepLease(bench)) => stage.handler.run(lease),
  };
  await bench.db.query(`insert into zones (provider_id, code, region) values ('mock', 'mock-a', 'mock-a')`);
  await settleEpoch(stage);
  return stage;
}

export function sweepLease(bench: Bench, kind = 'sweep-provider', subjectId = 'mock'): Lease {
  return { ...leaseOf(bench, 'inst_none' as InstanceId), kind, subjectId, orgId: undefined };
}

/** The control plane has been alive for a day, and nobody doubts it. */
export async function settleEpoch({ bench }: Stage): Promise<void> {
  await bench.db.query(
    `insert into control_epochs (number, gap_from, began_at, alive_until)
     values (1, null, app_now() - interval '1 day', app_now())`,
  );
}

export interface Machine {
  readonly id: InstanceId;
  readonly attemptId: AttemptId;
}

export interface MachineOptions {
  readonly state?: 'open' | 'called' | 'present' | 'absent';
  readonly kind?: ResourceKind;
  readonly ref?: string | null;
  readonly isEnded?: boolean;
}

let count = 0;

/** An instance and one attempt of it, an hour old. */
export async function machine(stage: Stage, options: MachineOptions = {}): Promise<Machine> {
  const { bench } = stage;
  const id = await order(bench, `machine-${count++}`);
  if (options.isEnded) await endInstance(stage, id);
  return { id, attemptId: await attempt(stage, id, options) };
}

export async function attempt(stage: Stage, id: InstanceId, options: MachineOptions): Promise<AttemptId> {
  const { bench } = stage;
  const attemptId = newId(bench.env, 'attempt');
  const state = options.state ?? 'present';
  await bench.db.query(
    `insert into provision_attempts (org_id, id, instance_id, number, kind, provider_id, zone, name, state,
       provider_ref, called_at, resolved_at, created_at)
     select $1, $2, $3, 1 + count(*), $4, 'mock', 'mock-a', $2, $5, $6, app_now() - interval '1 hour',
            case when $5 in ('present', 'absent') then app_now() - interval '1 hour' end, app_now() - interval '1 hour'
     from provision_attempts where instance_id = $3 and kind = $4`,
    [bench.scope.orgId, attemptId, id, options.kind ?? 'server', state, options.ref ?? null],
  );
  return attemptId;
}

/** The state by fiat, with the history that its trigger demands. */
export async function endInstance({ bench }: Stage, id: InstanceId): Promise<void> {
  await bench.db.transaction(async (tx) => {
    for (const [version, from, to] of [
      [2, 'provisioning', 'terminating'],
      [3, 'terminating', 'terminated'],
    ] as const) {
      await tx.query(
        `insert into instance_state_history (org_id, instance_id, version, from_state, to_state, reason, actor,
           correlation_id, at) values ($1, $2, $3, $4, $5, 'termination_requested', 'test', 'cor_test', app_now())`,
        [bench.scope.orgId, id, version, from, to],
      );
      await tx.query(
        `update instances set state = $2, state_version = $3, wanted = 'terminated' where id = $1`,
        [id, to, version],
      );
    }
  });
}

export async function volumeRow(
  { bench }: Stage,
  id: InstanceId,
  ref: string,
  options: { isKept?: boolean; isDeleted?: boolean; isBoot?: boolean } = {},
): Promise<VolumeId> {
  const volumeId = newId(bench.env, 'volume');
  await bench.db.query(
    `insert into instance_volumes (org_id, id, instance_id, provider_id, provider_ref, zone, kind, size_bytes,
       is_boot, delete_on_terminate, nanos_per_hour, created_at, deleted_at)
     values ($1, $2, $3, 'mock', $4, 'mock-a', 'block', 100e9, $7, not $5, 11800000,
       app_now() - interval '1 hour', case when $6 then app_now() end)`,
    [
      bench.scope.orgId,
      volumeId,
      id,
      ref,
      options.isKept ?? false,
      options.isDeleted ?? false,
      options.isBoot ?? false,
    ],
  );
  return volumeId;
}

export function ownerOf(of: { instance?: string; attempt?: string; installation?: string } = {}) {
  return {
    installation: of.installation ?? INSTALLATION,
    instance: of.instance ?? 'inst_unknown',
    attempt: of.attempt ?? 'att_unknown',
    expiresAtMs: 9e12,
  };
}

export async function findings({ bench }: Stage) {
  return bench.db.query<{ kind: string; ref: string; why: string; state: string }>(
    `select kind, ref, why, state from sweep_findings order by kind, ref, first_seen_at`,
  );
}

export async function newestRound({ bench }: Stage) {
  const [round] = await bench.db.query<Record<string, unknown> & { id: string }>(
    `select * from sweep_rounds order by started_at desc, id desc limit 1`,
  );
  if (!round) throw new Error('there was no round');
  return round;
}
