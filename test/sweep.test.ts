/** What nobody wants, at a provider with a bill of its own; and the words of a shell about it. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { ApiClient } from './api-client.ts';
import { MockCloudClient } from './mock-cloud-client.ts';
import { type Stack, startStack } from './stack.ts';

const ROOT = resolve(import.meta.dirname, '..');
const LIMIT_MS = 60_000;

test('an orphan at the provider goes, the machine that is wanted stays, and a shell can ask and read', {
  timeout: 240_000,
}, async () => {
  await using stack = await startStack();
  try {
    const api = new ApiClient(stack.url);
    await api.login('admin', stack.adminPassword());
    const cloud = new MockCloudClient(stack);
    const { instances } = await api.deployMock('wanted', 1);
    const [instance] = instances;
    assert(instance);
    await api.waitForState(instance.id, 'ready', LIMIT_MS);
    const [wanted] = await cloud.liveServers();
    assert(wanted);
    const mine = wanted.tags.find((tag) => tag.startsWith('inv_installation='));
    assert(mine);
    await plant(cloud, instance.zone, instance.instance_type, mine);
    await plant(cloud, instance.zone, instance.instance_type, 'inv_installation=ins_of_somebody_else');
    assert.equal((await cloud.liveServers()).length, 3);

    const report = await word(stack, 'reconcile');
    assert.equal(report.status, 0, report.err + report.out);
    assert.match(report.out, /^rec_\w+: done, 1 instances looked at\nmock: complete, \d+ ms\n {2}listed \d+/);
    const left = await until(async () => {
      const servers = await cloud.liveServers();
      return servers.length === 2 ? servers : undefined;
    }, 'the end of the orphan');
    assert(
      left.some((server) => server.id === wanted.id),
      'the wanted one is there',
    );
    assert(left.some((server) => server.tags.includes('inv_installation=ins_of_somebody_else')));
    await until(async () => ((await cloud.liveVolumes()).length === 2 ? true : undefined), 'its volume');
    const view = await api.json<{ state: string }>('GET', `/api/v1/instances/${instance.id}`);
    assert.equal(view.state, 'ready');

    const shown = await word(stack, 'sweep');
    assert.match(shown.out, /mock complete: listed \d+/);
    const synced = await word(stack, 'sync-catalogue', '--provider', 'mock');
    assert.match(synced.out, /^sync_\w+: done\nmock: \d+ offers, \d+ types/, synced.err);
    assert.match((await word(stack, 'sweep', 'confirm', 'round_none')).err, /There is no such round/);
    assert.match(
      (await word(stack, 'reconcile', '--provider', 'nowhere')).err,
      /There is no provider nowhere/,
    );
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.stack : error}\n${stack.logTail()}`, { cause: error });
  }
});

/** A server with the tags of an order that no row knows. */
async function plant(cloud: MockCloudClient, zone: string, type: string, installation: string) {
  const name = `planted-${installation.slice(-6).toLowerCase().replaceAll('_', '-')}`;
  await cloud.send('POST', '/v1/servers', {
    zone,
    type,
    name,
    client_token: name,
    tags: [installation, 'inv_instance=inst_nobody', `inv_attempt=att_${name}`, 'inv_expires=9999999999999'],
    user_data: '#!/bin/sh\ntrue\n',
    root_bytes: 10_000_000_000,
  });
}

async function word(stack: Stack, ...words: string[]) {
  const child = spawn(process.execPath, [join(ROOT, 'bin/inventiv.ts'), ...words], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: LIMIT_MS,
    env: {
      PATH: process.env['PATH'],
      LOG_FORMAT: 'json',
      INVENTIV_DATA_DIR: stack.dataDir,
      PORT_OFFSET: String(stack.portOffset),
    },
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const [status] = await once(child, 'close');
  return { status, out, err };
}

async function until<T>(look: () => Promise<T | undefined>, what: string): Promise<T> {
  const deadline = performance.now() + LIMIT_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    assert(performance.now() < deadline, `not in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
