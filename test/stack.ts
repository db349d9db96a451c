/**
 * A whole stack of its own for a test or a benchmark: free ports, a temporary data directory, ended and removed after.
 * It is started exactly as `make up` does, so what is tested is what a user runs.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nameSecretsOf, watchRunning, watchWritten } from './stack-canaries.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** Long after it would be too slow: on a machine that others use as well a start may take minutes. */
const READY_WITHIN_MS = 300_000;
const PORTS = [8003, 8000, 8001, 8005, 8010, 8030, 8031, 5433, 9103, 9100];

export interface StackOptions {
  /** Settings over the defaults of a test: no simulated delays, short leases. */
  readonly env?: Record<string, string>;
  readonly dataDir?: string;
  readonly portOffset?: number;
  /** Workers are reached through tunnels only. */
  readonly tunnels?: boolean;
}

export interface Stack {
  readonly url: string;
  readonly gatewayUrl: string;
  readonly mockCloudUrl: string;
  readonly dataDir: string;
  readonly portOffset: number;
  readonly supervisor: ChildProcess;
  adminPassword(): string;
  secret(name: string): string;
  /** Ends the supervisor as Ctrl-C does and waits; the data directory stays. */
  stop(): Promise<void>;
  /** `stop`, then removes the data directory if it was made here. */
  [Symbol.asyncDispose](): Promise<void>;
  logTail(): string;
}

/** Zero simulated delays and the short leases of tests. */
export const FAST: Record<string, string> = {
  MOCK_BOOT_MS: '0',
  MOCK_PULL_MS: '0',
  MOCK_LOAD_MS: '0',
  MOCK_ENGINE_PRESET: 'instant',
  JOB_LEASE_MS: '1000',
  JOB_POLL_MS: '100',
  ABSENCE_WINDOW_MS: '2000',
  PROVIDER_POLL_MS: '50',
  WATCH_INTERVAL_MS: '1500',
  OFFER_RETRY_MS: '2000',
  EVICTION_RESTART_GRACE_MS: '1000',
  SWEEP_INTERVAL_MS: '1000',
  SWEEP_GRACE_MS: '2000',
};

export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const portOffset = options.portOffset ?? (await freePortOffset());
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'inventiv-stack-'));
  const output: string[] = [];
  const supervisor = spawn(process.execPath, [join(ROOT, 'bin/all.ts')], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
      ...FAST,
      LOG_FORMAT: 'json',
      ...(options.tunnels
        ? { WORKER_REACH: 'tunnel', TUNNEL_URL: `ws://127.0.0.1:${8030 + portOffset}` }
        : {}),
      ...options.env,
      PORT_OFFSET: String(portOffset),
      INVENTIV_DATA_DIR: dataDir,
    },
  });
  const collect = (chunk: Buffer) => output.push(chunk.toString());
  supervisor.stdout.on('data', collect);
  supervisor.stderr.on('data', collect);
  const url = await firstUrl(supervisor, output, dataDir);
  nameSecretsOf(dataDir);
  const stop = async () => {
    if (supervisor.exitCode !== null || supervisor.signalCode !== null) return;
    nameSecretsOf(dataDir);
    await watchRunning({ supervisorPid: supervisor.pid ?? 0, portOffset });
    supervisor.kill('SIGTERM');
    await once(supervisor, 'exit');
  };
  const readSecret = (name: string) => readFileSync(join(dataDir, 'secrets', name), 'utf8').trim();
  return {
    url,
    gatewayUrl: `http://127.0.0.1:${8000 + portOffset}`,
    mockCloudUrl: `http://127.0.0.1:${8010 + portOffset}`,
    dataDir,
    portOffset,
    supervisor,
    adminPassword: () => readSecret('admin_password'),
    secret: readSecret,
    stop,
    logTail: () => logTail(output, dataDir),
    async [Symbol.asyncDispose]() {
      await stop();
      nameSecretsOf(dataDir);
      watchWritten(dataDir, output.join(''));
      if (!options.dataDir) rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

async function firstUrl(supervisor: ChildProcess, output: string[], dataDir: string): Promise<string> {
  const deadline = performance.now() + READY_WITHIN_MS;
  for (;;) {
    const match = /https?:\/\/[\w.:-]+/.exec(output.join(''));
    if (match) return match[0];
    if (supervisor.exitCode !== null || performance.now() > deadline) {
      supervisor.kill('SIGKILL');
      throw new Error(`the stack did not start:\n${logTail(output, dataDir)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function logTail(output: readonly string[], dataDir: string): string {
  const logs = join(dataDir, 'logs');
  const files = existsSync(logs) ? readdirSync(logs).filter((name) => name.endsWith('.log')) : [];
  const tails = files.map((name) => {
    const lines = readFileSync(join(logs, name), 'utf8').trimEnd().split('\n');
    return `--- ${name}\n${lines.slice(-15).join('\n')}`;
  });
  return [output.join('').slice(-4_000), ...tails].join('\n');
}

/** An offset for which every port of a stack is free now. */
export async function freePortOffset(): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt++) {
    // Below the ports that the system gives to outgoing connections, which come and go.
    const offset = 10_000 + Math.floor(Math.random() * 120) * 100;
    const free = await Promise.all(PORTS.map((port) => isFree(port + offset)));
    if (free.every(Boolean)) return offset;
  }
  throw new Error('no free block of ports was found');
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
