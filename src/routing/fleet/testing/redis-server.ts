/**
 * A real Redis on a port of its own, to be killed, frozen and started again by a test. As root it is installed where it
 * is missing; elsewhere such tests are skipped, under CI=true they fail.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { mustNotSkipTests, readBareEnvironment } from '#config/process-config.ts';
import { SILENT_LOG } from '#kernel/log.ts';
import { systemEnv } from '#kernel/system-env.ts';

const env = systemEnv(SILENT_LOG);

const PLACES = ['/usr/bin/redis-server', '/usr/local/bin/redis-server', '/bin/redis-server'];
const READY_WITHIN_MS = 60_000;

/** Why there can be none; false when there can. For `skip` of a test. */
export function lacksRedis(): string | false {
  if (findRedis()) return false;
  if (process.getuid?.() === 0) {
    // Its package must not start a server of its own.
    const options = {
      env: { ...readBareEnvironment(), DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' },
    };
    const words = ['-qq', 'install', '-y', '--no-install-recommends', 'redis-server'];
    if (spawnSync('apt-get', words, options).status !== 0) {
      spawnSync('apt-get', ['-qq', 'update'], options);
      spawnSync('apt-get', words, options);
    }
    if (findRedis()) return false;
  }
  // The test begins, and fails by the missing command.
  if (mustNotSkipTests()) return false;
  return 'redis-server is missing: apt-get install redis-server';
}

function findRedis(): string | undefined {
  return PLACES.find((path) => existsSync(path));
}

export class RedisServer {
  readonly port: number;
  readonly #directory = mkdtempSync(join(tmpdir(), 'redis-'));
  #child: ChildProcess | undefined;

  private constructor(port: number) {
    this.port = port;
  }

  static async start(): Promise<RedisServer> {
    const server = new RedisServer(await freePort());
    process.once('exit', server.#endNow);
    await server.run();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Begins empty: nothing of it is on a disk. */
  async run(): Promise<void> {
    const words = [
      '--port',
      String(this.port),
      '--bind',
      '127.0.0.1',
      '--save',
      '',
      '--dir',
      this.#directory,
    ];
    this.#child = spawn(findRedis() ?? 'redis-server', words, { stdio: 'ignore' });
    await this.#untilReady();
  }

  /** As a crash does. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  freeze(): void {
    this.#child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child?.kill('SIGCONT');
  }

  async flush(): Promise<void> {
    const client = new Redis(this.port, '127.0.0.1');
    await client.flushall();
    client.disconnect();
  }

  async stop(): Promise<void> {
    await this.kill();
    process.off('exit', this.#endNow);
    this.#endNow();
  }

  /** An interrupted test or benchmark leaves nothing behind. */
  readonly #endNow = (): void => {
    this.#child?.kill('SIGKILL');
    rmSync(this.#directory, { recursive: true, force: true });
  };

  async #untilReady(): Promise<void> {
    const deadline = env.clock.monotonic() + READY_WITHIN_MS;
    for (;;) {
      const client = new Redis(this.port, '127.0.0.1', { lazyConnect: true, retryStrategy: () => null });
      client.on('error', () => undefined);
      const isReady = await client.connect().then(
        () => true,
        () => false,
      );
      client.disconnect();
      if (isReady) return;
      if (env.clock.monotonic() > deadline) throw new Error('redis-server does not start');
      await env.sleep(20);
    }
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(address && typeof address === 'object' ? address.port : 0));
    });
  });
}
