/** The gateways that are measured, each a process of its own on the same core before the same upstream. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Database, openDatabase } from '#database/database.ts';
import { databaseUrlFor } from '#database/roles.ts';
import type { OrgId } from '#kernel/ids.ts';
import { hashToken, mintToken } from '#kernel/token.ts';
import { fillFleet } from '../fleet/fill.ts';
import { openStage, type Stage } from '../fleet/stage.ts';

export const LOAD_CORE = '0';
export const GATEWAY_CORE = '1';
export const UPSTREAM_PORT = 8_000;
const LOCAL = '127.0.0.1';
const READY_WITHIN_MS = 60_000;

export interface Contestant {
  readonly name: string;
  readonly pid: number;
  readonly address: string;
  readonly port: number;
  /** Headers that this one needs, one line each. */
  readonly headers: readonly string[];
  readonly model: string;
}

export interface OwnGateway extends Contestant {
  /** Requests that it counted, and rows in the ledger. */
  settledCounts(): Promise<{ requests: number; rows: number }>;
  stop(): Promise<void>;
}

/** Addresses of their own, so that no other stack on this machine is in the way. */
export function upstreamAddresses(): string[] {
  const place = 200 + (process.pid % 50);
  return [1, 2, 3, 4].map((n) => `127.${place}.${(process.pid >> 6) % 250}.${n}`);
}

export function startPinned(
  core: string,
  words: readonly string[],
  env: Record<string, string> = {},
): ChildProcess {
  return spawn('taskset', ['-c', core, ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
  });
}

/** Our gateway as it is run: with its database, journal, ledger, limits and metrics. */
export async function startOwn(addresses: readonly string[]): Promise<OwnGateway> {
  const stage = await openStage();
  const { env, config } = stage;
  const owner = databaseUrlFor(config, 'owner');
  const tokens = addresses.map((_address, n) => `bench-${n}`);
  const size = { workers: addresses.length, archived: 0, historyEach: 1 };
  const { orgId, modelId } = await fillFleet(env, owner, size, tokens.map(hashToken));
  const db = openDatabase(env, { url: owner, applicationName: 'bench', poolSize: 1 });
  const key = mintToken(env.random, 'key', '00000001').reveal();
  const model = await prepareWorkers(db, { orgId, modelId, addresses, keyHash: hashToken(key) });
  const gateway = stage.start('gateway');
  const pid = gateway.pid ?? 0;
  const { ports } = config;
  await untilReady(`http://127.0.0.1:${ports.gateway}/readyz`, stage);
  spawnSync('taskset', ['-acp', GATEWAY_CORE, String(pid)]);
  spawnSync('taskset', ['-acp', LOAD_CORE, String(stage.server.pid)]);
  return {
    name: 'gateway',
    pid,
    address: LOCAL,
    port: ports.gateway,
    headers: [`Authorization: Bearer ${key}`],
    model,
    settledCounts: () => settledCounts(db, stage, orgId as OrgId),
    async stop() {
      await db.close();
      await stage[Symbol.asyncDispose]();
    },
  };
}

/** Gives the workers of the fleet these addresses, and a key to call them with. Returns the model's name. */
export async function prepareWorkers(
  db: Database,
  at: { orgId: string; modelId: string; addresses: readonly string[]; keyHash: string },
): Promise<string> {
  await db.query(`set session_replication_role = replica`);
  for (const [n, address] of at.addresses.entries()) {
    await db.query(`update instances set address = $2 where name = $1`, [`bench-${n + 1}`, address]);
  }
  await db.query(
    `insert into api_keys (org_id, id, user_id, name, hint, token_hash, created_at)
     select $1, 'key_bench', id, 'bench', 'bench', $2, app_now() from users order by id limit 1`,
    [at.orgId, at.keyHash],
  );
  // Nobody beats here: the workers are taken as heard, whatever the machine has time for.
  await db.query(`update workers set last_seen_at = app_now() + interval '1 day'`);
  const [row] = await db.query<{ name: string }>(`select hf_id as name from models where id = $1`, [
    at.modelId,
  ]);
  if (!row) throw new Error('the model is gone');
  return row.name;
}

async function settledCounts(db: Database, { env, config }: Stage, orgId: OrgId) {
  for (let last = -1; ; ) {
    const [row] = await db.query<{ rows: number }>(
      `select count(*)::integer as rows from usage_ledger where org_id = $1`,
      [orgId],
    );
    const metrics = await (await fetch(`http://127.0.0.1:${config.ports.gatewayMetrics}/metrics`)).text();
    const requests = [...metrics.matchAll(/^inventiv_gateway_requests_total\{(.*)\} (\d+)$/gm)]
      .filter(([, labels]) => labels?.includes('endpoint="/v1/chat/completions"'))
      .reduce((sum, [, , count]) => sum + Number(count), 0);
    const rows = row?.rows ?? 0;
    if (rows === requests || rows === last) return { requests, rows };
    last = rows;
    await env.sleep(3_000);
  }
}

async function untilReady(url: string, stage: Stage): Promise<void> {
  const deadline = performance.now() + READY_WITHIN_MS;
  for (;;) {
    const isReady = await fetch(url).then(
      (response) => response.ok,
      () => false,
    );
    if (isReady) return;
    if (performance.now() > deadline) throw new Error(`${url} does not answer, see ${stage.logs}`);
    await stage.env.sleep(50);
  }
}

export async function startNginx(
  addresses: readonly string[],
  port: number,
  directory: string,
): Promise<Contestant & { child: ChildProcess }> {
  const config = join(directory, 'nginx.conf');
  const servers = addresses.map((address) => `server ${address}:${UPSTREAM_PORT};`).join(' ');
  writeFileSync(
    config,
    `worker_processes 1; daemon off; pid ${directory}/pid; error_log ${directory}/error.log; worker_rlimit_nofile 20000;
     events { worker_connections 8192; }
     http { access_log off; client_body_temp_path ${directory}/body; proxy_temp_path ${directory}/proxy;
       fastcgi_temp_path ${directory}/f; uwsgi_temp_path ${directory}/u; scgi_temp_path ${directory}/s;
       client_body_buffer_size 256k; keepalive_requests 100000000; tcp_nodelay on;
       upstream workers { least_conn; ${servers} keepalive 1200; keepalive_requests 100000000; }
       server { listen 127.0.0.1:${port}; location / { proxy_pass http://workers; proxy_http_version 1.1;
         proxy_set_header Connection ""; proxy_buffering off; } } }`,
  );
  const child = startPinned(GATEWAY_CORE, ['nginx', '-c', config]);
  await untilPort(port);
  return { name: 'nginx', pid: child.pid ?? 0, address: LOCAL, port, headers: [], model: 'm', child };
}

export async function startPortkey(
  server: string,
  upstream: string,
  port: number,
): Promise<Contestant & { child: ChildProcess }> {
  const child = startPinned(GATEWAY_CORE, [process.execPath, server, `--port=${port}`, '--headless'], {
    TRUSTED_CUSTOM_HOSTS: upstream,
  });
  child.stdout?.resume();
  await untilPort(port);
  const headers = [
    'Authorization: Bearer key',
    'x-portkey-provider: openai',
    `x-portkey-custom-host: http://${upstream}:${UPSTREAM_PORT}/v1`,
  ];
  return { name: 'portkey', pid: child.pid ?? 0, address: LOCAL, port, headers, model: 'm', child };
}

async function untilPort(port: number): Promise<void> {
  for (let i = 0; i < 600; i++) {
    const isOpen = await fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      () => false,
    );
    if (isOpen) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`nothing answers on port ${port}`);
}
