import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { Env } from '#kernel/env.ts';
import { SILENT_LOG } from '#kernel/log.ts';
import { systemEnv } from '#kernel/system-env.ts';
import { ControlClient } from './control-client.ts';
import { ensureRegistered, type Registration } from './registration.ts';
import { FakeControlPlane } from './testing/fake-control-plane.ts';
import { parseWorkerConfig, type WorkerConfig } from './worker-config.ts';

let control: FakeControlPlane;
let stateDir = '';
let sleeps: number[] = [];
/** Long waits are noted instead of waited for. */
const env: Env = {
  ...systemEnv(SILENT_LOG),
  async sleep(ms) {
    sleeps.push(ms);
  },
};

beforeEach(async () => {
  sleeps = [];
  stateDir = fs.mkdtempSync(path.join(os.tmpdir(), 'registration-'));
  control = new FakeControlPlane();
  await control.listen();
});

afterEach(async () => {
  await control.close();
  fs.rmSync(stateDir, { recursive: true, force: true });
});

function config(bootstrapToken = 'boot-1'): WorkerConfig {
  return parseWorkerConfig(
    JSON.stringify({
      control_url: `${control.url}/`,
      instance_id: 'inst_test',
      bootstrap_token: bootstrapToken,
      state_dir: stateDir,
    }),
  );
}

async function register(
  changes: { config?: WorkerConfig; signal?: AbortSignal } = {},
): Promise<Registration | undefined> {
  const client = new ControlClient(control.url);
  try {
    return await ensureRegistered({
      env,
      config: changes.config ?? config(),
      control: client,
      agent: { version: '1', build_date: 'd', sha256: 'a'.repeat(64) },
      machine: async () => ({ hostname: 'h', cpus: 1, memory_bytes: 1, gpus: [] }),
      signal: changes.signal ?? new AbortController().signal,
    });
  } finally {
    client.close();
  }
}

describe('the registration', { timeout: 20_000 }, () => {
  it('keeps the worker token in a file that only its owner reads', async () => {
    const registration = await register();
    assert.equal(registration?.response.epoch, 7);
    const file = path.join(stateDir, 'registration.json');
    assert.equal(fs.statSync(file).mode & 0o777, 0o600);
    const text = fs.readFileSync(file, 'utf8');
    assert.ok(text.includes('worker-token-of-the-test'));
    assert.ok(!text.includes('boot-1'), 'the bootstrap token is not kept a second time');
  });

  it('is not repeated by a restarted agent, whose beats are numbered on from the reserved block', async () => {
    const first = await register();
    const second = await register();
    assert.equal(control.registrations.length, 1);
    assert.equal(second?.response.worker_token, first?.response.worker_token);
    assert.equal(first?.seqFrom, 0);
    assert.ok((second?.seqFrom ?? 0) >= (first?.seqReserved ?? 0));
  });

  it('asks again with the same nonce when the answer was lost', async () => {
    control.onRegister = (_request, count) =>
      count <= 2 ? { status: 200, body: {}, isLost: true } : undefined;
    await register();
    const nonces = control.registrations.map((request) => request.nonce);
    assert.equal(nonces.length, 3);
    assert.equal(new Set(nonces).size, 1);
  });

  it('asks with the same nonce after the agent was killed between question and answer', async () => {
    const stop = new AbortController();
    control.onRegister = () => {
      stop.abort();
      return { status: 200, body: {}, isLost: true };
    };
    assert.equal(await register({ signal: stop.signal }), undefined);
    control.onRegister = () => undefined;
    assert.ok(await register());
    assert.equal(control.registrations[0]?.nonce, control.registrations[1]?.nonce);
  });

  it('waits long after a refusal and short after a failure', async () => {
    control.onRegister = (_request, count) => {
      if (count === 1) return { status: 503, body: { code: 'database.unavailable' } };
      if (count === 2) return { status: 401, body: { code: 'worker.bad_token' } };
      return undefined;
    };
    assert.ok(await register());
    assert.equal(sleeps.length, 2);
    assert.ok((sleeps[0] ?? 0) < 1_000);
    assert.ok((sleeps[1] ?? 0) >= 15_000);
  });

  it('starts nothing on an answer that is incomplete, garbage, or for another instance', async () => {
    const order = control.order();
    const answers: unknown[] = [
      'not json',
      '[]',
      {},
      { ...order, epoch: 'seven' },
      { ...order, data_token_sha256: 'short' },
      { ...order, engine: { kind: 'unheard-of', args: [] } },
      { ...order, engine: { kind: 'vllm', args: [1] } },
      { ...order, model: null },
      { ...order, instance_id: 'inst_other' },
    ];
    control.onRegister = (_request, count) =>
      count <= answers.length ? { status: 200, body: answers[count - 1] } : undefined;
    assert.ok(await register());
    assert.equal(control.registrations.length, answers.length + 1);
  });

  it('is made anew when the machine was enrolled again, or the stored one is damaged', async () => {
    await register();
    await register({ config: config('boot-2') });
    assert.equal(control.registrations.length, 2);
    assert.notEqual(control.registrations[0]?.nonce, control.registrations[1]?.nonce);
    fs.writeFileSync(path.join(stateDir, 'registration.json'), '{"enrolment": "half');
    await register({ config: config('boot-2') });
    assert.equal(control.registrations.length, 3);
  });
});

describe('the configuration of a worker', () => {
  it('has defaults for ports and addresses and names the field that is wrong', () => {
    const given = { control_url: 'http://c', instance_id: 'i', bootstrap_token: 'b', state_dir: '/s' };
    const parsed = parseWorkerConfig(JSON.stringify(given));
    assert.deepEqual(
      [parsed.agentPort, parsed.dataPort, parsed.enginePort, parsed.listenAddress, parsed.engineHost],
      [8080, 8000, 8001, '0.0.0.0', '127.0.0.1'],
    );
    assert.ok(!JSON.stringify(parsed).includes('"b"'), 'the token does not print itself');
    assert.throws(() => parseWorkerConfig('{'), /not valid JSON/);
    assert.throws(() => parseWorkerConfig(JSON.stringify({ ...given, agent_port: 70_000 })), /agent_port/);
    assert.throws(() => parseWorkerConfig(JSON.stringify({ ...given, state_dir: undefined })), /state_dir/);
  });
});
