/** One stack with three orchestrators and an armed crash file: where lives are lived while processes are killed. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '#config/config.ts';
import { databaseUrlFor } from '#database/roles.ts';
import { withSession } from '#database/session.ts';
import type { Secret } from '#kernel/secret.ts';
import { ApiClient } from '../api-client.ts';
import { MockCloudClient } from '../mock-cloud-client.ts';
import { type Stack, startStack } from '../stack.ts';
import { compareBooks, findLeft, readBooks, readCloud } from './books.ts';
import { CrashFile } from './crash-file.ts';
import { type Orchestrators, startOrchestrators } from './orchestrators.ts';
import { pause } from './pause.ts';

/** Of one step of a life. Many of them are waits for killed processes, on a machine that others use as well. */
const LIMIT_MS = 180_000;
const MORE_ORCHESTRATORS = 2;
const POLL_MS = 150;
const HASTEN_MS = 500;

/** Short ways: what takes minutes in production takes seconds here, and nothing of it decides differently. */
const PROFILE: Readonly<Record<string, string>> = {
  MOCK_PARTS: 'all',
  PROVIDER_TIMEOUT_MS: '2000',
  HEALTH_TIMEOUT_MS: '1000',
  HEALTH_BREAKER_OPEN_MS: '2000',
  HEARTBEAT_INTERVAL_MS: '1000',
  HEARTBEAT_FRESH_MS: '3000',
  DRAIN_UNREACHABLE_MS: '2000',
  REINSTALL_DEADLINE_MS: '8000',
  JOB_RETRY_MAX_MS: '2000',
  JOB_POLL_MS: '200',
  // Each killed orchestrator begins with twenty sweeps at a tenth of this.
  SWEEP_INTERVAL_MS: '3000',
};

/** Of the cloud. */
const CLOUD = { delete_ms: 200 };

export class Stage {
  readonly stack: Stack;
  readonly api: ApiClient;
  readonly cloud: MockCloudClient;
  readonly crash: CrashFile;
  readonly #orchestrators: Orchestrators;
  readonly #folder: string;
  readonly #database: Secret;
  /** What belongs to nobody is on the cloud's bill and in nobody's books. */
  readonly planted = new Set<string>();
  #count = 0;

  private constructor(parts: {
    stack: Stack;
    crash: CrashFile;
    orchestrators: Orchestrators;
    folder: string;
  }) {
    this.stack = parts.stack;
    this.crash = parts.crash;
    this.#orchestrators = parts.orchestrators;
    this.#folder = parts.folder;
    this.api = new ApiClient(parts.stack.url);
    this.cloud = new MockCloudClient(parts.stack);
    const { dataDir, portOffset } = parts.stack;
    const config = readConfig({ INVENTIV_DATA_DIR: dataDir, PORT_OFFSET: String(portOffset) });
    this.#database = databaseUrlFor(config, 'owner');
  }

