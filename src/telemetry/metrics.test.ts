import assert from 'node:assert/strict';
import { get } from 'node:http';
import test from 'node:test';
import { Registry } from 'prom-client';
import { SILENT_LOG } from '#kernel/log.ts';
import { systemEnv } from '#kernel/system-env.ts';
import { jobObserver } from './job-metrics.ts';
import { startMetricsServer } from './metrics.ts';

const env = systemEnv(SILENT_LOG);

function read(port: number, path: string): Promise<{ status: number | undefined; body: string }> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode, body }));
    }).on('error', reject);
  });
}

test('metrics and health are served, and trouble is told', async (t) => {
  const registry = new Registry();
  jobObserver(registry).ran('reconcile-instance', 'ok', 12);
  let trouble: string | undefined;
  const pages = { '/signals': () => ({ data: [] }) };
  const server = await startMetricsServer(env, 0, { registry, findTrouble: () => trouble, pages });
  t.after(() => server.stop());
  const metrics = await read(server.port, '/metrics');
  assert.match(
    metrics.body,
    /inventiv_job_duration_seconds_count\{kind="reconcile-instance",outcome="ok"\} 1/,
  );
  assert.deepEqual(await read(server.port, '/healthz'), { status: 200, body: '{"status":"ok"}\n' });
  trouble = 'the database is away';
  assert.equal((await read(server.port, '/healthz')).status, 503);
  assert.equal((await read(server.port, '/else')).status, 404);
  assert.equal((await read(server.port, '/toString')).status, 404);
  assert.deepEqual(await read(server.port, '/signals'), { status: 200, body: '{"data":[]}\n' });
});

test('a taken port rejects with its number', async (t) => {
  const first = await startMetricsServer(env, 0, { registry: new Registry() });
  t.after(() => first.stop());
  await assert.rejects(startMetricsServer(env, first.port), { code: 'EADDRINUSE', port: first.port });
});
