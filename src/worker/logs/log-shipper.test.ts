import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { workerLogsRequestSchema } from '#contracts/logs.ts';
import type { Env } from '#kernel/env.ts';
import { SILENT_LOG } from '#kernel/log.ts';
import { systemEnv } from '#kernel/system-env.ts';
import { ControlClient } from '../control-client.ts';
import { LogFile } from '../log-file.ts';
import { FakeControlPlane } from '../testing/fake-control-plane.ts';
import { jsonLog } from '../worker-log.ts';
import { LogShipper } from './log-shipper.ts';

const LIMIT_MS = 20_000;
let plane: FakeControlPlane;
let dir: string;
let logFile: LogFile;
let client: ControlClient;
let stopping: AbortController;
let env: Env;
const running: Promise<void>[] = [];

beforeEach(async () => {
  plane = new FakeControlPlane();
  await plane.listen();
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'logs-'));
  logFile = new LogFile(dir, 20_000);
  client = new ControlClient(plane.url);
  stopping = new AbortController();
  const system = systemEnv(SILENT_LOG);
  // Waits of the shipper pass a hundred times faster.
  env = { ...system, sleep: (ms, signal) => system.sleep(ms / 100, signal) };
});

afterEach(async () => {
  stopping.abort();
  await Promise.all(running.splice(0));
  client.close();
  await plane.close();
  fs.rmSync(dir, { recursive: true, force: true });
});

function start(change: { instanceId?: string; epoch?: number; secrets?: string[] } = {}): LogShipper {
  const shipper = new LogShipper({
    env,
    control: client,
    logDir: dir,
    stateDir: path.join(dir, 'state'),
    instanceId: change.instanceId ?? 'inst_test',
    identity: () => ({ epoch: change.epoch ?? 1, token: 'worker-token' }),
    secrets: () => change.secrets ?? [],
    signal: stopping.signal,
  });
  running.push(shipper.run());
  return shipper;
}

/** As a kill would: nothing more is written or sent. */
async function stop(): Promise<void> {
  stopping.abort();
  await Promise.all(running.splice(0));
  stopping = new AbortController();
}

const log = (message: string, fields: Record<string, unknown> = {}): void =>
  jsonLog((line) => logFile.append(line), Date.now).info(fields, message);

/** What a control plane that knows its numbers keeps. */
function kept(file = 'agent'): string[] {
  const lines = new Map<number, string>();
  for (const batch of plane.logs) {
    if (batch.file !== file) continue;
    for (const [index, { line }] of batch.lines.entries()) {
      if (!lines.has(batch.from_seq + index)) lines.set(batch.from_seq + index, line);
    }
  }
  return [...lines].sort(([a], [b]) => a - b).map(([, line]) => line);
}

