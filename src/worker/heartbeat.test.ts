import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { SILENT_LOG } from '#kernel/log.ts';
import { systemEnv } from '#kernel/system-env.ts';
import { WorkerCondition } from './condition.ts';
import { ControlClient } from './control-client.ts';
import { Heartbeat } from './heartbeat.ts';
import { MachineSampler, type SamplerSources } from './sampler.ts';
import { FakeControlPlane } from './testing/fake-control-plane.ts';

const env = systemEnv(SILENT_LOG);
const UNKNOWN = {
  cpuBusyTicks: null,
  cpuTotalTicks: null,
  memoryUsedBytes: null,
  memoryTotalBytes: null,
  diskUsedBytes: null,
  diskTotalBytes: null,
  networkRxBytes: null,
  networkTxBytes: null,
};

let control: FakeControlPlane;
let condition: WorkerCondition;
let stop: AbortController;
let stateDir = '';
let running: Promise<void> | undefined;
let client: ControlClient | undefined;

beforeEach(async () => {
  stateDir = fs.mkdtempSync(path.join(os.tmpdir(), 'heartbeat-'));
  control = new FakeControlPlane();
  await control.listen();
  condition = new WorkerCondition();
  stop = new AbortController();
});

afterEach(async () => {
  stop.abort();
  await running;
  client?.close();
  await control.close();
  fs.rmSync(stateDir, { recursive: true, force: true });
});

function begin(intervalMs: number, sources: Partial<SamplerSources> = {}): void {
  control.heartbeatIntervalMs = intervalMs;
  client = new ControlClient(control.url);
  const heartbeat = new Heartbeat({
    env,
    control: client,
    condition,
    sampler: new MachineSampler(env, {
      gpus: async () => [],
      system: async () => UNKNOWN,
      engineMetrics: async () => undefined,
      ...sources,
    }),
    agent: { version: '1', build_date: 'd', sha256: 'a'.repeat(64) },
    registration: {
      enrolment: 'e',
      nonce: 'n',
      response: control.order(),
      seqReserved: 10_000,
      seqFrom: 0,
      superseded: false,
    },
    stateDir,
    signal: stop.signal,
  });
  running = heartbeat.run();
}

