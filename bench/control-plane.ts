/**
 * `make bench-control-plane [WORKERS=10000] [ARCHIVED=100000] [SECONDS=60] [STATEMENTS=10]`: what a large fleet costs the control plane.
 *
 * Real processes, a full database, real authenticated beats from a process of their own. CPU is that of api,
 * orchestrator, and PostgreSQL, as the kernel counts it. Prints one JSON object as the last line of stdout.
 */
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type Database, openDatabase } from '#database/database.ts';
import { getInstallationId } from '#database/installation.ts';
import { databaseUrlFor } from '#database/roles.ts';
import type { ModelId, OrgId } from '#kernel/ids.ts';
import { Secret } from '#kernel/secret.ts';
import { deriveToken, hashToken, tokenIdOf } from '#kernel/token.ts';
import { databaseSource } from '#routing/database-source.ts';
import { keepSnapshot, type SnapshotKeeper } from '#routing/snapshot-keeper.ts';
import { cpuSeconds } from './fleet/cpu.ts';
import { type Fleet, fillFleet, instanceIdOf } from './fleet/fill.ts';
import { JOB_QUERIES, QueryTimes } from './fleet/job-queries.ts';
import { residentMb } from './fleet/memory.ts';
import { openStage, type Stage } from './fleet/stage.ts';
import { describeStatements, forgetStatements } from './fleet/statements.ts';

const WORKERS = Number(process.env['WORKERS'] ?? 10_000);
const SECONDS = Number(process.env['SECONDS'] ?? 60);
const ARCHIVED = Number(process.env['ARCHIVED'] ?? 100_000);
/** So many of the most expensive statements are told on stderr; 0 for none, because keeping the statistics costs too. */
const STATEMENTS = Number(process.env['STATEMENTS'] ?? 0);
const HISTORY_EACH = 10;
const INTERVAL_MS = 4_000;
const SETTLE_LIMIT_MS = 180_000;
const SILENCED = 5;
const GENERATOR = fileURLToPath(new URL('./fleet/generate-beats.ts', import.meta.url));

interface Beats {
  readonly ok: number;
  readonly refused: number;
  readonly broken: number;
  readonly late: number;
  readonly p99_ms: number;
  readonly statuses: Record<string, number>;
}

await using stage = await openStage({ isCounting: STATEMENTS > 0 });
const { env, config } = stage;
const tokens = Array.from({ length: WORKERS }, (_, n) =>
  deriveToken(new Secret('bench'), 'wkr', tokenIdOf(instanceIdOf(n)), 'bench').reveal(),
);
say(`filling: ${WORKERS} ready, ${ARCHIVED} archived, ${ARCHIVED * HISTORY_EACH} history rows`);
const fleet = await fillFleet(
  env,
  databaseUrlFor(config, 'owner'),
  { workers: WORKERS, archived: ARCHIVED, historyEach: HISTORY_EACH },
  tokens.map(hashToken),
);
const db = openDatabase(env, { url: databaseUrlFor(config, 'owner'), applicationName: 'bench', poolSize: 4 });
const generator = stage.startHelper(GENERATOR);
const beats = readBeats(generator);
const api = stage.start('api');
await untilAnswers(`http://127.0.0.1:${config.ports.api}/healthz`);
order(generator, {
  apiPort: config.ports.api,
  cloudPort: config.ports.mockCloud,
  installationId: await getInstallationId(db),
  intervalMs: INTERVAL_MS,
  workers: tokens.map((token, n) => ({ id: instanceIdOf(n), token })),
});
let orchestrator = stage.start('orchestrator');
await settle(db);
await tellStatements('settling');
const load = await measureLoad(stage, db);
await tellStatements('load');
// Told at once: on a busy machine a later measurement may fail.
say(`load: ${JSON.stringify(load)}`);
const silenceMs = await measureSilence(db, fleet);
const takeoverMs = await measureTakeover(db);
await db.close();
console.log(
  JSON.stringify({
    workers: WORKERS,
    ...load,
    silence_to_unrouted_s: round(silenceMs / 1000),
    takeover_s: round(takeoverMs / 1000),
  }),
);

/** Until all instances have been looked at once and the beats come as they should. */
async function settle(database: Database): Promise<void> {
  const endAt = performance.now() + SETTLE_LIMIT_MS;
  for (;;) {
    const [row] = await database.query<{ jobs: number; due: number; heard: number }>(
      `select count(*) as jobs, count(*) filter (where due_at < app_now() - interval '2 s') as due,
              (select count(*) from workers where last_seq > 1) as heard
       from jobs where kind = 'reconcile-instance'`,
    );
    say(`settling: ${JSON.stringify({ ...row, ...beats.latest })}`);
    if (row && row.jobs >= WORKERS && row.due < 50 && row.heard >= WORKERS) return;
    if (performance.now() > endAt) return say('it did not settle; measuring all the same');
    await env.sleep(2_000);
  }
}

/** What was asked since it was last told. */
async function tellStatements(during: string): Promise<void> {
  if (STATEMENTS === 0) return;
  for (const line of await describeStatements(db, STATEMENTS)) say(`${during}: ${line}`);
  await forgetStatements(db);
}

