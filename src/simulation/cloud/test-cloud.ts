import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { request } from 'undici';
import type { Env } from '#kernel/env.ts';
import { SILENT_LOG } from '#kernel/log.ts';
import { Secret } from '#kernel/secret.ts';
import { systemEnv } from '#kernel/system-env.ts';
import { type MockCloud, startMockCloud } from './launch.ts';
import type { SettingsChange } from './settings.ts';
import type { serverView, volumeView } from './views.ts';

/** A cloud in this process for tests: no delays, a directory that is removed at the end, machines that run tiny scripts. */
export const ZERO_DELAYS: SettingsChange = { boot_ms: 0, pull_ms: 0, load_ms: 0, delete_ms: 0 };
export const TEST_TOKEN = new Secret('test-cloud-account');
/** For a machine that many tests share. */
const LIMIT_MS = 30_000;

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Record<string, unknown>;
}

export class TestCloud {
  readonly env: Env;
  readonly dataDir: string;
  readonly #settings: SettingsChange;
  #cloud: MockCloud;

  static async start(settings: SettingsChange = {}): Promise<TestCloud> {
    const env = systemEnv(SILENT_LOG);
    const dataDir = mkdtempSync(join(tmpdir(), 'inventiv-cloud-'));
    const all = { ...ZERO_DELAYS, ...settings };
    return new TestCloud(env, dataDir, all, await launch(env, dataDir, all));
  }

  private constructor(env: Env, dataDir: string, settings: SettingsChange, cloud: MockCloud) {
    this.env = env;
    this.dataDir = dataDir;
    this.#settings = settings;
    this.#cloud = cloud;
  }

  get url(): string {
    return this.#cloud.url;
  }

  get directory(): string {
    return this.#cloud.directory;
  }

  async close(): Promise<void> {
    await this.#cloud.close();
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  /** Off and on again, on the same directory. */
  async powerCycle(whileOff: () => Promise<void> = async () => {}): Promise<void> {
    await this.#cloud.close();
    await whileOff();
    this.#cloud = await launch(this.env, this.dataDir, this.#settings);
  }

  async call(method: string, path: string, body?: unknown): Promise<Answer> {
    return callCloud(this.url, method, path, body);
  }

  async create(changes: Record<string, unknown> = {}): Promise<ReturnType<typeof serverView>> {
    const answer = await this.call('POST', '/v1/servers', anOrder(changes));
    if (answer.status > 201) throw new Error(`create was answered ${answer.status}`);
    return answer.body['server'] as ReturnType<typeof serverView>;
  }

  /** A server whose agent runs `script`, started. */
  async createRunning(script: string, changes: Record<string, unknown> = {}) {
    const server = await this.create({ user_data: installing(script), ...changes });
    await this.call('POST', `/v1/servers/${server.id}/start`);
    return server;
  }

  async server(id: string): Promise<ReturnType<typeof serverView>> {
    const { body } = await this.call('GET', `/v1/servers/${id}`);
    return body['server'] as ReturnType<typeof serverView>;
  }

  async volume(id: string): Promise<ReturnType<typeof volumeView>> {
    const { body } = await this.call('GET', `/v1/volumes/${id}`);
    return body['volume'] as ReturnType<typeof volumeView>;
  }

  async setFaults(...faults: Record<string, unknown>[]): Promise<void> {
    const { status } = await this.call('PUT', '/v1/faults', { faults });
    if (status !== 200) throw new Error(`faults were answered ${status}`);
  }

  disk(id: string, ...path: string[]): string {
    return join(this.directory, 'servers', id, ...path);
  }

  async read(id: string, ...path: string[]): Promise<string> {
    return readFile(this.disk(id, ...path), 'utf8');
  }

  /** Looks again until there is something. */
  async until<T>(look: () => Promise<T | undefined | false>): Promise<T> {
    return until(this.env, look);
  }
}

export function anOrder(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    zone: 'mock-a',
    type: 'MOCK-L4-1',
    name: 'a server',
    tags: ['inv_installation=test'],
    root_bytes: 20_000_000_000,
    ...changes,
  };
}

/** User data in the form of an install script: it leaves `script` as the agent. */
export function installing(script: string): string {
  return [
    '#!/bin/sh',
    'set -eu',
    'mkdir -p "$INVENTIV_MACHINE_ROOT/etc/inventiv"',
    `cat > "$INVENTIV_MACHINE_ROOT/etc/inventiv/run" <<'AGENT'`,
    '#!/bin/sh',
    script,
    'AGENT',
    'chmod 755 "$INVENTIV_MACHINE_ROOT/etc/inventiv/run"',
    'echo installed at $INVENTIV_MACHINE_ADDRESS',
    '',
  ].join('\n');
}

export async function callCloud(
  url: string,
  method: string,
  path: string,
  body?: unknown,
  token = TEST_TOKEN,
): Promise<Answer> {
  const response = await request(new URL(path, url), {
    method: method as 'GET',
    headers: { authorization: `Bearer ${token.reveal()}`, 'x-correlation-id': 'cor_test' },
    signal: AbortSignal.timeout(LIMIT_MS),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.body.text();
  return {
    status: response.statusCode,
    headers: response.headers,
    body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
  };
}

export async function until<T>(env: Env, look: () => Promise<T | undefined | false>): Promise<T> {
  const deadline = env.clock.monotonic() + LIMIT_MS;
  for (;;) {
    const found = await look().catch(() => undefined);
    if (found !== undefined && found !== false) return found;
    if (env.clock.monotonic() > deadline) throw new Error(`not reached within ${LIMIT_MS} ms`);
    await env.sleep(5);
  }
}

function launch(env: Env, dataDir: string, settings: SettingsChange): Promise<MockCloud> {
  return startMockCloud({
    env,
    dataDir,
    port: 0,
    token: TEST_TOKEN,
    settings,
    parts: { nodePath: process.execPath, engineCommand: ['/bin/true'], searchPath: '/usr/bin:/bin' },
  });
}
