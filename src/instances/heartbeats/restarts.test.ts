/** Several api processes that come and go under beats: what a worker was told to be heard is never lost. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readConfig } from '#config/config.ts';
import { fixedSettings } from '#config/settings.ts';
import type { HeartbeatRequest, RegisterResponse, WorkerStatus } from '#contracts/worker.ts';
import { AppError } from '#kernel/errors.ts';
import { beatOf, driveToReady, openBench, order } from '../testing/bench.ts';
import { makeDesk } from '../testing/heartbeats.ts';
import type { HeartbeatDesk } from './heartbeat-desk.ts';

const settings = fixedSettings(readConfig({ HEARTBEAT_FLUSH_MS: '50' }));

test('api processes that end and start under the beats of many workers lose no word of them', async (t) => {
  const bench = await openBench(t);
  const workers: RegisterResponse[] = [];
  for (let n = 0; n < 4; n++) workers.push(await driveToReady(bench, await order(bench, `demo-${n}`)));
  const begin = async () => {
    const desk = makeDesk(bench.env, bench.db, { settings });
    await desk.start();
    return desk;
  };
  const desks: HeartbeatDesk[] = [await begin(), await begin()];
  t.after(() => Promise.all(desks.map((desk) => desk.stop())));
  const accepted = new Map<string, HeartbeatRequest>();
  const live = async (worker: RegisterResponse, number: number) => {
    for (let count = 0; count < 60; count++) {
      const status: WorkerStatus = (count + number) % 5 === 0 ? 'failed' : 'ready';
      const error = status === 'failed' ? { code: `crash_${count}`, message: 'gone' } : null;
      const beat = beatOf(worker, status, { error, in_flight: count });
      // As an agent does: refused or unheard, the next one tells the present.
      const desk = desks[(count + number) % desks.length];
      const identity = await desk?.identify(worker.worker_token);
      if (!desk || !identity) continue;
      await desk.record(identity, beat).then(
        () => accepted.set(worker.instance_id, beat),
        (problem: unknown) => assert.ok(problem instanceof AppError, String(problem)),
      );
      await bench.env.sleep(10);
    }
  };
  let isOver = false;
  const restart = async () => {
    for (let count = 0; !isOver; count++) {
      const old = desks[count % desks.length];
      desks[count % desks.length] = await begin();
      await old?.stop();
    }
  };
  const restarts = restart();
  await Promise.all(workers.map(live));
  isOver = true;
  await restarts;
  await Promise.all(desks.map((desk) => desk.stop()));
  for (const worker of workers) {
    const last = accepted.get(worker.instance_id);
    assert.ok(last);
    const [row] = await bench.db.query<Record<string, unknown>>(
      `select last_seq, status, error_code, in_flight from workers where instance_id = $1`,
      [worker.instance_id],
    );
    assert.deepEqual(row, {
      last_seq: last.seq,
      status: last.status,
      error_code: last.error?.code ?? null,
      in_flight: last.in_flight,
    });
  }
});
