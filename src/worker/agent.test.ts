import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { CONTROL_TOKEN, FakeControlPlane } from './testing/fake-control-plane.ts';
import { until, WorkerProcess } from './testing/worker-process.ts';

let control: FakeControlPlane;
let worker: WorkerProcess;
let count = 0;

beforeEach(async () => {
  control = new FakeControlPlane();
  await control.listen();
  count += 1;
  const block = 1 + (process.pid % 200);
  worker = new WorkerProcess(control, `127.91.${block}.${count}`, process.env['PATH'] ?? '');
});

afterEach(async () => {
  await worker.end();
  await control.close();
});

describe('the agent', { timeout: 300_000 }, () => {
  it('powers its machine off when no control plane is left, over a kill of its own, but not while it is asked', async () => {
    control.deadManMs = 4_000;
    control.heartbeatIntervalMs = 100;
    const witness = `${worker.dir}/powered-off`;
    worker.powerOffCommand = `touch ${witness}`;
    worker.start();
    await worker.untilStatus('ready');
    const { port } = control;
    await control.close();
    // Requests of a gateway keep it alive for longer than the limit.
    const busyUntil = performance.now() + 8_000;
    while (performance.now() < busyUntil) {
      await worker.chat(`keep-${performance.now()}`, 2);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    assert.ok(!fs.existsSync(witness), 'not while a gateway uses it');
    worker.child?.kill('SIGKILL');
    await worker.exited();
    await worker.untilEngineIsGone();
    worker.start();
    await until(
      () => fs.existsSync(witness),
      60_000,
      () => worker.logText(),
    );
    assert.match(worker.logText(), /powered off/);
    await worker.untilEngineIsGone();
    await control.listen(port);
    const ended = await worker.exited();
    assert.equal(ended, 1, 'wanted again, it begins from the beginning');
  });

  it('registers, brings the engine up and answers on its port', async () => {
    assert.equal((await startAndAsk('/healthz')).status, 200);
    await worker.untilStatus('ready');
    const statuses = [...new Set(control.beats.map((beat) => beat.status))];
    const inOrder = ['installed', 'pulling', 'loading', 'warming', 'ready'];
    assert.deepEqual(
      statuses,
      inOrder.filter((status) => statuses.some((seen) => seen === status)),
    );
    assert.equal(control.registrations.length, 1);
    assert.deepEqual(control.registrations[0]?.machine.gpus, [
      { index: 0, name: 'Test GPU', memory_bytes: 1000 * 1024 * 1024, compute_capability: '9.0' },
    ]);
    assert.equal((await worker.askAgent('/readyz')).status, 200);
    const told = JSON.parse((await worker.askAgent('/info')).text);
    assert.equal(told.instance_id, 'inst_test');
    assert.equal(told.epoch, 7);
    assert.match(told.sha256, /^[0-9a-f]{64}$/);
    assert.equal(typeof told.engine_version, 'string');
    const metrics = (await worker.askAgent('/metrics')).text;
    assert.match(metrics, /inventiv_worker_gpu_utilisation_ratio\{gpu="0",name="Test GPU"\} 0\.2/);
    assert.match(metrics, /inventiv_worker_kv_cache_ratio \d/);
    assert.match(metrics, /inventiv_worker_requests_waiting 0/);
    await until(
      () => control.lastBeat?.sample.requests_running === 0,
      5_000,
      () => worker.logText(),
    );
    const logs = (await worker.askAgent('/logs?tail=2')).text.trim().split('\n');
    assert.equal(logs.length, 2);
    assert.equal((await worker.askAgent('/logs?since=2200-01-01T00:00:00Z')).text, '');
    assert.equal((await worker.askAgent('/logs?tail=-1')).status, 400);
    assert.equal((await worker.askAgent('/nothing')).status, 404);
    assert.equal((await worker.askAgent('/healthz', 'POST')).status, 405);
  });

  it('installs itself anew by order: fetched, verified, with a fresh token, and only from its control plane', async () => {
    worker.start();
    await worker.untilStatus('ready');
    const bundle = '// the next agent\n';
    const sha256 = createHash('sha256').update(bundle).digest('hex');
    control.files.set('/worker.mjs', bundle);
    const order = {
      id: 'rein_1',
      worker_url: `${control.url}/worker.mjs`,
      worker_sha256: sha256,
      bootstrap_token: 'fresh',
    };
    const send = (change: object = {}, token = CONTROL_TOKEN) =>
      worker.ask(
        8080,
        '/reinstall',
        { method: 'POST', headers: { authorization: `Bearer ${token}` } },
        { ...order, ...change },
      );
    assert.equal((await send({}, 'wrong')).status, 401);
    assert.equal((await send({ worker_url: 'http://127.0.0.1:1/worker.mjs' })).status, 400);
    assert.equal((await send({ worker_sha256: 'x' })).status, 400);
    assert.equal((await send({ bootstrap_token: '' })).status, 400);
    const bad = { id: 'rein_bad', worker_sha256: 'a'.repeat(64) };
    assert.equal((await send(bad)).status, 202);
    let told = '';
    for (let tries = 0; tries < 1_000 && !told.includes('failed'); tries++) told = (await send(bad)).text;
    assert.match(told, /wrong checksum/, 'asked again, it tells that it could not be done');
    const folder = path.join(worker.dir, 'state/agent');
    assert.ok(!fs.existsSync(folder), 'nothing of it was used');
    assert.deepEqual(JSON.parse((await send()).text), { state: 'accepted' });
    assert.equal(await worker.exited(), 0, 'it leaves politely');
    assert.equal(fs.readFileSync(path.join(folder, `${sha256}.mjs`), 'utf8'), bundle);
    assert.equal(fs.readFileSync(path.join(folder, 'current'), 'utf8').trim(), sha256);
    worker.start();
    await worker.untilStatus('ready');
    assert.deepEqual(
      control.registrations.map((registration) => registration.bootstrap_token),
      ['boot', 'fresh'],
    );
  });

  it('counts for callers who stay and callers who leave exactly what the engine recorded', async () => {
    worker.start();
    await worker.untilStatus('ready');
    const ids = Array.from({ length: 24 }, (_, index) => `req_${index}`);
    await Promise.all(ids.map((id, index) => worker.chat(id, 60, index % 2 === 0 ? undefined : 2 + index)));
    const tallies = await Promise.all(ids.map((id) => worker.tally(id)));
    const truth = worker.tokensOfEngine();
    for (const [index, id] of ids.entries()) {
      assert.equal(tallies[index]?.completion_tokens, truth.get(id), `${id} is ${tallies[index]?.state}`);
      assert.ok((tallies[index]?.prompt_tokens ?? 0) > 0);
    }
    assert.ok(tallies.some((tally) => tally.state === 'aborted'));
    assert.equal(tallies[0]?.state, 'done');
    assert.equal(tallies[0]?.completion_tokens, 60);
  });

  it('takes its engine along when it is killed, and goes on without registering again', async () => {
    worker.start();
    await worker.untilStatus('ready');
    const broken = worker.chat('req_broken', 3_000);
    await worker.chat('req_whole', 80);
    const before = worker.tokensOfEngine().get('req_broken') ?? 0;
    worker.child?.kill('SIGKILL');
    await worker.exited();
    await broken;
    await worker.untilEngineIsGone();
    const seqBefore = control.lastBeat?.seq ?? 0;
    control.beats.length = 0;
    worker.start();
    await worker.untilStatus('ready');
    assert.equal(control.registrations.length, 1);
    assert.ok((control.beats[0]?.seq ?? 0) > seqBefore);
    assert.deepEqual((await worker.tally('req_whole')).state, 'done');
    assert.equal((await worker.tally('req_whole')).completion_tokens, 80);
    const tally = await worker.tally('req_broken');
    assert.equal(tally.state, 'failed');
    assert.ok(tally.completion_tokens <= (worker.tokensOfEngine().get('req_broken') ?? 0));
    assert.ok(before > 0 && tally.completion_tokens > 0);
  });

  it('breaks the stream of a caller whose engine was killed, tells it at once and starts another', async () => {
    worker.start();
    await worker.untilStatus('ready');
    const broken = worker.chat('req_1', 3_000);
    await until(
      () => worker.tokensOfEngine().get('req_1') !== undefined,
      5_000,
      () => worker.logText(),
    );
    const pid = engineProcessOf(worker.child?.pid ?? 0);
    process.kill(pid, 'SIGKILL');
    assert.ok(!(await broken).includes('[DONE]'));
    await until(
      () => control.beats.some((beat) => beat.error?.code === 'engine_crashed'),
      2_000,
      () => worker.logText(),
    );
    await worker.untilStatus('ready');
    assert.equal(control.lastBeat?.engine_restarts, 1);
    const tally = await worker.tally('req_1');
    assert.equal(tally.state, 'failed');
    assert.ok(tally.completion_tokens <= (worker.tokensOfEngine().get('req_1') ?? 0));
  });

  it('ends with its engine when the power goes', async () => {
    worker.start();
    await worker.untilStatus('ready');
    worker.child?.stdin?.destroy();
    assert.equal(await worker.exited(), 0);
    await worker.untilEngineIsGone();
  });

  it('lets open requests finish when it is told to end, and says goodbye', async () => {
    worker.start();
    await worker.untilStatus('ready');
    const running = worker.chat('req_1', 60);
    await until(
      () => worker.tokensOfEngine().get('req_1') !== undefined,
      5_000,
      () => worker.logText(),
    );
    worker.child?.kill('SIGTERM');
    assert.ok((await running).endsWith('data: [DONE]\n\n'));
    assert.equal(await worker.exited(), 0);
    assert.ok(control.beats.some((beat) => beat.status === 'draining'));
    assert.equal(control.lastBeat?.status, 'stopped');
  });

  it('drains on an order with the control token, and only with it', async () => {
    worker.start();
    await worker.untilStatus('ready');
    assert.equal((await worker.askAgent('/drain', 'POST')).status, 401);
    assert.equal((await worker.askAgent('/drain', 'POST', 'wrong')).status, 401);
    assert.equal((await worker.askAgent('/drain', 'GET', CONTROL_TOKEN)).status, 405);
    control.desired = 'drain';
    const reply = await worker.drain();
    assert.deepEqual([reply.status, JSON.parse(reply.text)], [200, { in_flight: 0 }]);
    assert.match(
      worker.logText(),
      /"correlation_id":"cor_test"[^\n]*in_flight|in_flight[^\n]*"correlation_id":"cor_test"/,
    );
    assert.match(await worker.chat('req_1', 5), /worker_not_serving/);
    assert.equal((await worker.askAgent('/readyz')).status, 503);
    await worker.untilStatus('draining');
    control.desired = 'serve';
    await worker.untilStatus('ready');
  });

  it('cannot be started twice on one machine', async () => {
    worker.start();
    await worker.untilStatus('ready');
    const first = worker.child;
    worker.start();
    assert.equal(await worker.exited(), 1);
    worker.child = first;
    assert.equal(control.registrations.length, 1);
    assert.equal((await worker.askAgent('/readyz')).status, 200);
  });

  it('stops its engine and stays silent when a newer worker took over, even after a restart', async () => {
    worker.start();
    await worker.untilStatus('ready');
    control.onBeat = () => ({ status: 409, body: { code: 'worker.superseded' } });
    await worker.untilEngineIsGone();
    assert.equal((await worker.askAgent('/readyz')).status, 503);
    assert.equal((await worker.askAgent('/healthz')).status, 200);
    const beats = control.beats.length;
    worker.child?.kill('SIGKILL');
    await worker.exited();
    worker.start();
    await until(
      () => worker.logText().includes('staying idle'),
      5_000,
      () => worker.logText(),
    );
    assert.equal(control.beats.length, beats);
    assert.match(await worker.chat('req_1', 5), /worker_not_serving/);
  });
});

async function startAndAsk(target: string): Promise<{ status: number }> {
  worker.start();
  for (let tries = 0; tries < 500; tries++) {
    const reply = await worker.askAgent(target).catch(() => undefined);
    if (reply) return reply;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('the agent does not listen');
}

/** The child of the agent, from /proc. */
function engineProcessOf(agentPid: number): number {
  const children = fs.readFileSync(`/proc/${agentPid}/task/${agentPid}/children`, 'utf8').trim().split(' ');
  assert.equal(children.length, 1);
  return Number(children[0]);
}
