/** Many open streams through two gateways: whether all come whole, what they need of memory, how late tokens are. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openDatabase } from '#database/database.ts';
import { databaseUrlFor } from '#database/roles.ts';
import { hashToken, mintToken } from '#kernel/token.ts';
import { lacksRedis, RedisServer } from '#routing/fleet/testing/redis-server.ts';
import { type Child, superviseChild } from '#supervisor/child.ts';
import { type HeldSocket, holdSocket } from '#supervisor/held-socket.ts';
import { listRunning } from '#supervisor/run-files.ts';
import { fillFleet } from '../fleet/fill.ts';
import { residentMb } from '../fleet/memory.ts';
import { openStage, type Stage } from '../fleet/stage.ts';
import { prepareWorkers, UPSTREAM_PORT } from '../gateway/contestants.ts';
import { build, MissingToolError, requireTools } from '../gateway/tools.ts';

export interface StreamsOrder {
  readonly streams: number;
  readonly minutes: number;
  readonly say: (text: string) => void;
}

export interface StreamsReport {
  readonly streams: number;
  readonly minutes: number;
  readonly gateways: number;
  readonly errors: number;
  readonly rss_mb: number;
  readonly added_p50_ms: number;
  readonly added_p99_ms: number;
  readonly rss_mb_idle: number;
  readonly kb_per_stream: number;
  readonly most_open: number;
  readonly tokens: number;
  readonly redis: boolean;
}

interface Arrived {
  readonly whole: number;
  readonly broken: number;
  readonly most_open: number;
  readonly tokens: number;
  readonly p50_ms: number;
  readonly p99_ms: number;
}

const SOURCE = fileURLToPath(new URL('./paced.c', import.meta.url));
const GATEWAY = fileURLToPath(new URL('../../bin/gateway.ts', import.meta.url));
const GATEWAYS = 2;
const WORKERS = 40;
const PERIOD_MS = 1_000;
const RAMP_PER_S = 500;
const DIRECT_S = 15;
const LOOK_EVERY_MS = 1_000;
/** Clients and workers of a gateway, and what it has open besides. */
const DESCRIPTORS_PER_STREAM = 2;
const OTHER_DESCRIPTORS = 256;