  static async open(): Promise<Stage> {
    const folder = mkdtempSync(join(tmpdir(), 'inventiv-kill-points-'));
    const crash = new CrashFile(join(folder, 'order.json'));
    // Killed processes are started many times, so their compiled code is kept.
    const compiled = process.env['NODE_COMPILE_CACHE'];
    const env = {
      ...PROFILE,
      ...(compiled ? { NODE_COMPILE_CACHE: compiled } : {}),
      FAULT: `@${crash.path}`,
    };
    const stack = await startStack({ env });
    const orchestrators = await startOrchestrators(stack, MORE_ORCHESTRATORS, env);
    const stage = new Stage({ stack, crash, orchestrators, folder });
    await stage.api.login('admin', stack.adminPassword());
    await stage.setCloud(CLOUD);
    return stage;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.crash.disarm();
    await this.#orchestrators.stop();
    await this.stack[Symbol.asyncDispose]();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** From here on there is only the supervisor's own orchestrator. */
  endOthers(): Promise<void> {
    return this.#orchestrators.stop();
  }

  /** A name nobody had before. */
  nextName(prefix: string): string {
    this.#count += 1;
    return `${prefix}-${this.#count}`;
  }

  /** While a killed process comes back its callers are refused; a person would press the button again. */
  async ask<T>(method: string, path: string, body?: unknown): Promise<T> {
    const headers = method === 'POST' ? { 'idempotency-key': this.nextName(`ask-${process.pid}`) } : {};
    const deadline = performance.now() + LIMIT_MS;
    for (;;) {
      try {
        return await this.api.json<T>(method, path, body, headers);
      } catch (error) {
        const isAnswer = error instanceof assert.AssertionError && !/: 5\d\d /.test(error.message);
        if (isAnswer || performance.now() > deadline) throw error;
        await pause(POLL_MS);
      }
    }
  }

  async fault(order: Readonly<Record<string, unknown>>): Promise<void> {
    await this.cloud.send('POST', '/v1/faults', order);
  }

  async clearFaults(): Promise<void> {
    await this.cloud.send('DELETE', '/v1/faults');
  }

  /** Settings of the cloud, in force for as long as the life lasts. */
  async setCloud(change: Readonly<Record<string, unknown>>): Promise<void> {
    await this.cloud.send('PUT', '/v1/settings', change);
  }

  /** In force for as long as the life lasts, see `forgetChanges`. */
  async change(name: string, value: unknown): Promise<void> {
    await this.ask('PUT', `/api/v1/settings/${name}`, { value });
    this.#changed.add(name);
  }

  readonly #changed = new Set<string>();

  /** As it was before the life. */
  async forgetChanges(): Promise<void> {
    await this.clearFaults();
    await this.cloud.send('DELETE', '/v1/settings');
    await this.setCloud(CLOUD);
    // The last one first: settings depend on each other.
    for (const name of [...this.#changed].reverse()) await this.ask('DELETE', `/api/v1/settings/${name}`);
    this.#changed.clear();
  }

  /** A statement of the database's owner, for what no life can wait for. */
  query<T>(sql: string, values: unknown[] = []): Promise<T[]> {
    return withSession(this.#database, async (session) => (await session.query(sql, values)).rows as T[]);
  }

  /** What is due again in an hour or so is due now, unless it is under way. */
  async hasten(kind: string): Promise<void> {
    await this.query('update jobs set due_at = app_now() where kind = $1 and lease_token is null', [kind]);
    await pause(HASTEN_MS);
  }

  async until(what: string, holds: () => Promise<boolean>, limitMs = LIMIT_MS): Promise<void> {
    const deadline = performance.now() + limitMs;
    let failure: unknown;
    for (;;) {
      const isSo = await holds().catch((error: unknown) => {
        failure = error;
        return false;
      });
      if (isSo) return;
      if (performance.now() > deadline) {
        throw new Error(`not within ${limitMs} ms: ${what}`, { cause: failure });
      }
      await pause(POLL_MS);
    }
  }

  /** Whether the action log of the instance has this code with this status. */
  async hasAction(instanceId: string, code: string, status: string): Promise<boolean> {
    const path = `/api/v1/instances/${instanceId}/actions?limit=200`;
    const { data } = await this.api.json<{ data: { code: string; status: string }[] }>('GET', path);
    return data.some((action) => action.code === code && action.status === status);
  }

  /** The machine of an instance, as the cloud shows it. */
  async serverOf(instanceId: string) {
    const servers = await this.cloud.liveServers();
    const its = servers.find((server) => server.tags.includes(`inv_instance=${instanceId}`));
    if (!its) throw new Error(`${instanceId} has no server`);
    return its;
  }

  /** A server with these tags that no row knows. @returns its id and those of its volumes */
  async plant(
    { zone, type }: { readonly zone: string; readonly type: string },
    tags: readonly string[],
  ): Promise<string[]> {
    const name = this.nextName('planted');
    const { server } = await this.cloud.send<{ server: { id: string; volumes: { id: string }[] } }>(
      'POST',
      '/v1/servers',
      {
        zone,
        type,
        name,
        client_token: name,
        tags: [...tags, `inv_attempt=att_${name}`, `inv_expires=${Date.now() + 86_400_000}`],
        user_data: '#!/bin/sh\ntrue\n',
        root_bytes: 10_000_000_000,
      },
    );
    const ids = [server, ...server.volumes].map(({ id }) => id);
    for (const id of ids) this.planted.add(id);
    return ids;
  }

  async installationTag(): Promise<string> {
    const [row] = await this.query<{ id: string }>('select id from installation');
    return `inv_installation=${row?.id}`;
  }

  /** What differs between the cloud and our books now. */
  async differences(): Promise<string[]> {
    const [cloud, books] = [await readCloud(this.cloud), await this.#books()];
    return compareBooks(cloud, books, this.planted);
  }

  /** The verdict after a life: everything has ended on both sides, and the books are right. */
  async untilSettled(): Promise<void> {
    let found: string[] = [];
    const settled = async () => {
      const [cloud, books] = [await readCloud(this.cloud), await this.#books()];
      found = [...findLeft(cloud, books), ...compareBooks(cloud, books, this.planted)];
      return found.length === 0;
    };
    await this.until('nothing is left and the books are right', settled).catch((error: unknown) => {
      throw new Error([String(error), ...found].join('\n'), { cause: error });
    });
  }

  #books() {
    return withSession(this.#database, readBooks);
  }

  async untilState(id: string, wanted: string): Promise<void> {
    let seen = 'never seen';
    const holds = async () => {
      const { state, state_reason: reason } = await this.api.instance(id);
      seen = `${state} (${reason})`;
      return state === wanted;
    };
    await this.until(`${id} is ${wanted}`, holds).catch((error: unknown) => {
      throw new Error(`${String(error)}; it is ${seen}`, { cause: error });
    });
  }
}
