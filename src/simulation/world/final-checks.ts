/** What must hold when everything has ended: nothing is left, the books equal the bill, the histories replay. */
import type { Cloud } from './cloud.ts';
import type { BilledSpan } from './cloud-ledger.ts';
import type { DatabaseServer } from './database-server.ts';
import { LASTING_JOBS } from './production.ts';
import type { Timeline } from './timeline.ts';

export interface FinalParts {
  readonly server: DatabaseServer;
  readonly clouds: readonly Cloud[];
  readonly timeline: Timeline;
  /** Transitions that were seen being committed. */
  readonly transitions: number;
}

/** Without the provider's word an end is known only by looking: at most so much later. */
const UNTOLD_END_MS = 3_600_000;

export async function checkEnd(parts: FinalParts): Promise<void> {
  checkNothingLives(parts);
  await checkEverythingEnded(parts);
  await checkHistories(parts);
  await checkReinstalls(parts);
  await checkOnce(parts);
  for (const cloud of parts.clouds) await checkBill(parts, cloud);
  await checkNoForeignCosts(parts);
}

function checkNothingLives({ clouds, timeline }: FinalParts): void {
  for (const cloud of clouds) {
    for (const one of cloud.ledger.living) {
      timeline.violate('leak', `${one.id} of ${one.owner.instance} is left at ${cloud.id}`);
    }
  }
}

async function checkEverythingEnded({ server, timeline }: FinalParts): Promise<void> {
  const instances = await server.ask<{ id: string; state: string }>(
    `select id, state from instances where state not in ('terminated', 'archived') order by id`,
  );
  for (const { id, state } of instances) timeline.violate('unended', `${id} stays in ${state}`);
  const jobs = await server.ask<{ kind: string; subject_id: string; last_error: string | null }>(
    `select kind, subject_id, last_error from jobs where not kind = any($1) order by kind, subject_id`,
    [LASTING_JOBS],
  );
  for (const job of jobs) {
    timeline.violate('unended', `${job.kind} ${job.subject_id} is left: ${job.last_error ?? 'no error'}`);
  }
  const attempts = await server.ask<{ id: string; state: string }>(
    `select id, state from provision_attempts where state <> 'absent' order by id`,
  );
  for (const { id, state } of attempts) timeline.violate('unended', `${id} stays ${state}`);
}

interface HistoryStep {
  readonly from: string | null;
  readonly to: string;
  readonly version: number;
}

/** A worker counts as installed anew when a new one has registered. */
async function checkReinstalls({ server, timeline }: FinalParts): Promise<void> {
  const rows = await server.ask<{ id: string }>(
    `select r.id from instance_reinstalls r join workers w using (instance_id)
     where r.outcome = 'installed' and w.epoch <= r.from_epoch order by r.id`,
  );
  for (const { id } of rows) timeline.violate('wrong_identity', `${id} ended without a new worker`);
}

/** Whoever ran a job twice did its work once. */
async function checkOnce({ server, timeline }: FinalParts): Promise<void> {
  const rows = await server.ask<{ what: string }>(
    `select 'cost ' || edge || ' of ' || resource_ref as what from cost_events
       group by resource_kind, resource_ref, edge having count(*) > 1
     union all select 'attempt ' || provider_ref from provision_attempts where provider_ref is not null
       group by kind, zone, provider_ref having count(*) > 1
     union all select 'replacement of ' || instance_id from instance_reinstalls where replaced_by is not null
       group by instance_id having count(*) > 1
     order by 1`,
  );
  for (const { what } of rows) timeline.violate('double_effect', `${what} was written twice`);
}