export async function measureStreams(order: StreamsOrder): Promise<StreamsReport> {
  const { say, streams, minutes } = order;
  requireTools(say, ['gcc']);
  const paced = build(SOURCE, 'paced');
  const directory = mkdtempSync(join(tmpdir(), 'bench-streams-'));
  const place = `127.${150 + (process.pid % 50)}.${(process.pid >> 6) % 250}`;
  const addresses = Array.from({ length: WORKERS }, (_, n) => `${place}.${n + 1}`);
  const upstream = spawn(paced, ['upstream', String(UPSTREAM_PORT), String(PERIOD_MS), ...addresses], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const redis = lacksRedis() ? undefined : await RedisServer.start();
  const clean = () => {
    upstream.kill('SIGKILL');
    rmSync(directory, { recursive: true, force: true });
  };
  process.once('exit', clean);
  try {
    await once(upstream.stdout, 'data');
    await using stage = await openStage();
    const called = await prepareStage(stage, addresses);
    const gateways = await startGateways(stage, directory, redis?.url);
    requireDescriptors(gateways.pids(), streams);
    const client = (at: { address: string; port: number }, seconds: number) =>
      runClient(paced, {
        ...at,
        streams,
        tokens: Math.max(2, Math.round((seconds * 1_000) / PERIOD_MS)),
        directory,
        called,
      });
    say(`${streams} streams without gateways, ${DIRECT_S} s`);
    const direct = await client({ address: addresses[0] as string, port: UPSTREAM_PORT }, DIRECT_S);
    const idle = gateways.memory();
    say(`${streams} streams through ${GATEWAYS} gateways, ${minutes} minutes; ${idle} MB before`);
    const watching = watchMemory(gateways.memory);
    const through = await client({ address: '127.0.0.1', port: stage.config.ports.gateway }, minutes * 60);
    const rss = watching.stop();
    await gateways.stop();
    return {
      streams,
      minutes,
      gateways: GATEWAYS,
      errors: through.broken + direct.broken,
      rss_mb: rss,
      added_p50_ms: rounded(through.p50_ms - direct.p50_ms),
      added_p99_ms: rounded(through.p99_ms - direct.p99_ms),
      rss_mb_idle: idle,
      kb_per_stream: rounded(((rss - idle) * 1_024) / streams),
      most_open: through.most_open,
      tokens: through.tokens,
      redis: redis !== undefined,
    };
  } finally {
    await redis?.stop();
    process.off('exit', clean);
    clean();
  }
}

interface Called {
  readonly key: string;
  readonly model: string;
}

async function prepareStage({ env, config }: Stage, addresses: readonly string[]): Promise<Called> {
  const owner = databaseUrlFor(config, 'owner');
  const size = { workers: addresses.length, archived: 0, historyEach: 1 };
  const tokens = addresses.map((_address, n) => hashToken(`bench-${n}`));
  const { orgId, modelId } = await fillFleet(env, owner, size, tokens);
  const db = openDatabase(env, { url: owner, applicationName: 'bench', poolSize: 1 });
  const key = mintToken(env.random, 'key', '00000001').reveal();
  const model = await prepareWorkers(db, { orgId, modelId, addresses, keyHash: hashToken(key) });
  await db.close();
  return { key, model };
}

async function startGateways({ env, config }: Stage, directory: string, redisUrl: string | undefined) {
  const started: { readonly child: Child; readonly socket: HeldSocket }[] = [];
  for (let index = 0; index < GATEWAYS; index++) {
    const socket = await holdSocket('127.0.0.1', config.ports.gateway, true);
    const name = `gateway-${index}`;
    const child = superviseChild(env, {
      name,
      file: GATEWAY,
      variables: {
        PATH: process.env['PATH'],
        NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
        INVENTIV_DATA_DIR: config.dataDir,
        PORT_OFFSET: String(config.values.PORT_OFFSET),
        METRICS_PORT: String(config.ports.gatewayMetrics + index * 10),
        GATEWAYS: String(GATEWAYS),
        REDIS_URL: redisUrl ?? '',
        LOG_FORMAT: 'json',
      },
      dataDir: directory,
      logFile: join(directory, `${name}.log`),
      socket,
      onLine: (_name, line) => {
        if (/"level":"?(warn|error|40|50)/.test(line)) process.stderr.write(`${name}: ${line}\n`);
      },
    });
    await child.ready;
    started.push({ child, socket });
  }
  const pids = () => listRunning(directory).map(({ pid }) => pid);
  return {
    pids,
    memory: () => {
      const all = residentMb(Object.fromEntries(pids().map((pid) => [String(pid), pid])));
      return Object.values(all).reduce((sum, one) => sum + one, 0);
    },
    async stop() {
      await Promise.all(started.map(({ child }) => child.stop(5_000)));
      for (const { socket } of started) socket.close();
    },
  };
}

/** @throws MissingToolError when the gateways could not open as many connections */
function requireDescriptors(pids: readonly number[], streams: number): void {
  const needed = Math.ceil((streams / GATEWAYS) * DESCRIPTORS_PER_STREAM * 1.1) + OTHER_DESCRIPTORS;
  for (const pid of pids) {
    const limit = Number(/^Max open files +(\d+)/m.exec(readFileSync(`/proc/${pid}/limits`, 'utf8'))?.[1]);
    if (limit >= needed) continue;
    throw new MissingToolError(
      `a gateway may open ${limit} files, ${needed} are needed: raise the hard limit (ulimit -Hn), or lower STREAMS`,
    );
  }
}

function watchMemory(memory: () => number) {
  let most = 0;
  const looking = setInterval(() => {
    most = Math.max(most, memory());
  }, LOOK_EVERY_MS);
  return {
    stop() {
      clearInterval(looking);
      return most;
    },
  };
}

async function runClient(
  paced: string,
  order: {
    readonly address: string;
    readonly port: number;
    readonly streams: number;
    readonly tokens: number;
    readonly directory: string;
    readonly called: Called;
  },
): Promise<Arrived> {
  const { streams, tokens, called } = order;
  const body = JSON.stringify({
    model: called.model,
    max_tokens: tokens,
    stream: true,
    messages: [{ role: 'user', content: 'Tell me a long story.' }],
  });
  const head = [
    'POST /v1/chat/completions HTTP/1.1',
    'Host: bench',
    `Authorization: Bearer ${called.key}`,
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
  ];
  const file = join(order.directory, 'stream.http');
  writeFileSync(file, `${head.join('\r\n')}\r\n\r\n${body}`);
  const rampMs = Math.max(1_000, Math.round((streams / RAMP_PER_S) * 1_000));
  const limitS = Math.ceil((tokens * PERIOD_MS + rampMs) / 1_000) + 120;
  const words = ['client', order.address, order.port, streams, rampMs, limitS, file].map(String);
  const child = spawn(paced, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (bytes: Buffer) => {
    text += bytes.toString();
  });
  const [status] = (await once(child, 'close')) as [number | null];
  if (status !== 0) throw new MissingToolError(`the clients could not run (${status})`);
  return JSON.parse(text) as Arrived;
}

function rounded(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
