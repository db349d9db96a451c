/**
 * `make e2e-provider` against the pretended Scaleway over HTTP: without credentials it says so, with them it lives one
 * whole life and leaves nothing, and killed in the middle its dead man deletes what it had ordered.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { SILENT_LOG } from '#kernel/log.ts';
import { systemEnv } from '#kernel/system-env.ts';
import { FakeScaleway } from '#providers/scaleway/testing/fake-scaleway.ts';
import { RentedMachines } from './rented-machines.ts';
import { scalewayMachines } from './scaleway-machines.ts';
import { FAST } from './stack.ts';

const ROOT = join(import.meta.dirname, '..');
const KEY = '11111111-2222-4333-8444-555555555555';
const PROJECT = '99999999-2222-4333-8444-555555555555';
const LIMIT_MS = 240_000;
const ADDRESSES = 12;

describe('make e2e-provider', { timeout: 880_000 }, () => {
  const env = systemEnv(SILENT_LOG);
  const folder = mkdtempSync(join(tmpdir(), 'inventiv-e2e-test-'));
  const temporary = join(folder, 'tmp');
  const secrets = join(folder, 'secrets');
  let machines: RentedMachines;
  let fake: FakeScaleway;

  before(async () => {
    mkdirSync(temporary);
    mkdirSync(secrets);
    writeFileSync(join(secrets, 'scaleway_secret_key'), KEY, { mode: 0o600 });
    machines = await RentedMachines.open(env, join(folder, 'machines'), ADDRESSES);
    fake = await FakeScaleway.start({
      ...{ env, secretKey: KEY, newAddress: machines.newAddress },
      machines: scalewayMachines(machines),
    });
  });

  after(async () => {
    await fake?.close();
    await machines?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  function start(variables: Record<string, string>): {
    child: ChildProcess;
    said: () => string;
    out: () => string;
  } {
    const child = spawn(process.execPath, ['bench/e2e-provider.ts'], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...{ PATH: process.env['PATH'], HOME: process.env['HOME'], TMPDIR: temporary },
        NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
        ...{ ...FAST, PROVIDER: 'scaleway', QUIET_MS: '500', ...variables },
      },
    });
    const texts = { said: '', out: '' };
    child.stderr?.on('data', (chunk: Buffer) => {
      texts.said += chunk.toString();
    });
    child.stdout?.on('data', (chunk: Buffer) => {
      texts.out += chunk.toString();
    });
    return { child, said: () => texts.said, out: () => texts.out };
  }

  async function ended(
    run: ReturnType<typeof start>,
  ): Promise<Record<string, unknown> & { code: number | null }> {
    if (run.child.exitCode === null) await once(run.child, 'close');
    const last = run.out().trim().split('\n').at(-1) ?? '{}';
    return { ...(JSON.parse(last) as Record<string, unknown>), code: run.child.exitCode };
  }

  const account = () => ({
    ...{ SECRETS_DIR: secrets, SCALEWAY_API_URL: fake.url, SCALEWAY_PROJECT_ID: PROJECT },
    ...{ SCALEWAY_ZONES: 'fr-par-1,fr-par-2', PROVIDER_TIMEOUT_MS: '10000' },
    // The machines of the pretended Scaleway are processes of this one.
    PUBLIC_URL_CHECK: 'off',
  });

  it('without credentials, or for a provider that there is not, says so and ends well', async () => {
    for (const [variables, reason] of [
      [{ SECRETS_DIR: join(folder, 'none') }, /no credentials for scaleway/],
      [{ PROVIDER: 'nobody' }, /no adapter/],
      [{ PROVIDER: 'mock' }, /no adapter/],
    ] as const) {
      const run = start(variables);
      const { code, skipped } = await ended(run);
      assert.deepEqual([code, reason.test(String(skipped))], [0, true], run.said());
    }
    assert.deepEqual(readdirSync(temporary), [], 'copies of secrets are gone');
  });

  it('lives a whole life within its price, shows the bill, and leaves nothing', async () => {
    // What the simulated engine on board of the pretended machines serves.
    const run = start({ ...account(), MODEL: 'Qwen/Qwen3-8B' });
    const { code, left: found, cost_micros: cost, completion_tokens: tokens } = await ended(run);
    assert.deepEqual([code, found], [0, 0], run.said());
    assert.ok((tokens as number) > 0 && (cost as number) >= 0, run.said());
    assert.match(run.said(), /bill: server .* EUR/);
    assert.deepEqual(left(fake), []);
    assert.deepEqual(copies(), [], 'copies of secrets are gone');
  });

  it('orders nothing when the cap does not pay for a start', async () => {
    const posts = fake.calls.filter(({ method }) => method === 'POST').length;
    const run = start({ ...account(), MAX_EUR: '0.01' });
    const { code, error } = await ended(run);
    assert.deepEqual([code, /MAX_EUR=0\.01 pays for/.test(String(error))], [1, true], run.said());
    assert.equal(fake.calls.filter(({ method }) => method === 'POST').length, posts);
  });

  it('killed in the middle, its dead man ends the stack and deletes what was ordered', async () => {
    const run = start(account());
    await until(() => fake.world.servers.size > 0 || run.child.exitCode !== null, run.said);
    assert.equal(run.child.exitCode, null, run.said());
    run.child.kill('SIGKILL');
    await once(run.child, 'close');
    const log = () => {
      return readdirSync(temporary)
        .map((name) => join(temporary, name, 'dead-man.log'))
        .filter((path) => existsSync(path))
        .map((path) => readFileSync(path, 'utf8'))
        .join('\n');
    };
    await until(() => left(fake).length === 0 && copies().length === 0, log);
    assert.match(log(), /begins: delete[\s\S]*deleting server[\s\S]*"left":0/);
  });

  function copies(): string[] {
    return readdirSync(temporary).filter((name) => existsSync(join(temporary, name, 'data')));
  }
});

/** Everything there is, by kind. */
function left({ world }: FakeScaleway): string[] {
  return [
    ...[...world.servers.values()].map(({ id, state }) => `server ${id} ${state}`),
    ...[...world.volumes.values()].map(({ id, type }) => `volume ${id} ${type}`),
    ...[...world.ips.keys()].map((id) => `address ${id}`),
    ...[...world.groups.keys()].map((id) => `group ${id}`),
  ];
}

async function until(isSo: () => boolean, tell: () => string): Promise<void> {
  const deadline = performance.now() + LIMIT_MS;
  while (!isSo()) {
    assert.ok(performance.now() < deadline, tell());
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