async function checkHistories({ server, timeline, transitions }: FinalParts): Promise<void> {
  const rows = await server.ask<{
    id: string;
    state: string;
    version: number;
    path: HistoryStep[];
    events: number;
  }>(
    `select i.id, i.state, i.state_version as version,
            (select json_agg(json_build_object('from', h.from_state, 'to', h.to_state, 'version', h.version)
               order by h.version) from instance_state_history h where h.instance_id = i.id) as path,
            (select count(*) from events e where e.subject_id = i.id and e.type = 'instance.changed') as events
     from instances i order by i.id`,
  );
  const edges = new Set(
    (
      await server.ask<{ edge: string }>(`select from_state || ' ' || to_state as edge from instance_edges`)
    ).map(({ edge }) => edge),
  );
  for (const { id, state, version, path, events } of rows) {
    let replayed: string | null = null;
    for (const [index, step] of path.entries()) {
      const isLegal: boolean = step.from === null ? index === 0 : edges.has(`${step.from} ${step.to}`);
      if (step.from !== replayed || step.version !== index + 1 || !isLegal) {
        timeline.violate(
          'illegal_transition',
          `${id}: ${step.from} -> ${step.to} as version ${step.version}`,
        );
      }
      replayed = step.to;
    }
    if (replayed !== state || path.length !== version) {
      timeline.violate('illegal_transition', `${id} is ${state} and its history says ${replayed}`);
    }
    if (events < path.length) timeline.violate('illegal_transition', `${id} changed without an event`);
  }
  const written = rows.reduce((sum, row) => sum + row.path.length, 0);
  if (written !== transitions) {
    timeline.violate('simulation', `${written} transitions were written and ${transitions} were seen`);
  }
}

interface Interval {
  readonly resource_ref: string;
  readonly from_ms: number;
  readonly to_ms: number | null;
  readonly micros: number | null;
}

const INTERVALS = `select resource_ref, (extract(epoch from lower(during)) * 1000)::double precision as from_ms,
  (extract(epoch from upper(during)) * 1000)::double precision as to_ms, micros
  from cost_intervals where resource_kind = $1 and resource_ref = $2 order by lower(during)`;

async function checkBill({ server, timeline }: FinalParts, cloud: Cloud): Promise<void> {
  for (const span of cloud.ledger.bill()) {
    const intervals = await server.ask<Interval>(INTERVALS, [span.kind, span.ref]);
    const problem = compareSpan(span, intervals, cloud.tellsEndOf(span.kind));
    if (problem) timeline.violate('bill_mismatch', `${span.ref} of ${span.instance}: ${problem}`);
  }
}

function compareSpan(
  span: BilledSpan,
  intervals: readonly Interval[],
  isEndTold: boolean,
): string | undefined {
  const [interval, second] = intervals;
  if (!interval) return span.isFleeting ? undefined : `billed from ${span.fromMs}, and we have no interval`;
  if (second) return 'we have several intervals';
  if (interval.from_ms !== span.fromMs) return `billed from ${span.fromMs}, we say ${interval.from_ms}`;
  if (span.toMs === undefined || interval.to_ms === null) {
    return span.toMs === interval.to_ms ? undefined : `billed to ${span.toMs}, we say ${interval.to_ms}`;
  }
  if (!isEndTold) {
    const lateMs = interval.to_ms - span.toMs;
    return lateMs >= 0 && lateMs <= UNTOLD_END_MS
      ? undefined
      : `ended at ${span.toMs}, we say ${interval.to_ms}`;
  }
  const micros = billedMicros(span.toMs - span.fromMs, span.nanosPerHour);
  return interval.micros === micros ? undefined : `billed ${micros} micro-euros, we say ${interval.micros}`;
}

/** The provider's own rule, and not a call of ours: nano-euros per hour, rounded half up once. */
function billedMicros(durationMs: number, nanosPerHour: number): number {
  const unit = 3_600_000n * 1_000n;
  return Number((BigInt(durationMs) * BigInt(nanosPerHour) + unit / 2n) / unit);
}

/** We never book what nobody bills. */
async function checkNoForeignCosts({ server, clouds, timeline }: FinalParts): Promise<void> {
  const billed = new Set(clouds.flatMap((cloud) => cloud.ledger.bill().map((span) => span.ref)));
  const booked = await server.ask<{ resource_ref: string }>(
    `select distinct resource_ref from cost_intervals order by 1`,
  );
  for (const { resource_ref: ref } of booked) {
    if (!billed.has(ref)) timeline.violate('bill_mismatch', `${ref} is booked and was never billed`);
  }
}