async function until(isTrue: () => boolean): Promise<void> {
  const endAt = performance.now() + LIMIT_MS;
  while (!isTrue()) {
    assert.ok(performance.now() < endAt, `waited too long: ${kept().slice(-5)}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const numbered = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => `line ${from + index}`);

describe('the log shipper', { timeout: 120_000 }, () => {
  it('sends the lines of agent, engine and installation with their source, level and time', async () => {
    fs.writeFileSync(
      path.join(dir, 'install.log'),
      '2026-11-21T10:00:00Z begin, worker abc\n2026-11-21T10:00:01Z failed: cannot download node\n',
    );
    log('The agent starts.', { pid: 7 });
    log('The engine printed a line.', { component: 'engine', line: 'Loading weights took 3 s' });
    start();
    await until(() => kept().length === 2 && kept('install').length === 2);
    const lines = plane.logs.flatMap((batch) => batch.lines);
    assert.deepEqual(
      lines.map(({ source, level, line }) => [source, level, line]),
      [
        ['install', 'info', 'begin, worker abc'],
        ['install', 'error', 'failed: cannot download node'],
        ['agent', 'info', 'The agent starts. {"pid":7}'],
        ['engine', 'info', 'Loading weights took 3 s'],
      ],
    );
    assert.equal(lines[0]?.at_ms, Date.parse('2026-11-21T10:00:00Z'));
    for (const batch of plane.logs) workerLogsRequestSchema.parse(batch);
  });

  it('sends every line once through rotations, restarts and lost answers', async () => {
    let count = 0;
    plane.onLogs = (batch) => {
      count += 1;
      if (count % 3 === 1) return { status: 200, body: { next_seq: batch.from_seq }, isLost: true };
      return count % 5 === 0 ? { status: 503, body: {} } : undefined;
    };
    for (let round = 0; round < 8; round++) {
      start({ epoch: round });
      for (const line of numbered(round * 50, round * 50 + 50)) log(line);
      await until(() => kept().length >= round * 50 + 50);
      await stop();
    }
    assert.deepEqual(kept(), numbered(0, 400));
  });

  it('loses the oldest and says so when the control plane is away for too long', async () => {
    for (const line of numbered(0, 100)) log(line);
    start();
    await until(() => kept().length === 100);
    let isAway = true;
    plane.onLogs = () => (isAway ? { status: 503, body: {} } : undefined);
    for (const line of numbered(100, 2_000)) log(line);
    await stop();
    isAway = false;
    start();
    await until(() => kept().at(-1) === 'line 1999');
    const lines = kept();
    const notices = lines.filter((line) => line.includes('overwritten'));
    assert.equal(notices.length, 1);
    const rest = lines.slice(lines.indexOf(notices[0] ?? '') + 1);
    assert.deepEqual(rest, numbered(2_000 - rest.length, 2_000));
    assert.ok(rest.length > 300 && rest.length < 1_900);
  });

  it('is broken by no bytes: binary, a line of a mebibyte, NUL, invalid UTF-8, half characters', async () => {
    const worker = path.join(dir, 'worker.log');
    const garbage = Buffer.concat([
      Buffer.from(Array.from({ length: 3_000 }, (_, index) => (index * 7) % 256)),
      Buffer.from('\n\n{"half":\n\u0000\u0001nul\n'),
      Buffer.from([0xff, 0xfe, 0xc3, 0x28, 0x0a]),
      Buffer.from('{"time":5,"message":"\\ud800 alone","level":"loud"}\n'),
      Buffer.from(`${'é'.repeat(600_000)}\n\u001b[31mred\u001b[0m\r\n`),
      Buffer.from(`{"message":"${'😀'.repeat(9_000)}"}\nlast\n`),
    ]);
    fs.appendFileSync(worker, garbage);
    start();
    await until(() => kept().includes('last'));
    for (const batch of plane.logs) {
      const { lines } = workerLogsRequestSchema.parse(batch);
      for (const { line } of lines) {
        assert.ok(line.isWellFormed() && !line.includes('\0') && line.length <= 8_192);
      }
    }
    assert.ok(kept().includes('red') && kept().includes('nul'));
    assert.ok(kept().some((line) => line.endsWith('[cut]')));
    await stop();
    log('afterwards');
    start();
    await until(() => kept().at(-1) === 'afterwards');
  });

  it('leaves out the one line that is refused, and goes on', async () => {
    plane.onLogs = (batch) =>
      batch.lines.some(({ line }) => line === 'line 13') ? { status: 422, body: {} } : undefined;
    for (const line of numbered(0, 40)) log(line);
    start();
    await until(() => kept().length === 39);
    assert.deepEqual(
      kept(),
      numbered(0, 40).filter((line) => line !== 'line 13'),
    );
  });

  it('waits when it is told to, and ends when a newer worker took over', async () => {
    const answers = [
      { status: 429, body: {} },
      { status: 429, body: {} },
      { status: 409, body: { code: 'worker.superseded' } },
    ];
    plane.onLogs = () => answers.shift();
    log('once');
    start();
    await Promise.all(running);
    assert.deepEqual([answers.length, plane.logs.length], [0, 0]);
  });

  it('takes secrets out before they leave', async () => {
    const token = `${'hf'}_${'aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0fG'}`;
    log('started with swordfish', { env: { HF_TOKEN: token }, note: `Bearer ${token}` });
    log('The engine printed a line.', {
      component: 'engine',
      line: `token="${token}" ${'x'.repeat(9_000)} swordfish`,
    });
    start({ secrets: ['swordfish'] });
    await until(() => kept().length === 2);
    const sent = JSON.stringify(plane.logs);
    assert.ok(!sent.includes(token.slice(3)) && !sent.includes('swordfish'), sent.slice(0, 500));
  });

  it('tells another instance nothing of the one that the machine served before', async () => {
    log('of the first');
    start({ instanceId: 'inst_first' });
    await until(() => kept().length === 1);
    log('unsent, of the first');
    await stop();
    plane.logs.length = 0;
    // What the first left is there when the second begins.
    log('late, of the first');
    const before = kept().length;
    start({ instanceId: 'inst_second' });
    log('of the second');
    await until(() => kept().includes('of the second'));
    assert.ok(before <= 1);
    const told = plane.logs.filter((batch) => batch.instance_id === 'inst_second');
    assert.deepEqual(
      told.flatMap((batch) => batch.lines.map(({ line }) => line)),
      ['of the second'],
    );
  });

  it('sends what is left when the agent leaves', async () => {
    const shipper = start();
    await stop();
    for (const line of numbered(0, 1_200)) log(line);
    await shipper.finish(AbortSignal.timeout(LIMIT_MS));
    assert.deepEqual(kept().at(-1), 'line 1199');
  });
});