async function measureLoad({ server }: Stage, database: Database) {
  const pids = { api: api.pid ?? 0, orchestrator: orchestrator.pid ?? 0, postgres: server.pid };
  const before = { cpu: cpuSeconds(pids), atMs: performance.now(), beats: beats.latest };
  const times = new QueryTimes();
  const endAt = before.atMs + SECONDS * 1_000;
  while (performance.now() < endAt) {
    for (const query of JOB_QUERIES) await times.measure(env, database, query);
    await env.sleep(200);
  }
  const seconds = (performance.now() - before.atMs) / 1000;
  const after = cpuSeconds(pids);
  const shares = Object.fromEntries(
    Object.entries(after).map(([name, used]) => [name, round((used - (before.cpu[name] ?? 0)) / seconds)]),
  );
  const ok = (beats.latest?.ok ?? 0) - (before.beats?.ok ?? 0);
  const failed = sumOf(beats.latest) - sumOf(before.beats) - ok;
  say(`beats: ${JSON.stringify(beats.latest)}`);
  const byQuery = times.p99();
  return {
    beats_per_s: Math.round(ok / seconds),
    beats_failed: failed,
    beat_p99_ms: round(beats.latest?.p99_ms ?? 0),
    cpu_share_of_one_core: round(Object.values(shares).reduce((total, share) => total + share, 0)),
    cpu_shares: shares,
    rss_mb: residentMb({ api: pids.api, orchestrator: pids.orchestrator }),
    job_query_p99_ms: Math.max(...Object.values(byQuery)),
    job_queries_p99_ms: byQuery,
  };
}

/** From the last beat of a worker until no gateway would route to it, by the gateway's own logic; the worst of some. */
async function measureSilence(database: Database, { orgId, modelId }: Fleet): Promise<number> {
  const keeper = await keepSnapshot(env, databaseSource(database), {
    workerSilentMs: config.values.WORKER_SILENT_MS,
  });
  const isRouted = (current: SnapshotKeeper['current'], id: string) =>
    current.workersFor(orgId as OrgId, modelId as ModelId).some(({ instanceId }) => instanceId === id);
  let worstMs = 0;
  for (let n = 0; n < SILENCED; n++) {
    const id = instanceIdOf(n);
    await untilRouted(() => isRouted(keeper.current, id), id);
    generator.stdin?.write(`stop ${n}\n`);
    const stoppedAt = performance.now();
    while (isRouted(keeper.current, id)) {
      if (performance.now() - stoppedAt > 60_000) throw new Error(`${id} is still routed to`);
      await env.sleep(20);
    }
    const unroutedAtMs = performance.now();
    const [row] = await database.query<{ ms: number }>(
      `select (extract(epoch from app_now() - last_seen_at) * 1000)::double precision as ms
       from workers where instance_id = $1`,
      [id],
    );
    // By the last beat, not by the order to stop, which may have come just before the next one.
    worstMs = Math.max(worstMs, (row?.ms ?? 0) - (performance.now() - unroutedAtMs));
    say(`silent to unrouted: ${Math.round(worstMs)} ms at worst`);
  }
  await keeper.stop();
  return worstMs;
}

/** One that was cut off for a moment, because the machine was busy, comes back with its next beat. */
async function untilRouted(isRouted: () => boolean, id: string): Promise<void> {
  const endAt = performance.now() + 60_000;
  while (!isRouted()) {
    if (performance.now() > endAt) throw new Error(`${id} was not routed to before it fell silent`);
    await env.sleep(20);
  }
}

/** From the death of an orchestrator that holds leases until another has all that it held. */
async function measureTakeover(database: Database): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt++) {
    orchestrator.kill('SIGSTOP');
    await env.sleep(20);
    const held = await database.query<{ subject_id: string; lease_token: string }>(
      `select subject_id, lease_token from jobs where lease_until > app_now() + interval '5 s' order by subject_id`,
    );
    if (held.length > 0) return takeOver(database, held);
    orchestrator.kill('SIGCONT');
    await env.sleep(35);
  }
  throw new Error('the orchestrator never held a lease');
}

async function takeOver(
  database: Database,
  held: readonly { subject_id: string; lease_token: string }[],
): Promise<number> {
  const killedAt = performance.now();
  orchestrator.kill('SIGKILL');
  orchestrator = stage.start('orchestrator');
  say(`killed with ${held.length} leases`);
  const leases = held.map((row) => row.lease_token);
  for (;;) {
    const left = await database.query(`select 1 from jobs where lease_token = any($1) limit 1`, [leases]);
    if (left.length === 0) return performance.now() - killedAt;
    if (performance.now() - killedAt > 120_000) throw new Error('nobody took the leases over');
    await env.sleep(20);
  }
}

function readBeats(child: ChildProcess): { latest: Beats | undefined } {
  const told: { latest: Beats | undefined } = { latest: undefined };
  if (!child.stdout) throw new Error('the generator has no output');
  createInterface({ input: child.stdout }).on('line', (line) => {
    told.latest = JSON.parse(line) as Beats;
  });
  return told;
}

function order(child: ChildProcess, what: object): void {
  child.stdin?.write(`${JSON.stringify(what)}\n`);
}

function sumOf(told: Beats | undefined): number {
  return told ? told.ok + told.refused + told.broken + told.late : 0;
}

async function untilAnswers(url: string): Promise<void> {
  const endAt = performance.now() + 60_000;
  while (
    !(await fetch(url).then(
      ({ ok }) => ok,
      () => false,
    ))
  ) {
    if (api.exitCode !== null) throw new Error(`the api ended: see ${stage.logs}`);
    if (performance.now() > endAt) throw new Error(`${url} does not answer`);
    await env.sleep(100);
  }
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
