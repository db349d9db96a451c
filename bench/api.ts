/**
 * `make bench-api [KEYS=400000] [USAGE=1000000] [LOGS=1000000] [REPEATS=10]`: lists of the api on a large database.
 *
 * Six organisations share the rows, the largest has 60 of 100 and is the one that is asked: over HTTP, by one of its
 * owners with a session, with the rights of the api and row-level security as in service. Each question is asked on its
 * first page, the second, and one some two thousand rows deep. The p95 of a route is over all its questions and pages,
 * each asked REPEATS times after a first time that warms. Prints one JSON object as the last line of stdout.
 */
import { type Database, openDatabase } from '#database/database.ts';
import { databaseUrlFor } from '#database/roles.ts';
import { insertSession } from '#identity/store.ts';
import { newId, type OrgId, type UserId } from '#kernel/ids.ts';
import { hashToken, mintToken, tokenIdOf } from '#kernel/token.ts';
import { casesAt } from './api/cases.ts';
import { fillLists, SHARES } from './api/fill.ts';
import { type Asked, measureRoute, quantile } from './api/measure.ts';
import { openStage } from './fleet/stage.ts';

const KEYS = Number(process.env['KEYS'] || 400_000);
const USAGE = Number(process.env['USAGE'] || 1_000_000);
const LOGS = Number(process.env['LOGS'] || 1_000_000);
const REPEATS = Number(process.env['REPEATS'] || 10);
const LEAPS = 10;
const SESSION_TTL_MS = 3_600_000;

await using stage = await openStage();
const { env, config } = stage;
const owner = databaseUrlFor(config, 'owner');
say(`filling: ${KEYS} keys, ${USAGE} rows of usage, ${LOGS} rows in each log`);
const nowMs = Date.now();
const size = {
  keys: KEYS,
  usageRows: USAGE,
  logRows: LOGS,
  instances: 20_000,
  members: 5_000,
  deliveries: 100_000,
};
await fillLists(env, owner, size, say);
const db = openDatabase(env, { url: owner, applicationName: 'bench', poolSize: 2 });
const counts = await countRows(db);
const cookie = await openSession(db);
await db.close();

const api = stage.start('api');
const base = `http://127.0.0.1:${config.ports.api}`;
await untilAnswers(`${base}/healthz`);
const p95: Record<string, number> = {};
const worst: (Asked & { route: string })[] = [];
for (const route of casesAt(nowMs)) {
  const asked = await measureRoute(ask, route, { repeats: REPEATS, leaps: LEAPS });
  p95[route.route] = round(
    quantile(
      asked.map(({ ms }) => ms),
      0.95,
    ),
  );
  const slowest = slowestOf(asked);
  worst.push({ ...slowest, route: route.route });
  say(`${route.route}: p95 ${p95[route.route]} ms; slowest ${slowest.query || 'all'}, p95 ${slowest.ms} ms`);
}
console.log(
  JSON.stringify({
    ...counts,
    asked_share_percent: SHARES[0],
    p95_ms: p95,
    worst_ms: Math.max(...Object.values(p95)),
    slowest_question: worst.toSorted((a, b) => b.ms - a.ms)[0],
  }),
);

async function ask(path: string) {
  const response = await fetch(base + path, { headers: { cookie } });
  const text = await response.text();
  if (!response.ok) throw new Error(`${path}: ${response.status} ${text.slice(0, 500)}`);
  return JSON.parse(text) as Record<string, never>;
}

/** The question, at one depth, with the highest p95 of its own. */
function slowestOf(asked: readonly Asked[]): Asked {
  const byQuestion = [...Map.groupBy(asked, ({ query, depth }) => `${query} ${depth}`).values()];
  const slowest = byQuestion
    .map((same) => ({
      ...(same[0] as Asked),
      ms: round(
        quantile(
          same.map(({ ms }) => ms),
          0.95,
        ),
      ),
    }))
    .toSorted((a, b) => b.ms - a.ms)[0];
  if (!slowest) throw new Error('nothing was asked');
  return slowest;
}

async function countRows(database: Database) {
  const [row] = await database.query<{ keys: number; usage_rows: number; log_rows: number }>(
    `select (select count(*) from api_keys) as keys, (select count(*) from usage_ledger) as usage_rows,
       least((select count(*) from request_log), (select count(*) from action_log),
             (select count(*) from audit_log)) as log_rows`,
  );
  return row;
}

/** An owner of the largest organisation, signed in. */
async function openSession(database: Database): Promise<string> {
  const [person] = await database.query<{ user_id: UserId; org_id: OrgId }>(
    `select user_id, org_id from memberships where org_id = 'org_bench_0' and role = 'owner' order by user_id limit 1`,
  );
  if (!person) throw new Error('the largest organisation has no owner');
  const id = newId(env, 'session');
  const token = mintToken(env.random, 'sess', tokenIdOf(id)).reveal();
  const session = { id, tokenHash: hashToken(token), userId: person.user_id, orgId: person.org_id };
  await insertSession(database, { ...session, userAgent: undefined, ttlMs: SESSION_TTL_MS });
  return `inv_session=${token}`;
}

async function untilAnswers(url: string): Promise<void> {
  const endAt = performance.now() + 60_000;
  const answers = () =>
    fetch(url).then(
      ({ ok }) => ok,
      () => false,
    );
  while (!(await answers())) {
    if (api.exitCode !== null) throw new Error(`the api ended: see ${stage.logs}`);
    if (performance.now() > endAt) throw new Error(`${url} does not answer`);
    await env.sleep(100);
  }
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
