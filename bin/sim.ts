/**
 * `make sim [HISTORIES=300] [SEED=n,...] [UNTIL=h:mm:ss] [HOURS=n]`: plays seeded histories of the control plane and
 * prints what broke. Without a seed the histories 1 to HISTORIES, two processes at a time; with seeds exactly these, with
 * one its timeline as well; HOURS makes them long; MANNER=name has all providers behave as that one; MUTANT=name plays
 * them with a rule taken out. The last line of stdout is one JSON object.
 */
import { createHash } from 'node:crypto';
import { SILENT_LOG } from '#kernel/log.ts';
import { systemEnv } from '#kernel/system-env.ts';
import type { HistoryReport } from '#simulation/world/history.ts';
import { MANNERS, type MannerName } from '#simulation/world/manner.ts';
import { MUTANTS } from '#simulation/world/mutants.ts';
import type { ViolationKind } from '#simulation/world/timeline.ts';
import { startPlayers } from './sim-players.ts';
import { startStageServer } from './sim-stage.ts';

const PLAYERS = 2;
const HISTORIES = 300;

const { seeds, untilMs, hours, manner } = readWishes();
// A mutant is played where it was found.
const found = MUTANTS.find(({ name }) => name === process.env.MUTANT)?.focus;
const focus = manner ? { ...found, manner } : found;
const env = systemEnv(SILENT_LOG);
const startedAt = env.clock.monotonic();
let played = 0;
const server = await startStageServer(env);
try {
  const players = startPlayers({
    url: server.url,
    count: Math.min(PLAYERS, seeds.length),
    ...(process.env.MUTANT ? { mutant: process.env.MUTANT } : {}),
  });
  const reports = await players.play(
    seeds.map((seed) => ({ seed, untilMs, hours, focus })),
    tell,
  );
  await players.stop();
  if (seeds.length === 1) process.stdout.write(`${reports[0]?.timeline ?? ''}\n`);
  process.stdout.write(`${JSON.stringify(summarise(reports))}\n`);
} finally {
  await server.close();
}

function tell(report: HistoryReport): boolean {
  played += 1;
  if (played % 50 === 0) process.stderr.write(`${played} of ${seeds.length}\n`);
  if (report.violations.length === 0) return false;
  process.stderr.write(`\nhistory ${report.seed} broke. Again: make sim SEED=${report.seed}\n`);
  process.stderr.write(`providers: ${report.manners.join(' ')}\nfaults: ${report.faults.join(' ')}\n`);
  for (const { kind, text } of report.violations) process.stderr.write(`${kind}: ${text}\n`);
  if (seeds.length > 1) process.stderr.write(`${report.timeline.split('\n').slice(-60).join('\n')}\n`);
  return false;
}

function summarise(reports: readonly HistoryReport[]) {
  const all = reports.flatMap((report) => report.violations);
  const count = (...kinds: ViolationKind[]) => all.filter(({ kind }) => kinds.includes(kind)).length;
  const hash = createHash('sha256');
  for (const line of reports.map((report) => `${report.seed} ${report.hash}\n`).sort()) hash.update(line);
  const seconds = (env.clock.monotonic() - startedAt) / 1000;
  const sum = (figure: (report: HistoryReport) => number) =>
    reports.reduce((total, report) => total + figure(report), 0);
  return {
    histories: reports.length,
    /** Histories with a provider of that manner. */
    manners: Object.fromEntries(
      MANNERS.map((name) => [name, reports.filter(({ manners }) => manners.includes(name)).length]),
    ),
    seed: process.env.SEED || `1-${seeds.length}`,
    violations: all.length,
    leaks: count('leak', 'unproven_final'),
    double_creates: count('double_create'),
    wrong_kills: count('wrong_kill'),
    bill_mismatches: count('bill_mismatch'),
    unended: count('unended'),
    event_hash: hash.digest('hex').slice(0, 16),
    simulated_minutes: Math.round(sum((report) => report.simulatedMs) / 60_000),
    transitions: sum((report) => report.transitions),
    servers: sum((report) => report.servers),
    process_deaths: sum((report) => report.deaths),
    lock_waits: sum((report) => report.lockWaits),
    seconds: Math.round(seconds * 10) / 10,
    histories_per_s: Math.round((reports.length / seconds) * 100) / 100,
  };
}

interface Wishes {
  readonly seeds: string[];
  readonly untilMs: number | undefined;
  readonly hours: number | undefined;
  readonly manner: MannerName | undefined;
}

function readWishes(): Wishes {
  const { HOURS, SEED, HISTORIES: histories, UNTIL, MANNER } = process.env;
  const manner = MANNERS.find((name) => name === MANNER);
  if (MANNER && !manner) fail(`MANNER=${MANNER} is none of ${MANNERS.join(', ')}`);
  const count = Number(histories || HISTORIES);
  if (!Number.isInteger(count) || count < 1) fail(`HISTORIES=${histories} is not a whole number above 0`);
  const long = HOURS ? Number(HOURS) : undefined;
  if (long !== undefined && !(long > 0 && long <= 24))
    fail(`HOURS=${HOURS} is not a number above 0 and up to 24`);
  const parts = (UNTIL ?? '').split(':').map(Number);
  if (UNTIL && (parts.length !== 3 || parts.some(Number.isNaN))) fail(`UNTIL=${UNTIL} is not h:mm:ss`);
  const [hours = 0, minutes = 0, seconds = 0] = parts;
  const untilMs = UNTIL ? ((hours * 60 + minutes) * 60 + seconds) * 1_000 : undefined;
  const all = Array.from({ length: count }, (_, index) => String(index + 1));
  return { seeds: SEED ? SEED.split(',') : all, untilMs, hours: long, manner };
}

function fail(text: string): never {
  process.stderr.write(`${text}\n`);
  process.exit(1);
}
