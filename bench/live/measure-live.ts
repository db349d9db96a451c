/** One api process, many open tabs: what they cost, and how soon they hear. */
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { type Database, openDatabase } from '#database/database.ts';
import { emitEvent } from '#database/events.ts';
import { databaseUrlFor } from '#database/roles.ts';
import { withRowsOf } from '#database/row-scope.ts';
import { newId, type OrgId } from '#kernel/ids.ts';
import { hashToken, mintToken, tokenIdOf } from '#kernel/token.ts';
import { residentMb } from '../fleet/memory.ts';
import { openStage, type Stage } from '../fleet/stage.ts';

export interface LivePlan {
  readonly tabs: number;
  readonly say: (text: string) => void;
}

export interface LiveReport {
  readonly tabs: number;
  readonly events: number;
  readonly rss_mb_per_1000_tabs: number;
  readonly delivered_p50_ms: number;
  readonly delivered_p99_ms: number;
  /** Share of one core while changes came one after the other. */
  readonly cpu: number;
  /** Of so many changes of one thing in a burst, how many events a tab got. */
  readonly burst: number;
  readonly burst_events_per_tab: number;
}

const PEOPLE = 10;
const WARM_TABS = 100;
const SINGLE_CHANGES = 100;
const BETWEEN_MS = 100;
const BURST = 10_000;
const LIMIT_MS = 120_000;
const TICKS_PER_SECOND = 100;

interface Tab {
  readonly socket: Socket;
  events: number;
  /** What came of a line that is not whole. */
  rest: string;
}

export async function measureLive({ tabs, say }: LivePlan): Promise<LiveReport> {
  await using stage = await openStage();
  const url = databaseUrlFor(stage.config, 'owner');
  const db = openDatabase(stage.env, { url, applicationName: 'bench', poolSize: 4 });
  const api = stage.start('api');
  const { api: port } = stage.config.ports;
  const pid = api.pid ?? 0;
  const rss = () => residentMb({ api: pid })['api'] ?? 0;
  await until(() => answers(port), 'the api');
  const { orgId, cookies } = await insertPeople(stage, db, Math.max(PEOPLE, Math.ceil(tabs / 100)));
  const delays: number[] = [];

  // The first ones load what all need; they close again and leave that behind.
  const warm = await openTabs(port, cookies, WARM_TABS, []);
  await change(db, orgId, 'warm');
  await until(() => warm.every(({ events }) => events > 0), 'the first event');
  for (const { socket } of warm) socket.destroy();
  await settled(rss);
  const idleMb = rss();
  say(`${idleMb} MB without tabs`);

  const open = await openTabs(port, cookies, tabs, delays);
  await settled(rss);
  const openMb = rss();
  say(`${openMb} MB with ${tabs} tabs`);

  const before = cpuMs(pid);
  const startedAt = performance.now();
  for (let i = 0; i < SINGLE_CHANGES; i++) {
    await change(db, orgId, `thing-${i}`);
    await sleep(BETWEEN_MS);
  }
  await until(() => open.every(({ events }) => events >= SINGLE_CHANGES), 'every change at every tab');
  const cpu = (cpuMs(pid) - before) / (performance.now() - startedAt);
  const events = open.reduce((sum, tab) => sum + tab.events, 0);
  delays.sort((a, b) => a - b);
  const [p50, p99] = [quantile(delays, 0.5), quantile(delays, 0.99)];

  for (const tab of open) tab.events = 0;
  await burst(db, orgId);
  await change(db, orgId, 'last');
  await until(
    () => open.every(({ rest }) => rest.includes('"last"') || rest === 'last'),
    'the end of the burst',
  );
  const burstEvents = open.reduce((sum, tab) => sum + tab.events, 0) / tabs;
  say(`${rss()} MB after ${BURST} changes of one thing`);
  for (const { socket } of open) socket.destroy();
  await db.close();
  return {
    tabs,
    events,
    rss_mb_per_1000_tabs: rounded(((openMb - idleMb) * 1_000) / tabs),
    delivered_p50_ms: p50,
    delivered_p99_ms: p99,
    cpu: rounded(cpu),
    burst: BURST,
    burst_events_per_tab: rounded(burstEvents),
  };
}

