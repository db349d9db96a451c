/** One stack with three orchestrators and an armed crash file: where lives are lived while processes are killed. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiClient } from '../api-client.ts';
import { MockCloudClient } from '../mock-cloud-client.ts';
import { type Stack, startStack } from '../stack.ts';
import { CrashFile } from './crash-file.ts';
import { type Orchestrators, startOrchestrators } from './orchestrators.ts';

export const LIMIT_MS = 60_000;
const MORE_ORCHESTRATORS = 2;
const POLL_MS = 50;

export class Stage {
  readonly stack: Stack;
  readonly api: ApiClient;
  readonly cloud: MockCloudClient;
  readonly crash: CrashFile;
  readonly #orchestrators: Orchestrators;
  readonly #folder: string;
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
  }

  static async open(variables: Readonly<Record<string, string>>): Promise<Stage> {
    const folder = mkdtempSync(join(tmpdir(), 'inventiv-kill-points-'));
    const crash = new CrashFile(join(folder, 'order.json'));
    const env = { ...variables, FAULT: `@${crash.path}` };
    const stack = await startStack({ env });
    const orchestrators = await startOrchestrators(stack, MORE_ORCHESTRATORS, env);
    const stage = new Stage({ stack, crash, orchestrators, folder });
    await stage.api.login('admin', stack.adminPassword());
    return stage;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.crash.disarm();
    await this.#orchestrators.stop();
    await this.stack[Symbol.asyncDispose]();
    rmSync(this.#folder, { recursive: true, force: true });
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

  async until(what: string, holds: () => Promise<boolean>, limitMs = LIMIT_MS): Promise<void> {
    const deadline = performance.now() + limitMs;
    for (;;) {
      const isSo = await holds().catch(() => false);
      if (isSo) return;
      if (performance.now() > deadline) throw new Error(`not within ${limitMs} ms: ${what}`);
      await pause(POLL_MS);
    }
  }

  /** Whether the action log of the instance has this code with this status. */
  async hasAction(instanceId: string, code: string, status: string): Promise<boolean> {
    const path = `/api/v1/instances/${instanceId}/actions`;
    const { data } = await this.api.json<{ data: { code: string; status: string }[] }>('GET', path);
    return data.some((action) => action.code === code && action.status === status);
  }

  /** The agent of its machine neither answers nor reports any more. */
  async stopAgent(instanceId: string): Promise<void> {
    const servers = await this.cloud.liveServers();
    const its = servers.find((server) => server.tags.includes(`inv_instance=${instanceId}`));
    if (!its?.agent_pid) throw new Error(`${instanceId} has no agent`);
    process.kill(its.agent_pid, 'SIGSTOP');
  }

  /** A server with this installation's tags that no row knows. */
  async plant({ zone, type }: { readonly zone: string; readonly type: string }): Promise<void> {
    const name = this.nextName('planted');
    const { server } = await this.cloud.send<{ server: { id: string; volumes: { id: string }[] } }>(
      'POST',
      '/v1/servers',
      {
        zone,
        type,
        name,
        client_token: name,
        tags: [
          `inv_installation=${await this.#installation()}`,
          'inv_instance=inst_nobody',
          `inv_attempt=att_${name}`,
          `inv_expires=${Date.now() + 86_400_000}`,
        ],
        user_data: '#!/bin/sh\ntrue\n',
        root_bytes: 10_000_000_000,
      },
    );
    for (const { id } of [server, ...server.volumes]) this.planted.add(id);
  }

  /** As the tags of a machine that lives tell it. */
  async #installation(): Promise<string> {
    const { servers } = await this.cloud.send<{ servers: { tags: string[] }[] }>(
      'GET',
      '/v1/servers?per_page=100',
    );
    const tags = servers.flatMap((server) => server.tags);
    const tag = tags.find((one) => one.startsWith('inv_installation='));
    if (!tag) throw new Error('no machine lives');
    return tag.slice('inv_installation='.length);
  }

  async untilNothingLives(): Promise<void> {
    let left: readonly string[] = [];
    await this.until('nothing is left at the cloud', async () => {
      left = await this.cloud.listLiving();
      return left.length === 0;
    }).catch(() => {
      throw new Error(`left at the cloud: ${left.join(', ')}`);
    });
  }

  async untilState(id: string, wanted: string): Promise<void> {
    let seen = '';
    await this.until(`${id} is ${wanted}, it is ${seen}`, async () => {
      seen = (await this.api.instance(id)).state;
      return seen === wanted;
    });
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