async function until(isTrue: () => boolean, limitMs = 20_000): Promise<void> {
  const endAt = Date.now() + limitMs;
  while (!isTrue()) {
    assert.ok(Date.now() < endAt, 'waited too long');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

describe('the heartbeat', { timeout: 30_000 }, () => {
  it('beats at its interval, with rising numbers and the worker token', async () => {
    begin(60);
    await until(() => control.beats.length >= 4);
    assert.deepEqual(
      control.beats.slice(0, 4).map((beat) => beat.seq),
      [0, 1, 2, 3],
    );
    assert.equal(control.bearers[0], 'Bearer worker-token-of-the-test');
    assert.equal(control.beats[0]?.epoch, 7);
  });

  it('tells a change at once, without waiting for the interval', async () => {
    begin(60_000);
    await until(() => control.beats.length === 1);
    const startedAt = Date.now();
    condition.updateEngine({ status: 'ready', engineHttp: true });
    await until(() => control.lastBeat?.status === 'ready');
    assert.ok(Date.now() - startedAt < 300);
  });

  it('takes a new token and new orders, on disk before they are used', async () => {
    const kept: string[] = [];
    control.onBeat = (_beat, count) => {
      const file = `${stateDir}/registration.json`;
      kept.push(
        fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')).response.worker_token : 'none',
      );
      if (count !== 2) return undefined;
      const body = { desired: 'serve', next_token: 'token-2', heartbeat_interval_ms: 70, dead_man_ms: 5 };
      return { status: 200, body };
    };
    begin(60);
    await until(() => control.beats.length >= 4);
    assert.deepEqual(control.bearers.slice(0, 4), [
      'Bearer worker-token-of-the-test',
      'Bearer worker-token-of-the-test',
      'Bearer token-2',
      'Bearer token-2',
    ]);
    assert.equal(kept[2], 'token-2');
    const { response } = JSON.parse(fs.readFileSync(`${stateDir}/registration.json`, 'utf8'));
    assert.deepEqual([response.heartbeat_interval_ms, response.dead_man_ms], [70, 5]);
  });

  it('stops for good when it was shut out', async () => {
    control.onBeat = () => ({ status: 410, body: { code: 'worker.revoked' } });
    begin(20);
    await running;
    assert.equal(condition.refusal, 'stopped');
    assert.equal(control.beats.length, 1);
  });

  it('never has two beats under way, and sends another right after a change meanwhile', async () => {
    control.onBeat = async () => {
      await new Promise((resolve) => setTimeout(resolve, 60));
      return undefined;
    };
    begin(60_000);
    await until(() => control.beats.length === 1);
    for (const status of ['pulling', 'loading', 'warming', 'ready'] as const) {
      condition.updateEngine({ status });
    }
    await until(() => control.lastBeat?.status === 'ready');
    assert.equal(control.beats.length, 2, 'four changes went in one beat');
    assert.equal(control.beatsInFlightMax, 1);
  });

  it('tells progress in bytes within about a second, not at every step', async () => {
    begin(60_000);
    await until(() => control.beats.length === 1);
    for (let bytes = 0; bytes < 100; bytes++) condition.updateEngine({ bytesLoaded: bytes, bytesTotal: 100 });
    await until(() => control.lastBeat?.model_bytes_loaded === 99);
    assert.equal(control.beats.length, 2);
  });

  it('drains and serves as the answers say', async () => {
    condition.updateEngine({ status: 'ready' });
    control.desired = 'drain';
    begin(50);
    await until(() => control.lastBeat?.status === 'draining');
    assert.equal(condition.refusal, 'draining');
    control.desired = 'serve';
    await until(() => control.lastBeat?.status === 'ready');
  });

  it('lets no older answer undo an order to drain', async () => {
    condition.updateEngine({ status: 'ready' });
    let answer = (): void => undefined;
    control.onBeat = async (_beat, count) => {
      if (count === 1) {
        await new Promise<void>((resolve) => {
          answer = resolve;
        });
      } else {
        control.desired = 'drain';
      }
      return undefined;
    };
    begin(60_000);
    await until(() => control.beats.length === 1);
    condition.withdraw('drain_ordered');
    answer();
    await until(() => control.beats.length === 2);
    assert.equal(control.lastBeat?.status, 'draining');
    assert.equal(condition.status, 'draining');
  });

  it('stops for good when a newer worker took over', async () => {
    condition.updateEngine({ status: 'ready' });
    control.onBeat = () => ({ status: 409, body: { code: 'worker.superseded' } });
    begin(20);
    await running;
    assert.equal(control.beats.length, 1);
    assert.equal(condition.status, 'stopped');
    const kept = JSON.parse(fs.readFileSync(path.join(stateDir, 'registration.json'), 'utf8'));
    assert.equal(kept.superseded, true);
  });

  it('goes on after answers that make no sense', async () => {
    condition.updateEngine({ status: 'ready' });
    const nonsense = [
      { status: 200, body: 'not json' },
      { status: 200, body: [] },
      { status: 200, body: { desired: 'explode' } },
      { status: 409, body: { code: 'something.else' } },
      { status: 500, body: {} },
      { status: 200, body: {}, isLost: true },
    ];
    control.onBeat = (_beat, count) => nonsense[count - 1];
    begin(20);
    await until(() => control.beats.length > nonsense.length + 2);
    assert.equal(condition.status, 'ready');
  });

  it('serves on while the control plane is away, and is back soon after it', async () => {
    condition.updateEngine({ status: 'ready' });
    begin(50);
    await until(() => control.beats.length >= 2);
    const { port } = control;
    await control.close();
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert.equal(condition.refusal, undefined);
    const again = new FakeControlPlane();
    await again.listen(port);
    control = again;
    await until(() => again.beats.length >= 2);
  });

  it('is not delayed by a probe that hangs', async () => {
    begin(50, { gpus: () => new Promise(() => undefined) });
    await until(() => control.beats.length >= 3);
  });
});