async function insertPeople(
  { env }: Stage,
  db: Database,
  count: number,
): Promise<{ orgId: OrgId; cookies: string[] }> {
  const orgId = newId(env, 'organisation');
  await db.query(
    `insert into organisations (id, slug, name, created_at) values ($1, 'tabs', 'Tabs', now())`,
    [orgId],
  );
  const cookies: string[] = [];
  for (let i = 0; i < count; i++) {
    const [userId, sessionId] = [newId(env, 'user'), newId(env, 'session')];
    const token = mintToken(env.random, 'sess', tokenIdOf(sessionId)).reveal();
    await db.query(
      `with person as (
         insert into users (id, username, email, password_hash, is_platform_admin, created_at)
         values ($1, $1, $1 || '@example.test', 'none', false, now()) returning id),
       member as (
         insert into memberships (org_id, user_id, role, created_at) select $2, id, 'owner', now() from person)
       insert into sessions (id, token_hash, user_id, org_id, created_at, last_seen_at, expires_at)
       select $3, $4, id, $2, now(), now(), now() + interval '1 day' from person`,
      [userId, orgId, sessionId, hashToken(token)],
    );
    cookies.push(`inv_session=${token}`);
  }
  return { orgId, cookies };
}

async function change(db: Database, orgId: OrgId, subjectId: string): Promise<void> {
  const event = { orgId, type: 'project.changed', subjectId, summary: {} } as const;
  await withRowsOf(orgId, () => db.transaction((tx) => emitEvent(tx, event)));
}

/** Each change in a transaction of its own, as fast as one connection goes. */
async function burst(db: Database, orgId: OrgId): Promise<void> {
  for (let i = 0; i < BURST / 100; i++) {
    await db.query(
      `with told as (
         insert into events (org_id, type, subject_id, summary, at)
         select $1, 'project.changed', 'same', '{}', app_now() from generate_series(1, 100))
       select pg_notify('inv_events', '')`,
      [orgId],
    );
  }
}

async function openTabs(
  port: number,
  cookies: readonly string[],
  count: number,
  delays: number[],
): Promise<Tab[]> {
  const tabs: Tab[] = [];
  for (let i = 0; i < count; i += 50) {
    const some = Array.from({ length: Math.min(50, count - i) }, (_, at) =>
      openTab(port, cookies[(i + at) % cookies.length] ?? '', delays),
    );
    tabs.push(...(await Promise.all(some)));
  }
  return tabs;
}

/** Resolves once the stream has begun. */
function openTab(port: number, cookie: string, delays: number[]): Promise<Tab> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () =>
      socket.write(`GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nCookie: ${cookie}\r\n\r\n`),
    );
    const tab: Tab = { socket, events: 0, rest: '' };
    let hasBegun = false;
    socket.setEncoding('utf8');
    socket.on('error', reject);
    socket.on('data', (chunk: string) => {
      if (!hasBegun) {
        if (!chunk.startsWith('HTTP/1.1 200')) return reject(new Error(chunk));
        hasBegun = true;
        resolve(tab);
      }
      tab.rest += chunk;
      const end = tab.rest.lastIndexOf('\n\n');
      if (end < 0) return;
      note(tab, tab.rest.slice(0, end), delays);
      tab.rest = tab.rest.slice(0, end).includes('"last"') ? 'last' : tab.rest.slice(end + 2);
    });
  });
}

function note(tab: Tab, text: string, delays: number[]): void {
  for (const [, at = ''] of text.matchAll(/^data: \{.*"at":"([^"]+)"/gm)) {
    tab.events += 1;
    delays.push(Date.now() - Date.parse(at));
  }
}

async function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true));
    socket.on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}

/** Until memory goes neither up nor down any more. */
async function settled(rss: () => number): Promise<void> {
  for (let [last, same] = [rss(), 0]; same < 6; ) {
    await sleep(500);
    const now = rss();
    same = Math.abs(now - last) <= 1 ? same + 1 : 0;
    last = now;
  }
}

function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1_000) / TICKS_PER_SECOND;
}

async function until(isTrue: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (const end = performance.now() + LIMIT_MS; !(await isTrue()); ) {
    if (performance.now() > end) throw new Error(`it did not come: ${what}`);
    await sleep(20);
  }
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
